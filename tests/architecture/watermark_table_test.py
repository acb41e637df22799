#!/usr/bin/env python3
"""scripts/watermark-table on small tables: what passes, what fails and why, what is open, and a block that is stale."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "watermark-table")
ROBUSTNESS = "dataset,network,samples,epochs,scheme,attack,seed,box,clean,marked,accuracy,matches,trials,chance,log10_p,found,measures,seconds".split(",")
TRAINING = "dataset,network,samples,epochs,values,ppm,start,seed,positions,differing,final,best,seconds,curve".split(",")


def robustness(scheme, attack, seed, matches, accuracy=0.98, found=1, measures="", trials=64):
    return ["mnist", "cnn", 10000, 15, scheme, attack, seed, "white", 0.985, 0.98, accuracy, matches, trials, 0.5, -9, found, measures, 1]


def training(values, ratio, start, seed, curve, differing=0):
    return ["mnist", "cnn", 10000, len(curve) - 1, values, ratio * 10000, start, seed, 5, differing, curve[-1], max(curve[1:]), 1, " ".join(map(str, curve))]


class TableTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.doc = os.path.join(self.folder.name, "doc.md")

    def rows(self, name, columns, rows):
        with open(os.path.join(self.folder.name, name), "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *rows])

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, "--rows", self.folder.name, "--doc", self.doc, *arguments], capture_output=True, text=True, check=False)

    def table(self, name):
        with open(self.doc, "w", encoding="utf-8") as file:
            file.write(f"before\n<!-- table {name} -->\nold\n<!-- end of table -->\nafter\n")
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.doc, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("before\n") and text.endswith("\nafter\n"), text)
        return text

    def line(self, text, start):
        lines = [line for line in text.splitlines() if line.startswith(f"| {start}")]
        self.assertEqual(len(lines), 1, text)
        return [cell.strip() for cell in lines[0].strip("|").split("|")]

    def test_medians_decide_and_a_failing_row_says_so(self):
        rows = []
        for seed, errors in enumerate((0, 3, 0), 1):
            rows.append(robustness("gradsigns-64", "pruning-50", seed, 64 - errors))
            rows.append(robustness("gradsigns-64", "quantisation-8", seed, 63))
            rows.append(robustness("gradsigns-64", "pruning-65", seed, 64, accuracy=0.5))
        rows.append(robustness("gradsigns-64", "ftal-1e-4@20", 1, 64))
        self.rows("mnist-robustness.csv", ROBUSTNESS, rows)
        text = self.table("gradsigns")
        self.assertEqual(self.line(text, "pruning 50%")[2:], ["0 (0 to 0.047)", "0.50% (0.50% to 0.50%), 6.50%", "pass"])
        self.assertEqual(self.line(text, "8 bits")[-1], "**fail**")
        # The watermark is there, and the model is worth nothing.
        self.assertEqual(self.line(text, "pruning 65%")[-1], "**fail**: accuracy 48.50% below")
        self.assertEqual(self.line(text, "fine-tuning with 20% of the data, 1e-4")[-1], "open: 1 of 3 seeds")
        self.assertEqual(self.line(text, "fine-tuning with 20% of the data, 1e-3")[2:], ["-", "-", "not measured"])

    def test_one_unmarked_model_that_matches_fails_whatever_the_median_says(self):
        rows = [robustness("trigger-noise", f"unmarked-{model}", seed, 20 if (model, seed) == (5, 2) else 4, trials=100) for seed in (1, 2, 3) for model in range(1, 6)]
        rows += [robustness("trigger-content", f"unmarked-{model}", seed, 4, trials=100) for seed in (1, 2, 3) for model in range(1, 6)]
        rows += [robustness("trigger-unrelated", f"unmarked-{model}", seed, 4, trials=100) for seed in (1, 2) for model in range(1, 6)]
        self.rows("mnist-robustness.csv", ROBUSTNESS, rows)
        text = self.table("trigger-set")
        self.assertEqual(self.line(text, "unrelated: five unmarked models")[-1], "open: 2 of 3 seeds")  # not ten of three
        self.assertEqual(self.line(text, "noise: five unmarked models")[2:], ["4.00% (4.00% to 20.00%)", "-", "**fail**"])
        self.assertEqual(self.line(text, "content: five unmarked models")[-1], "pass")

    def test_a_mark_that_an_inversion_shows_fails(self):
        rows = []
        for seed in (1, 2, 3):
            rows.append(robustness("trigger-content", "inversion", seed, 100, measures=f"correlation=0.{seed}; rank=0.5; score=1", trials=100))
            rows.append(robustness("trigger-noise", "inversion", seed, 100, measures="correlation=-0.9; rank=0.005; score=1", trials=100))
        self.rows("mnist-robustness.csv", ROBUSTNESS, rows)
        text = self.table("trigger-set")
        content = self.line(text, "content: an inversion")
        self.assertIn("correlation +0.20 (+0.10 to +0.30)", content[0])
        self.assertEqual(content[-1], "pass")
        self.assertEqual(self.line(text, "noise: an inversion")[-1], "**fail**")

    def test_a_layer_that_gives_the_watermark_away_fails(self):
        for spread, verdict in ((0.07, "pass"), (0.09, "**fail**")):
            rows = []
            for seed in (1, 2, 3):
                rows.append(robustness("deepwater", "none", seed, 64, measures=f"bit error rate=0; deviation of 3_weight={spread}"))
                rows += [robustness("deepwater", f"unmarked-{model}", seed, 30, measures=f"deviation of 3_weight=0.0{model + 3}") for model in range(1, 6)]
            self.rows("mnist-robustness.csv", ROBUSTNESS, rows)
            self.assertEqual(self.line(self.table("deepwater"), "standard deviations")[-1], verdict)

    def test_every_attack_stands_in_the_matrix_also_those_that_succeed(self):
        rows = []
        for seed in (1, 2, 3):
            rows.append(robustness("deepwater", "rtal", seed, 35, accuracy=0.97, found=0))
            rows.append(robustness("deepwater", "pruning-95", seed, 34, accuracy=0.2, found=0))
            rows.append(robustness("deepwater", "ftal-1e-3", seed, 64))
            rows.append(robustness("deepwater", "random-keys", seed, 0))
            rows.append(robustness("deepwater", "pruning-5", seed, 64))
            rows.append(robustness("deepwater", "none", seed, 64))
            rows.append(robustness("gradsigns-16", "none", seed, 16, found=0, trials=16))  # decides nothing, and is not attacked
        self.rows("mnist-robustness.csv", ROBUSTNESS, rows)
        text = self.table("attacks")
        self.assertEqual(self.line(text, "rtal")[1], "**removed**: 55%, -1.0")
        self.assertEqual(self.line(text, "pruning-95")[1], "lost with the model: 53%, -78.0")
        self.assertEqual(self.line(text, "ftal-1e-3")[1], "holds: 100%, +0.0")
        self.assertNotIn("random-keys", text)
        self.assertNotIn("gradsigns-16", text)
        names = [line.split(" | ")[0].strip("| ") for line in text.splitlines() if line.startswith("| ")][2:]
        self.assertEqual(names, ["none", "ftal-1e-3", "pruning-5", "pruning-95", "rtal"])

    def test_a_weight_that_moved_fails(self):
        curves = {10: 0.97, 30: 0.95, 50: 0.9, 70: 0.91, 90: 0.8}
        rows = [training("none", 0, "scratch", seed, [0.1, 0.98]) for seed in (1, 2, 3)]
        rows += [training("unit", ratio, "scratch", seed, [0.1, final], differing=int(ratio == 90)) for ratio, final in curves.items() for seed in (1, 2, 3)]
        self.rows("mnist-training.csv", TRAINING, rows)
        text = self.table("freezenet")
        self.assertEqual(self.line(text, "weights off their place")[-1], "**fail**")  # whatever the median says
        self.assertEqual(self.line(text, "accuracy falls")[2:], ["1.00% (1.00% to 1.00%)", "-", "**fail**"])
        self.assertEqual(self.line(text, "10%: accuracy lost")[-1], "pass")

    def test_the_longest_trainings_are_compared_with_each_other(self):
        rows = [training("none", 0, "scratch", seed, [0.1, 0.5]) for seed in (1, 2, 3)]  # of one epoch
        rows += [training("unit", 10, "scratch", seed, [0.1, 0.2]) for seed in (1, 2, 3)]
        rows += [training("none", 0, "scratch", seed, [0.1, 0.5, 0.98]) for seed in (1, 2)]
        rows += [training("unit", 10, "scratch", seed, [0.1, 0.5, 0.97]) for seed in (1, 2)]
        self.rows("mnist-training.csv", TRAINING, rows)
        self.assertEqual(self.line(self.table("freezenet"), "10%: accuracy lost")[2:], ["1.00% (1.00% to 1.00%)", "-", "open: 2 of 3 seeds"])

    def test_trainings_stand_beside_published_figures(self):
        rows = [training("unit", 10, start, seed, curve) for seed in (1, 2) for start, curve in (("scratch", [0.1, 0.5, 0.9]), ("other", [0.2, 0.8, 0.9]))]
        self.rows("mnist-training.csv", TRAINING, rows)
        cells = self.line(self.table("freezenet-mnist"), "cnn")
        self.assertEqual(cells[3:9], ["10%", "2", "90.00% (90.00% to 90.00%)", "2 (2 to 2)", "90.00% (90.00% to 90.00%)", "1 (1 to 1)"])
        self.assertEqual(cells[-2:], ["86.68 / 87.89", "13 / 1"])

    def test_rows_and_charts_are_taken(self):
        out = os.path.join(self.folder.name, "out", "mnist")
        os.makedirs(out)
        with open(os.path.join(out, "robustness.csv"), "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([ROBUSTNESS, robustness("deepwater", "rtal", 1, 64)])
        chart = lambda title, body: f'<figure>\n<svg xmlns="x">\n<title>{title}</title>\n{body}\n</svg>\n</figure>\n'
        title = "Accuracy after training under a watermark"
        with open(os.path.join(out, "report.html"), "w", encoding="utf-8") as file:
            file.write("<html>" + chart("Another", "other") + chart(title, "first") + chart(title, "second") + "</html>")
        with open(self.doc, "w", encoding="utf-8") as file:
            file.write("<!-- table attacks -->\n<!-- end of table -->\n")
        images = os.path.join(self.folder.name, "images")
        done = self.run_script("--take", os.path.join(self.folder.name, "out"), "--images", images)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.doc, encoding="utf-8") as file:
            self.assertIn("| rtal |", file.read())
        self.assertEqual(os.listdir(images), ["watermark-mnist-learning.svg"])
        with open(os.path.join(images, "watermark-mnist-learning.svg"), encoding="utf-8") as file:
            self.assertEqual(file.read(), f'<svg xmlns="x">\n<title>{title}</title>\nfirst\n</svg>\n')

    def test_a_stale_table_is_found(self):
        self.rows("mnist-robustness.csv", ROBUSTNESS, [robustness("deepwater", "rtal", 1, 64)])
        self.table("attacks")
        self.assertEqual(self.run_script("--check").returncode, 0)
        self.rows("mnist-robustness.csv", ROBUSTNESS, [robustness("deepwater", "rtal", 1, 60)])
        done = self.run_script("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("attacks", done.stderr)


if __name__ == "__main__":
    unittest.main()
