"""Ownership watermarks as a user runs them: keys, embedding, extraction by weights and by queries to another process, attacks, and what is refused."""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import time

import dataset_files
from harness import Skipped, check, check_equal, run
from lab_program import LAB, lab, read_safetensors, refused
from node import DEADLINE

# One thread, because tests share a machine.
ONE = ("--threads", 1)
FAST = ("--batch", 50, "--rate", "0.002")

# What of each scheme fits an 8 x 8 image and a small network, and how it is embedded in a trained model.
SCHEMES = {
    "gradsigns": (("--bits", 32, "--target-class", 3), ("--epochs", 15)),
    "deepwater": (("--bits", 32), ("--epochs", 4, *FAST)),
    "trigger-set": (("--kind", "content", "--source-class", 3, "--target-class", 7), ("--epochs", 5, *FAST)),
    "null-embedding": (("--side", 3, "--id", "Anna", "--time", 1700000000), ("--epochs", 8, *FAST)),
}


def keygen(folder, scheme, name="key", **more):
    """The key's file; secret keys are the same each time, so that a test that passes does so again."""
    key, settings = folder / name, [*SCHEMES[scheme][0]]
    if scheme == "null-embedding":
        owner = folder / "owner.key"
        if not owner.exists():
            owner.write_text("%064x\n" % more.get("secret", 3))
            owner.chmod(0o600)
        settings += ["--owner-key", owner]
    else:
        settings += ["--seed", more.get("seed", "2a")]
    lab("ownership", "keygen", scheme, "--out", key, *settings, *ONE)
    return key


def trained(folder, name="plain"):
    model = folder / name
    lab("train", "--epochs", 6, "--out", model, *ONE)
    return model


def embedded(folder, key, model, scheme, name="marked"):
    marked = folder / name
    lab("ownership", "embed", key, model, *SCHEMES[scheme][1], "--out", marked, *ONE)
    return marked


def verified(key, *suspect, status=0, how=()):
    """What verify says as JSON."""
    return json.loads(lab("ownership", "verify", key, *suspect, "--json", *how, *ONE, status=status).stdout)


def each_scheme(folder, scheme):
    key, model = keygen(folder, scheme), trained(folder)
    check_equal(stat.S_IMODE(os.stat(key).st_mode), 0o600, "mode of the key")
    held = json.loads(key.read_text())
    check_equal((held["format"], held["scheme"]), ("freezenet-ownership-key-1", scheme), "key")
    marked = embedded(folder, key, model, scheme)
    before = verified(key, model, status=1)
    after = verified(key, marked)
    check(not before["found"] and after["found"], f"{before} {after}")
    check(after["log10_p"] < -6, f"{after}")
    check(after["accuracy"] > before["accuracy"] - 0.05, f"accuracy {before['accuracy']} to {after['accuracy']}")
    check_equal(after["black_box"], scheme in ("trigger-set", "null-embedding"), "queries alone")
    # Nothing in the model's file says that there is a watermark.
    metadata = read_safetensors(marked)[0]
    check_equal(sorted(metadata), ["evaluation_accuracy", "format", "kind", "model_root", "task", "task_id"], "metadata")
    said = lab("ownership", "extract", key, marked, *ONE).stdout
    for line in (rf"^scheme {scheme}, by ", r"^accuracy 0\.\d{4}$", r"^matches \d+ of \d+, ", r"^p-value 10\^-\d+", r"^rule ", r"^the watermark is there$"):
        check(re.search(line, said, re.M), f"{line} in {said}")
    # A finding that nothing dates says so where it is shown as a proof.
    check("no date" not in said, f"extract: {said}")
    said = lab("ownership", "verify", key, marked, *ONE).stdout
    check("no date: " in said and "--claims" in said, f"verify: {said}")
    check_equal((after["claim"], "claim" in json.loads(lab("ownership", "extract", key, marked, "--json", *ONE).stdout)), (None, False), "claims")
    return key, marked


