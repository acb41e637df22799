"""How many trials something gets (more with --long), and where their outcome is kept for the table at the end of a long run."""

import contextlib
import json
import os
import pathlib
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

LONG = "--long" in sys.argv
if LONG:
    sys.argv.remove("--long")


def count(short, long):
    return long if LONG else short


def seed():
    """Another one each long run, and always named, so that what was found can be found again."""
    return int(os.environ.get("FREEZENET_FAULT_SEED", str(time.time_ns() % 10**9) if LONG else "1"))


def run_trials(fault, trial, numbers, workers=2):
    """trial(number, dice) for each number, `workers` at a time. It returns a word for what it showed; whatever it raises is a trial that
    failed. All of them run; then the first failure is raised."""
    base = seed()
    outcomes = {}
    failures = []

    def one(number):
        try:
            return trial(number, random.Random(f"{base}/{fault}/{number}"))
        except Exception as why:  # the table counts it; the test fails with it below
            failures.append((number, why))
            print(f"     {fault}, trial {number} failed: {str(why)[:1000]}", flush=True)
            return "FAILED"

    numbers = list(numbers)
    with ThreadPoolExecutor(workers) as pool:
        for word in pool.map(one, numbers):
            outcomes[word] = outcomes.get(word, 0) + 1
    record(fault, len(numbers), len(numbers) - len(failures), outcomes)
    if failures:
        number, why = failures[0]
        raise AssertionError(f"{fault}: {len(failures)} of {len(numbers)} trials failed; seed {base}, trial {number}: {why}") from why
    return outcomes


def record(fault, trials, passed, outcomes):
    """A row of the table. No trials: the outcome says why."""
    detail = ", ".join(f"{n} {word}" if trials else word for word, n in sorted(outcomes.items()))
    print(f"     {fault}: {trials} trials, {passed} passed ({detail})", flush=True)
    folder = os.environ.get("FREEZENET_FAULT_RESULTS")
    if folder:
        path = pathlib.Path(folder)
        with contextlib.suppress(FileExistsError):
            path.mkdir(parents=True)
        line = json.dumps({"fault": fault, "trials": trials, "passed": passed, "outcomes": outcomes, "long": LONG, "seed": seed()})
        with open(path / "results.jsonl", "a", encoding="utf-8") as out:
            out.write(line + "\n")
