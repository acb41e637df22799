#!/usr/bin/env python3
"""freezenet-lab experiment as a user runs it: the three experiments of the proof-of-work watermark on digits, killed and gone on with, and
errors that say what to do."""

import csv
import json
import os
import re
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

from harness import check, check_equal, run
from node import BIN, DEADLINE

LAB = str(BIN / "freezenet-lab")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
TINY = ["--epochs", "1", "--samples", "200", "--seeds", "1", "--ratios", "0"]
SMALL = ["--epochs", "3", "--samples", "600", "--evaluation", "200", "--seeds", "1", "--ratios", "0,10,90"]


def lab(*arguments, status=0):
    done = subprocess.run([LAB, "experiment", *map(str, arguments)], capture_output=True, text=True, timeout=DEADLINE, env=ENVIRONMENT)
    check_equal(done.returncode, status, f"status of {arguments}: {done.stderr}")
    return done


def refused(*arguments, words, status=2):
    done = lab(*arguments, status=status)
    check(len(done.stderr.splitlines()) <= 2, f"more than a sentence: {done.stderr}")
    for word in words:
        check(word in done.stderr, f"{word!r} is not in: {done.stderr}")


def rows(file):
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def without_time(table):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in table]


def test_learning_ability_costs_and_the_watermark_holds(folder):
    out = folder / "run"
    done = lab("learning-ability", *SMALL, "--out", out)
    check("seeds 1 to 1" in done.stderr, done.stderr)
    check_equal(done.stdout, f"report: {out / 'report.html'}\n", "what it prints")
    points = rows(out / "training.csv")
    check_equal([(row["values"], row["ppm"]) for row in points],
                [("none", "0"), ("unit", "100000"), ("unit", "900000"), ("fan-in", "100000"), ("fan-in", "900000")], "points")
    for row in points:
        check_equal(row["differing"], "0", "positions that moved")
        check_equal(len(row["curve"].split()), 4, "accuracies of 3 epochs and the start")
    by = {(row["values"], row["ppm"]): float(row["final"]) for row in points}
    check(by["none", "0"] > 0.4, f"learns nothing: {by}")
    check(by["none", "0"] > by["unit", "900000"], f"90% in (-1, 1) costs nothing: {by}")
    page = (out / "report.html").read_text(encoding="utf-8")
    tree = ElementTree.fromstring(page.replace("<!DOCTYPE html>", ""))
    check_equal(len(tree.findall(".//{http://www.w3.org/2000/svg}svg")), 3, "charts")
    check(not re.search(r"<script|src=|href=", page), "the page asks for something outside")
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    check_equal([row["ppm"] for row in results["training"]], [int(row["ppm"]) for row in points], "points as JSON")
    check_equal(len(results["training"][0]["curve"]), 4, "a curve as JSON")


