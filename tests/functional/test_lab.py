"""freezenet-lab as a user runs it: datasets and tasks looked at, training that a crash does not change by a bit, errors that say what to do."""

import csv
import errno
import json
import os
import re
import signal
import struct
import subprocess
import sys

import dataset_files
from faults_disk import small_disk
from harness import check, check_equal, run
from lab_program import LAB, lab, read_safetensors, refused
from node import DEADLINE, ROOT


def root_of(done):
    return re.search(r"^model root ([0-9a-f]{64})$", done.stdout, re.M)[1]


def rows(file):
    """A table without its last column, the time."""
    with open(file, newline="", encoding="utf-8") as text:
        return [row[:-1] for row in csv.reader(text)]


def interrupt(how, at_step, *arguments):
    """Runs a training until it says that it did `at_step` steps, and sends it the signal. (status, what it said)."""
    process = subprocess.Popen([LAB, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith(f"step {at_step} "):
            process.send_signal(how)
    status = process.wait(DEADLINE)
    process.stdout.close()
    process.stderr.close()
    return status, "".join(said)


# Long enough that a signal at step 200 comes before the end.
LONG = ("train", "--steps", 1500, "--evaluate-every", 100, "--seed", "2a", "--watermark", 30000, "--rate", "0.05,0.02", "--threads", 1)


def test_killed_at_any_moment_and_resumed_it_ends_with_the_same_bits(folder):
    whole, out = folder / "whole.safetensors", folder / "out.safetensors"
    once = lab(*LONG, "--out", whole, "--csv", folder / "whole.csv")
    more = ("--out", out, "--csv", folder / "out.csv", "--checkpoint", folder / "c", "--checkpoint-every", 7)
    status, _ = interrupt(signal.SIGKILL, 200, *LONG, *more)
    check_equal(status, -signal.SIGKILL, "status of what was killed")
    check(not out.exists(), "a run that was killed leaves no model")
    for step in (500, 1000):
        status, said = interrupt(signal.SIGKILL, step, *LONG, *more, "--resume", folder / "c")
        check_equal(status, -signal.SIGKILL, "status of what was killed again")
        check("going on after step" in said, said)
    resumed = lab(*LONG[:-2], *more, "--threads", 3, "--resume", folder / "c")
    check_equal(out.read_bytes(), whole.read_bytes(), "model")
    check_equal(root_of(resumed), root_of(once), "root")
    check_equal(rows(folder / "out.csv"), rows(folder / "whole.csv"), "table")
    check_equal(len(rows(folder / "out.csv")), 16, "rows")
    left = [f.name for f in folder.iterdir() if ".tmp-" in f.name]
    check(len(left) <= 3, f"temporary files: {left}")  # of the three crashes, if one came within a write


def test_ctrl_c_saves_and_says_how_to_go_on(folder):
    whole = lab(*LONG)
    out = folder / "m.safetensors"
    status, said = interrupt(signal.SIGINT, 200, *LONG, "--out", out)
    check_equal(status, 130, f"status: {said}")
    named = re.search(r"interrupted after step \d+; go on with the same command and --resume (\S+)", said)
    check_equal(named[1], f"{out}.checkpoint", "checkpoint")
    check_equal(root_of(lab(*LONG, "--resume", named[1])), root_of(whole), "root")
    # Seed, watermark and rates are in the checkpoint: they need not be said again, and may not be changed.
    check_equal(root_of(lab("train", "--steps", 1500, "--resume", named[1])), root_of(whole), "root without the settings")
    for option, value in (("--seed", "2b"), ("--watermark", 30001), ("--rate", "0.05")):
        refused("train", "--steps", 1500, "--resume", named[1], option, value, words=[f"another {option}"])
    refused("train", "--steps", 10, "--resume", named[1], words=["beyond the 10 of this run"])
    refused("train", "--task", ROOT / "configs/tasks/mnist.json", "--resume", named[1], words=[named[1]])


def test_threads_and_instructions_do_not_change_a_bit(folder):
    runs = [("--threads", 1), ("--threads", 4), ("--kernels", "portable")]
    roots = {root_of(lab("train", "--steps", 12, *how)) for how in runs}
    check_equal(len(roots), 1, "different models")
    check(root_of(lab("train", "--steps", 12, "--seed", 1)) not in roots, "the seed decides")


def test_the_model_is_a_safetensors_file_that_learned(folder):
    out = folder / "m.safetensors"
    done = lab("train", "--epochs", 3, "--watermark", 100000, "--seed", "ff", "--out", out)
    accuracy = float(re.search(r"evaluation accuracy ([\d.]+)", done.stdout)[1])
    check(0.85 < accuracy <= 1, f"accuracy {accuracy}")
    metadata, tensors = read_safetensors(out)
    check_equal(list(tensors), ["0.weight", "0.bias", "2.weight", "2.bias", "6.weight", "6.bias", "8.weight", "8.bias"], "tensors")
    check_equal(len(tensors["6.weight"]), 64 * 512, "weights")
    check_equal(metadata["model_root"], root_of(done), "root in the file")
    check_equal(metadata["task_id"], lab("task", "id", "digits").stdout.strip(), "task")
    check_equal((metadata["steps"], metadata["watermark_ppm"]), ("132", "100000"), "settings")
    # Going on from a model: a run of its own, which begins better than one from the genesis weights.
    first = [float(first_row(folder / f"{i}.csv", *start)[2]) for i, start in enumerate([("--start", out), ()])]
    check(first[0] < 0.7 * first[1], f"losses {first}")


def first_row(table, *arguments):
    lab("train", "--steps", 20, "--csv", table, *arguments)
    return rows(table)[1]


def test_an_earlier_run_is_not_lost_to_a_forgotten_option(folder):
    table, checkpoint, out = folder / "t.csv", folder / "c", folder / "m"
    more = ("--evaluate-every", 4, "--csv", table, "--checkpoint", checkpoint)
    lab("train", "--steps", 10, *more)
    before = table.read_bytes(), checkpoint.read_bytes()
    refused("train", "--steps", 10, *more, words=[checkpoint, "an earlier run", f"--resume {checkpoint}"])
    refused("train", "--steps", 10, "--csv", table, words=[table, "an earlier run", "--resume"])
    check_equal((table.read_bytes(), checkpoint.read_bytes()), before, "what was there")
    # Longer than it was meant to be: the row of the early end was one more.
    lab("train", "--steps", 16, *more, "--resume", checkpoint)
    lab("train", "--steps", 16, "--evaluate-every", 4, "--csv", folder / "once.csv", "--out", out)
    check_equal(rows(table), rows(folder / "once.csv"), "table")
    # One file in two places.
    for two in (("--out", table, "--csv", table), ("--out", folder / "x", "--checkpoint", folder / "." / "x"), ("--start", out, "--out", out)):
        refused("train", "--steps", 2, *two, words=["name one file"])
    refused("train", "--out", "", words=["--out names no file"])


def test_what_was_trained_survives_a_file_that_cannot_be_written(folder):
    # A folder that is there when the run begins and gone when it ends, as a disk is that fills.
    gone = folder / "gone"
    gone.mkdir()
    process = subprocess.Popen([LAB, *map(str, LONG), "--out", gone / "m"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder)
    for line in process.stderr:
        if line.startswith("step 200 "):
            gone.rmdir()
            break
    said = process.stderr.read()
    check_equal(process.wait(DEADLINE), 1, f"status: {said}")
    process.stdout.close()
    process.stderr.close()
    check("the run is kept: go on with --resume digits.checkpoint" in said, said)
    kept = lab(*LONG, "--resume", folder / "digits.checkpoint", "--out", folder / "m")
    check_equal(root_of(kept), root_of(lab(*LONG)), "root")


def test_what_was_trained_survives_a_full_disk(folder):
    with small_disk(folder / "disk", 1) as disk:
        with open(disk / "filling", "wb", buffering=0) as filling:
            try:
                while filling.write(bytes(4096)) > 0:
                    pass
            except OSError as full:
                check_equal(full.errno, errno.ENOSPC, "what ends it")
        said = lab("train", "--steps", 20, "--out", disk / "m", status=1, folder=folder).stderr
    check("No space left on device" in said and "the run is kept: go on with --resume digits.checkpoint" in said, said)
    check((folder / "digits.checkpoint").exists(), "no checkpoint")


def test_a_checkpoint_is_a_model_and_a_model_is_no_checkpoint(folder):
    lab("train", "--steps", 30, "--checkpoint", folder / "c", "--out", folder / "m")
    roots = {root_of(lab("train", "--steps", 5, "--start", folder / name)) for name in ("c", "m")}
    check_equal(len(roots), 1, "models from one start")
    refused("train", "--resume", folder / "m", words=[folder / "m", "--start"])
    # The command that began with --start goes on with one option more.
    once = lab("train", "--steps", 20, "--start", folder / "m")
    lab("train", "--steps", 10, "--start", folder / "m", "--checkpoint", folder / "d")
    check_equal(root_of(lab("train", "--steps", 20, "--start", folder / "m", "--resume", folder / "d")), root_of(once), "root")
    metadata, tensors = read_safetensors(folder / "m")
    name, values = next(iter(tensors.items()))
    damaged = bytearray((folder / "m").read_bytes())
    at = damaged.find(struct.pack("<f", values[0]))
    damaged[at : at + 4] = struct.pack("<f", float("nan"))
    # As a program that knows nothing of our metadata writes it.
    length = struct.unpack_from("<Q", damaged)[0]
    header = json.loads(damaged[8 : 8 + length])
    del header["__metadata__"]
    text = json.dumps(header).encode().ljust(length)
    (folder / "bare").write_bytes(struct.pack("<Q", len(text)) + text + damaged[8 + length :])
    refused("train", "--steps", 2, "--start", folder / "bare", words=[folder / "bare", "not a number"])


def test_a_full_disk_behind_standard_output_is_noticed(folder):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([LAB, "task", "show", "digits"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=DEADLINE)
    check_equal(done.returncode, 1, "status")
    check("standard output" in done.stderr, done.stderr)


def test_idx_files_are_recognised_pinned_and_learned(folder):
    made = dataset_files.write_idx(folder / "data", train=400)
    report = json.loads(lab("dataset", "root", folder / "data", "--json").stdout)
    check_equal(report["format"], "idx", "format")
    for key, value in made.items():
        check(key == "name" or report[key] == value, f"{key}: {report}")
    check(made["root"] in lab("dataset", "root", folder / "data").stdout, "root as text")
    task = folder / "t.json"
    task.write_text("// mine\n" + json.dumps(dataset_files.task({**made, "root": "unpinned"}, dataset_files.dense(32, 10)), indent=1))
    refused("task", "id", task, words=[f"freezenet-lab task pin {task} DIR"])
    refused("train", "--task", task, "--data", folder / "data", words=["task pin"])
    lab("task", "pin", task, folder / "data")
    check(task.read_text().startswith("// mine\n"), "a comment survives")
    check_equal(json.loads(task.read_text()[8:])["dataset"]["root"], made["root"], "pinned root")
    shown = json.loads(lab("task", "show", task, "--json").stdout)
    check_equal((shown["id"], shown["parameters"]), (lab("task", "id", task).stdout.strip(), 64 * 32 + 32 + 32 * 10 + 10), "task")
    refused("train", "--task", task, words=["--data DIR"])
    done = lab("train", "--task", task, "--data", folder / "data", "--epochs", 6)
    check("an epoch is 25 steps of 16 samples" in done.stderr, done.stderr)
    check(float(re.search(r"evaluation accuracy ([\d.]+)", done.stdout)[1]) > 0.9, done.stdout)
    images = folder / "data" / dataset_files.IDX[0]
    images.write_bytes(images.read_bytes()[:-1])
    refused("train", "--task", task, "--data", folder / "data", words=[images, "where its header says"])


def test_cifar10_files_are_recognised_and_learned(folder):
    made = dataset_files.write_cifar10(folder / "data")
    report = json.loads(lab("dataset", "root", folder / "data", "--format", "cifar10", "--json").stdout)
    check_equal((report["format"], report["root"]), ("cifar10", made["root"]), "report")
    refused("dataset", "root", folder / "data", "--format", "idx", words=["train-images-idx3-ubyte"])
    refused("dataset", "root", folder / "data", "--format", "png", words=["idx or cifar10"], status=2)
    task = folder / "t.json"
    task.write_text(json.dumps(dataset_files.task(made, dataset_files.dense(10), batch=12)))
    done = lab("train", "--task", task, "--data", folder / "data", "--epochs", 20)
    check("the 4 samples left over sit out" in done.stderr, done.stderr)
    check(float(re.search(r"evaluation accuracy ([\d.]+)", done.stdout)[1]) > 0.7, done.stdout)


def test_training_that_leaves_the_numbers_is_named_and_keeps_its_checkpoint(folder):
    checkpoint = folder / "c"
    lab("train", "--steps", 44, "--rate", "0.05,16", "--checkpoint", checkpoint)
    before = checkpoint.read_bytes()
    refused("train", "--steps", 500, "--resume", checkpoint, "--checkpoint", checkpoint, "--out", folder / "m", status=3,
            words=["step ", "not finite", "a lower --rate", checkpoint])
    check_equal(checkpoint.read_bytes(), before, "checkpoint")
    check(not (folder / "m").exists(), "no model")


def test_mistakes_are_answered_with_what_to_do(folder):
    for arguments in ((), ("trian",), ("train", "--epochs", "x"), ("train", "--watermark", 1000001), ("train", "--threads", 0)):
        lab(*arguments, status=2)
    refused("train", "--epochs", 1, "--steps", 1, words=["give one of them"], status=2)
    refused("train", "--steps", 0, words=["1 to"], status=2)
    refused("train", "--rate", -1, words=["above 0"], status=2)
    refused("train", "--seed", "xyz", words=["hexadecimal"], status=2)
    refused("train", "--checkpoint-every", 5, words=["--checkpoint FILE"], status=2)
    refused("train", "--kernels", "sse", words=["this machine has portable"], status=2)
    refused("train", "--task", folder / "none.json", words=["there is no task file", "digits"])
    refused("train", "--out", folder / "no/such/m", words=[folder / "no/such"])
    os.mkfifo(folder / "fifo")
    for taken in (folder, folder / "fifo"):
        refused("train", "--out", taken, words=[taken, "no plain file"])
    refused("train", "--resume", folder / "none", words=["none"])
    (folder / "x.csv").write_text("mine\n")
    refused("train", "--csv", folder / "x.csv", words=["x.csv", "another file"])
    (folder / "x").write_bytes(os.urandom(1000))
    refused("train", "--resume", folder / "x", words=[folder / "x"])
    refused("train", "--start", folder / "x", words=[folder / "x"])
    for command in ((), ("train",), ("task", "show"), ("dataset", "root")):
        check("--help" in lab(*command, "--help").stdout, "help")
    check("Examples:" in lab("--help").stdout, "examples")


def test_the_tasks_that_come_as_files(folder):
    check_equal(lab("task", "id", ROOT / "configs/tasks/digits.json").stdout, lab("task", "id", "digits").stdout, "digits")
    lab("task", "id", ROOT / "configs/tasks/mnist.json")
    for name in ("digits", "mnist", "cifar10"):
        check(name in lab("task", "show", ROOT / f"configs/tasks/{name}.json").stdout, name)
    subprocess.run([sys.executable, ROOT / "scripts/make-tasks", "--check"], check=True, timeout=DEADLINE)
    cost = json.loads(lab("task", "cost", ROOT / "configs/tasks/digits.json", "--seconds", 0.5, "--json").stdout)
    check(0.3 < cost["ratio"] < 3, f"digits beside itself: {cost}")
    check_equal(cost["measured_steps"] >= 5, True, "steps")


run(globals())