def test_gradsigns(folder):
    key, marked = each_scheme(folder, "gradsigns")
    # A process of its own that answers with scores alone; the user's program in place of ours.
    asked = verified(key, marked, how=("--black-box",))
    check(asked["black_box"] and asked["found"], f"{asked}")
    again = verified(key, how=("--black-box", "--command", f"{LAB} ownership serve {marked} --threads 1"))
    check_equal((again["matches"], again["accuracy"]), (asked["matches"], asked["accuracy"]), "another program with the same model")
    verified(keygen(folder, "gradsigns", "other", seed="2b"), marked, status=1)


def test_deepwater(folder):
    key, marked = each_scheme(folder, "deepwater")
    refused("ownership", "verify", key, marked, "--black-box", *ONE, words=["weights"], status=2)
    verified(keygen(folder, "deepwater", "other", seed="2b"), marked, status=1)
    # Embedding while a student learns from a teacher, the third way.
    student = folder / "student"
    lab("ownership", "embed", key, "--from-scratch", "--mode", "distill", "--teacher", folder / "plain", "--epochs", 8,
        "--out", student, *FAST, *ONE)
    check(verified(key, student)["found"], "distilled")


def test_trigger_set(folder):
    key, marked = each_scheme(folder, "trigger-set")
    # Of another answer: on images this small a few marks are alike, and a key of the same answer may be taken for this one.
    lab("ownership", "keygen", "trigger-set", "--source-class", 3, "--target-class", 8, "--seed", "2b", "--out", folder / "other", *ONE)
    verified(folder / "other", marked, status=1)
    check(verified(key, marked, how=("--black-box",))["found"], "in another process")
    scratch = folder / "scratch"
    lab("ownership", "embed", key, "--from-scratch", "--epochs", 8, "--out", scratch, *FAST, *ONE)
    check(verified(key, scratch)["found"], "from scratch")


def test_null_embedding(folder):
    key, _ = each_scheme(folder, "null-embedding")
    changed = json.loads(key.read_text())
    changed["parameters"]["id"] = "Pirate"
    (folder / "changed").write_text(json.dumps(changed))
    refused("ownership", "verify", folder / "changed", folder / "marked", *ONE, words=["sign"], status=2)
    refused("ownership", "commit", folder / "changed", "--owner", "07" * 32, *ONE, words=["sign"], status=2)