def test_a_killed_run_goes_on_to_the_same_table(folder):
    whole, broken = folder / "whole", folder / "broken"
    arguments = ["learning-ability", *SMALL, "--values", "unit"]
    lab(*arguments, "--out", whole)
    process = subprocess.Popen([LAB, "experiment", *arguments, "--out", str(broken)], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    for line in process.stderr:
        if line.startswith("point 1/3") and line.rstrip().endswith(" s"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait(DEADLINE)
    check_equal(len(rows(broken / "training.csv")), 1, "points before the kill")
    done = lab(*arguments, "--out", broken)
    check("1 of 3 points are in" in done.stderr, done.stderr)
    check_equal(without_time(rows(broken / "training.csv")), without_time(rows(whole / "training.csv")), "tables")
    before = (broken / "training.csv").read_bytes()
    lab(*arguments, "--out", broken)
    check_equal((broken / "training.csv").read_bytes(), before, "the table of a run that has nothing to do")


def test_tampering_shares_the_models(folder):
    out = folder / "run"
    lab("weak-tampering", *SMALL, "--out", out)
    signed = rows(out / "signing.csv")
    check_equal(len(signed), 4, "signed models")
    check(all(row["before"] == signed[0]["before"] for row in signed), "one model for all")
    lab("strong-tampering", *SMALL, "--values", "unit", "--out", out)
    trained = rows(out / "training.csv")
    check_equal([(row["values"], row["ppm"], row["start"]) for row in trained],
                [("none", "0", "scratch"), ("unit", "100000", "scratch"), ("unit", "100000", "other"), ("unit", "900000", "scratch"),
                 ("unit", "900000", "other")], "trainings")
    page = (out / "report.html").read_text(encoding="utf-8")
    for heading in ("Learning ability", "Weak tampering", "Strong tampering"):
        check(heading in page, f"no {heading}")


def test_schemes_meet_attacks_and_a_pirate(folder):
    out = folder / "run"
    small = ["--epochs", "2", "--samples", "600", "--evaluation", "300", "--seeds", "1", "--out", out]
    done = lab("robustness", *small, "--schemes", "uchida,trigger-content", "--attacks", "pruning-95,ftal-1e-3@20")
    check_equal(done.stdout, f"report: {out / 'report.html'}\n", "what it prints")
    points = rows(out / "robustness.csv")
    common = [*(f"unmarked-{i}" for i in range(1, 6)), "random-keys", "pruning-95", "ftal-1e-3@20"]
    wanted = [("uchida", attack) for attack in ["none", *common]] + [("trigger-content", attack) for attack in ["none", "inversion", *common]]
    check_equal([(row["scheme"], row["attack"]) for row in points], wanted, "points")
    by = {(row["scheme"], row["attack"]): row for row in points}
    for scheme in ("uchida", "trigger-content"):
        check_equal(by[scheme, "random-keys"]["trials"], "200", "random keys")  # which may pass in a model that learned so little
        for i in range(1, 6):
            check_equal(by[scheme, f"unmarked-{i}"]["found"], "0", "found in an unmarked model")
    shown = dict(part.split("=") for part in by["trigger-content", "inversion"]["measures"].split("; "))
    check(set(shown) == {"correlation", "rank", "score"} and 0 < float(shown["rank"]) <= 1, f"an inversion showed {shown}")
    check_equal((by["uchida", "none"]["box"], by["trigger-content", "none"]["box"]), ("white", "black"), "boxes")
    lab("piracy", *small, "--rates", "0.001", "--shares", "0.2,0.5")
    check_equal([(row["optimiser"], row["share"]) for row in rows(out / "piracy.csv")], [("adam", "0.2"), ("adam", "0.5")], "piracies")
    page = (out / "report.html").read_text(encoding="utf-8")
    ElementTree.fromstring(page.replace("<!DOCTYPE html>", ""))
    for heading in ("Robustness", "Piracy"):
        check(heading in page, f"no {heading}")


def test_no_attack_is_what_stands_there_always(folder):
    out = folder / "run"
    lab("robustness", "--epochs", "1", "--samples", "200", "--evaluation", "200", "--seeds", "1", "--schemes", "gradsigns-16", "--attacks", "none", "--out", out)
    found = [row["attack"] for row in rows(out / "robustness.csv")]
    check_equal(found, ["none", "none-black-box", "none-black-box-1e-3", *(f"unmarked-{i}" for i in range(1, 6))], "points")


def test_errors_say_what_to_do(folder):
    out = folder / "run"
    refused("learning-ability", words=["--out"])
    refused("learning-ability", "--out", out, "--dataset", "cifar100", words=["cifar100", "cifar10"])
    refused("learning-ability", "--out", out, "--dataset", "mnist", words=["--data"])
    refused("learning-ability", "--out", out, "--ratios", "101", words=["percent"])
    refused("learning-ability", "--out", out, "--values", "big", words=["big", "fan-in"])
    check(not out.exists(), "something was written")
    refused("learning-ability", "--out", out, "--dataset", "mnist", "--data", folder / "none", words=["none"], status=1)
    check(not out.exists(), "something was written")
    refused("robustness", "--out", out, "--schemes", "gradsines", words=["gradsines", "gradsigns-64"])
    refused("robustness", "--out", out, "--attacks", "pruning-51", words=["pruning-5"])
    for share in ("0", "101", "x", "", "20%"):
        refused("robustness", "--out", out, "--attacks", f"rtal@{share}", words=["1 to 100 percent"])
    refused("strong-tampering", "--out", out, "--ratios", "0", words=["ratio above 0"])
    refused("learning-ability", "--out", out, "--ratios", "0.00001", words=["a millionth"])
    refused("learning-ability", "--out", out, "--first-seed", 2**64 - 1, words=["--first-seed"])
    check(not out.exists(), "something was written")


def test_a_folder_of_something_else_is_left_alone(folder):
    for number, text in enumerate(("a,b\n1,2\n", "my notes", "dataset,network\r1,2\r")):
        other = folder / f"other{number}"
        other.mkdir()
        (other / "training.csv").write_bytes(text.encode())
        refused("learning-ability", *SMALL, "--out", other, words=["training.csv", "another table"])
        check_equal([path.name for path in other.iterdir()], ["training.csv"], "files")
        check_equal((other / "training.csv").read_bytes(), text.encode(), "another table")


def test_points_over_other_samples_are_not_mixed(folder):
    out = folder / "run"
    lab("learning-ability", *TINY, "--evaluation", "50", "--out", out)
    table, record = (out / "training.csv").read_bytes(), (out / "data.csv").read_text()
    check_equal(re.sub("[0-9a-f]{64}", "HASH", record), "dataset,evaluation,sha256\ndigits,50,HASH\n", "record")
    refused("learning-ability", *TINY, "--evaluation", "60", "--out", out, words=["50 samples", "60", "--out"])
    (out / "data.csv").write_text(record.replace(record.strip()[-64:], "0" * 64))
    refused("learning-ability", *TINY, "--evaluation", "50", "--out", out, words=["other files", "--out"])
    check_equal((out / "training.csv").read_bytes(), table, "table")


def test_a_bad_row_is_met_before_the_work(folder):
    out = folder / "run"
    lab("learning-ability", *TINY, "--out", out)
    header, row = (out / "training.csv").read_text().splitlines()
    names, cells = header.split(","), row.split(",")

    def changed(name, value):
        other = [value if column == name else cell for column, cell in zip(names, cells)]
        (out / "training.csv").write_text(header + "\n" + ",".join(other) + "\n")

    changed("seconds", "1e308")  # nobody would believe it, and it is a number
    lab("learning-ability", *TINY, "--out", out)
    check_equal(json.loads((out / "results.json").read_text())["training"][0]["seconds"], 1e308, "seconds")
    changed("final", "7")
    refused("learning-ability", *TINY, "--values", "fan-in", "--out", out, words=["line 2 of", "training.csv", '"7"'])


run(globals())
