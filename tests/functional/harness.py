"""A test is a function test_NAME(folder); the file ends with run(globals())."""

import pathlib
import shutil
import sys
import tempfile
import time
import traceback

import trials


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def check_equal(actual, expected, what):
    check(actual == expected, f"{what}: {actual!r}, expected {expected!r}")


class Skipped(Exception):
    """This machine cannot run the test; args: why."""


SKIPPED = 77  # what CTest shows as skipped


def run(names):
    """Runs each test in a folder of its own, kept where one fails; with arguments, those tests alone."""
    tests = {n: f for n, f in names.items() if n.startswith("test_") and callable(f)}
    chosen = sys.argv[1:] or list(tests)
    failed = skipped = 0
    for name in chosen:
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"freezenet-{name}-"))
        started = time.monotonic()
        try:
            tests[name](folder)
        except Skipped as why:
            skipped += 1
            print(f"SKIPPED {name}: {why}", flush=True)
            if trials.LONG:
                trials.record(name, 0, 0, {f"SKIPPED: {why}": 1})
            shutil.rmtree(folder, ignore_errors=True)
            continue
        except Exception:  # a test may fail in any way; the others still run
            failed += 1
            traceback.print_exc()
            if trials.LONG:
                trials.record(name, 1, 0, {"FAILED": 1})
            print(f"FAIL {name} ({time.monotonic() - started:.1f} s); its data is in {folder}", flush=True)
            continue
        print(f"ok   {name} ({time.monotonic() - started:.1f} s)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(chosen) - failed - skipped} passed, {failed} failed" + f", {skipped} SKIPPED" * bool(skipped), flush=True)
    sys.exit(1 if failed else SKIPPED if skipped else 0)