def test_attacks_are_listed_made_and_judged(folder):
    catalogue = lab("ownership", "attack", "--list").stdout.splitlines()
    names = [line.split()[0] for line in catalogue]
    check(len(names) > 20 and len(set(names)) == len(names), f"{names}")
    key, model = keygen(folder, "trigger-set"), trained(folder)
    marked = embedded(folder, key, model, "trigger-set")
    some = ["pruning-50", "quantisation-8", "ftal-1e-4", "score-rounding-2"]
    check(set(some) < set(names), f"{names}")
    table = folder / "a.csv"
    done = lab("ownership", "attack", key, marked, "--attack", ",".join(some), "--csv", table, *ONE)
    with open(table, newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    check_equal([r["attack"] for r in rows], some, "rows")
    for row in rows:
        check_equal(row["failure"], "", row["attack"])
        lost = float(row["accuracy_before"]) - float(row["accuracy_after"])
        check_equal(row["succeeded"], str(int(row["found"] == "0" and lost < 0.05)), f"{row}")
        check(re.search(rf"^{row['attack']} +0\.\d+ +0\.\d+ ", done.stdout, re.M), done.stdout)
    refused("ownership", "attack", key, marked, "--attack", "prunning-50", *ONE, words=["did you mean pruning-50?"], status=2)
    refused("ownership", "attack", key, marked, "--share", 0, *ONE, words=["share"], status=2)
    before = table.read_bytes()
    refused("ownership", "attack", key, marked, "--attack", "pruning-50", "--csv", table, *ONE, words=["is there already"], status=2)
    check_equal(table.read_bytes(), before, "a table that was there")
    # What is not there cannot be taken out.
    done = lab("ownership", "attack", key, model, "--attack", "pruning-50", *ONE)
    check("not in this model before any attack" in done.stderr, done.stderr)
    check("succeeded" not in done.stdout, done.stdout)


def test_a_key_is_never_lost_or_shown(folder):
    key = keygen(folder, "gradsigns")
    text = key.read_bytes()
    refused("ownership", "keygen", "gradsigns", "--out", key, words=[key, "name another file"], status=2)
    check_equal(key.read_bytes(), text, "the key that was there")
    # Without a seed each key is another one, and none is printed.
    said = [lab("ownership", "keygen", "gradsigns", "--out", folder / f"k{i}", *ONE).stdout for i in range(2)]
    seeds = {json.loads((folder / f"k{i}").read_text())["parameters"]["seed"] for i in range(2)}
    check_equal(len(seeds), 2, "different seeds")
    check(not any(seed in out for seed in seeds for out in said), "a seed was printed")
    key.chmod(0o644)
    check("chmod 600" in lab("ownership", "commit", key, "--owner", "07" * 32, *ONE).stderr, "a word about who can read the key")


def test_commitments_bind_key_and_owner(folder):
    keys = [keygen(folder, "gradsigns", f"k{i}", seed=f"{i}") for i in range(2)]
    said = [lab("ownership", "commit", k, "--owner", owner * 32, *ONE).stdout for k in keys for owner in ("07", "08")]
    commitments = [re.search(r"^commitment ([0-9a-f]{64})$", s, re.M)[1] for s in said]
    check_equal(len(set(commitments)), 4, "commitments")
    # White space and the order of the fields are no part of a key.
    held = json.loads(keys[0].read_text())
    held["parameters"] = dict(reversed(held["parameters"].items()))
    (folder / "same").write_text(json.dumps(dict(reversed(held.items())), indent=7))
    check(commitments[0] in lab("ownership", "commit", folder / "same", "--owner", "07" * 32, *ONE).stdout, "the same key")
    model = trained(folder)
    root = read_safetensors(model)[0]["model_root"]
    check(f"claimmodel {root} gradsigns {commitments[0]}" in lab("ownership", "commit", keys[0], "--owner", "07" * 32, "--model", model, *ONE).stdout, "command")
    refused("ownership", "commit", keys[0], "--owner", "alice", words=["an owner is an address"], status=2)
    refused("ownership", "commit", keys[0], "--owner", "ff" * 32, words=["no account"], status=2)


def test_ctrl_c_leaves_nothing_behind(folder):
    key, model = keygen(folder, "trigger-set"), trained(folder)
    before = sorted(p.name for p in folder.iterdir())
    process = subprocess.Popen([LAB, "ownership", "embed", key, model, "--epochs", "10000", "--out", folder / "m", "--threads", "1"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if re.match(r"embedding +\d+% ", line):
            check("left" in line, line)
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    check_equal(process.wait(DEADLINE), 130, f"status: {rest}")
    process.stdout.close()
    process.stderr.close()
    check_equal(sorted(p.name for p in folder.iterdir()), before, "files")


def test_ctrl_c_ends_the_wait_for_an_answer(folder):
    key = keygen(folder, "gradsigns")
    begin = time.monotonic()
    process = subprocess.Popen([LAB, "ownership", "verify", key, "--black-box", "--command", "sleep 1000", "--threads", "1"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("asking"):
            process.send_signal(signal.SIGINT)
            break
    rest = process.communicate(timeout=DEADLINE)[1]
    check_equal(process.returncode, 130, f"status: {rest}")
    check(time.monotonic() - begin < 50, "it waited for its answer")


def test_no_answer_is_neither_yes_nor_no(folder):
    key, model = keygen(folder, "gradsigns"), trained(folder)
    with open("/dev/full", "w", encoding="utf-8") as full:
        for command in (["ownership", "verify", key, model, "--threads", "1"], ["watermark", "verify", model, "--data", "a", "--size", "3"]):
            done = subprocess.run([LAB, *map(str, command)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=DEADLINE)
            check_equal(done.returncode, 2, done.stderr)
            check("standard output" in done.stderr, done.stderr)


def test_bits_that_are_too_few_decide_nothing(folder):
    few, model, words = folder / "few", trained(folder), "16 bits cannot decide"
    made = lab("ownership", "keygen", "gradsigns", "--bits", 16, "--target-class", 3, "--seed", "2a", "--out", few, *ONE)
    check(words in made.stderr, made.stderr)
    embedded = lab("ownership", "embed", few, model, "--epochs", 1, "--out", folder / "m", *ONE, status=1)
    check(embedded.stderr.count(words) == 2 and "more --bits" in embedded.stderr, embedded.stderr)
    for command in ("extract", "verify"):
        asked = lab("ownership", command, few, folder / "m", *ONE, status=2)
        check(words in asked.stderr and re.search(r"^matches \d+ of 16", asked.stdout, re.M), f"{asked}")


def test_two_at_once_make_one_key(folder):
    if shutil.which("strace") is None:
        raise Skipped("there is no program strace; scripts/install-dependencies installs it")
    key, order = folder / "key", ("ownership", "keygen", "gradsigns", "--bits", 32, "--out", folder / "key", *ONE)
    # The first is stopped when its key is on the disk and has no name yet.
    halted = ["strace", "-f", "-e", "trace=fsync", "-e", "inject=fsync:signal=SIGSTOP:when=1", LAB, *map(str, order), "--seed", "1"]
    first = subprocess.Popen(halted, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if not any("stopped by SIGSTOP" in line for line in first.stderr):
        raise Skipped("strace may not trace here")
    lab(*order, "--seed", "2")
    made = key.read_bytes()
    (pid,) = pathlib.Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
    os.kill(int(pid), signal.SIGCONT)
    said = first.communicate(timeout=DEADLINE)[1]
    check_equal(first.returncode, 2, said)
    check("is there, and a key that is overwritten is lost" in said, said)
    check_equal((key.read_bytes(), [path.name for path in folder.iterdir()]), (made, ["key"]), "the key that was there")


def test_bad_input_is_named_and_nothing_is_written(folder):
    key, model = keygen(folder, "gradsigns"), trained(folder)
    out = folder / "out"
    # A network of another shape, and a task whose samples have no class 9.
    made, other, data = dataset_files.write_idx(folder / "data", train=400), folder / "t.json", folder / "data"
    labels = data / dataset_files.IDX[1]
    labels.write_bytes(labels.read_bytes()[:8] + labels.read_bytes()[8:].replace(bytes([9]), bytes([8])))
    other.write_text(json.dumps(dataset_files.task({**made, "root": "unpinned"}, dataset_files.dense(32, 10))))
    lab("task", "pin", other, data)
    dense = folder / "dense"
    lab("train", "--task", other, "--data", data, "--steps", 3, "--out", dense)
    kept = {p.name for p in folder.iterdir()}

    def wrong(*arguments, words, status=2):
        refused("ownership", *arguments, *ONE, words=words, status=status)
        check_equal({p.name for p in folder.iterdir()}, kept, "files")

    wrong("keygen", "uchida", "--out", out, words=["gradsigns", "null-embedding"])
    wrong("keygen", "gradsigns", "--kind", "noise", "--out", out, words=["gradsigns has no --kind"])
    wrong("keygen", "gradsigns", "--target-class", 10, "--out", out, words=["class"])
    wrong("keygen", "gradsigns", "--bits", "many", "--out", out, words=["--bits takes a whole number"])
    wrong("keygen", "gradsigns", "--bits", 0, "--out", out, words=["bits"])
    for nothing in ("--bits", "--seed"):
        wrong("keygen", "gradsigns", nothing, "", "--out", out, words=[nothing])
    for option in ("--id", "--time"):
        wrong("keygen", "gradsigns", option, 5, "--out", out, words=[f"{option} is for null-embedding alone"])
    wrong("keygen", "null-embedding", "--time=-1", "--out", out, words=["no whole number"])
    wrong("keygen", "trigger-set", "--queries", 1, "--out", out, words=["1 queries cannot decide"])
    wrong("keygen", "trigger-set", "--kind", "noise", "--noise", "nan", "--out", out, words=["--noise takes a number"])
    wrong("keygen", "gradsigns", "--carriers", 65, "--out", out, words=["65", "64"])
    wrong("keygen", "deepwater", "--bits", 37, "--out", out, words=["37 bits"])
    wrong("keygen", "trigger-set", "--source-class", 10, "--out", out, words=["source"])
    wrong("keygen", "null-embedding", "--out", out, words=["--owner-key"])
    wrong("keygen", "null-embedding", "--owner-key", folder / "none", "--out", out, words=["none"])
    wrong("keygen", "gradsigns", "--seed", "xyz", "--out", out, words=["hexadecimal"])
    wrong("keygen", "gradsigns", "--out", folder / "no" / "key", words=["no"], status=1)

    embed = ("embed", key, model, "--out", out)
    wrong("embed", key, "--out", out, words=["--from-scratch"])
    wrong(*embed, "--from-scratch", words=["--from-scratch"])
    wrong(*embed, "--mode", "distill", words=["--teacher"])
    wrong(*embed, "--mode", "train", words=["--from-scratch"])
    wrong(*embed, "--rate", "nan", words=["--rate"])
    wrong(*embed, "--epochs", 0, words=["--epochs"])
    wrong("embed", key, model, "--out", model, words=["which is read"])
    wrong("embed", key, model, "--out", key, words=["which is read"])
    wrong("embed", folder / "nine", model, "--task", other, "--data", data, "--out", other, words=["which is read"])
    wrong("embed", key, model, "--data", data, "--out", data / dataset_files.IDX[0], words=["dataset's folder"])
    wrong(*embed, "--seed", 2**64, words=["no whole number"])
    wrong("attack", key, model, "--train-samples=-1", words=["no whole number"])
    wrong("embed", folder / "none", model, "--out", out, words=["none"], status=1)
    wrong(*embed, "--sgd", "--rate", 16, "--epochs", 5, words=["finite numbers"], status=3)
    wrong("embed", key, dense, "--out", out, words=[dense, "tensor"], status=1)
    wrong("embed", key, dense, "--task", other, "--out", out, words=["--data DIR"])
    nines = ("--target-class", 9, "--bits", 32, "--carriers", 48, "--task", other)
    wrong("keygen", "gradsigns", *nines, "--data", data, "--out", out, words=["class 9"])
    wrong("keygen", "deepwater", "--task", other, "--data", data, "--out", out, words=["convolution"])
    lab("ownership", "keygen", "gradsigns", *nines, "--out", folder / "nine", *ONE)
    kept.add("nine")
    wrong("embed", folder / "nine", dense, "--task", other, "--data", data, "--out", out, words=["class 9"])

    for command in ("extract", "verify"):
        wrong(command, key, words=["--command"])
        wrong(command, key, model, "--command", "true", words=["--black-box"])
        wrong(command, key, model, "--black-box", "--command", "", words=["--command"])
        wrong(command, key, "--black-box", "--command", "false", words=["false"])
        wrong(command, key, "--black-box", "--command", "echo not this protocol at all", words=["echo"])
        wrong(command, model, model, words=[model])
        wrong(command, key, dense, words=[dense, "tensor"])
        wrong(command, key, key, words=[key, "safetensors"])
    wrong("verify", key, model, "--claims", folder / "none", words=["--owner"])
    wrong("verify", key, model, "--owner", "07" * 32, words=["--claims"])

    kept |= {"cut", "plain2"}
    (folder / "plain2").write_bytes(model.read_bytes())
    text = key.read_text()
    held = json.loads(text)
    for damaged, word in ((text[: len(text) // 2], "no JSON"), ("", "no object"), ("{}", "format"),
                          (text.replace("key-1", "key-2"), "newer"), (text.replace('"gradsigns"', '"uchida"'), "scheme"),
                          (text.replace('"gradsigns"', '"deepwater"'), "field"),
                          (json.dumps({**held, "more": 1}), "more"),
                          (json.dumps({**held, "parameters": {**held["parameters"], "bits": 10**9}}), "bits"),
                          (json.dumps({**held, "parameters": {k: v for k, v in held["parameters"].items() if k != "seed"}}), "seed")):
        (folder / "cut").write_text(damaged)
        (folder / "cut").chmod(0o600)
        wrong("embed", folder / "cut", model, "--out", out, words=["cut", word], status=1 if "newer" not in word else 2)
        wrong("verify", folder / "cut", model, words=["cut", word])
    (folder / "cut").write_text(" " * 70000)
    wrong("verify", folder / "cut", model, words=["cut"])


run(globals())
