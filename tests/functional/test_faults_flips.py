"""One bit of one file of a data folder is another: a node that starts on it says so and names what to do, and that works; or it is as if nothing
were. It never stands on a chain that is not the true one without a word."""

import re
import shutil

from faults_world import acknowledged_by, discard, world
from harness import check, check_equal, run
from node import RpcError
from trials import count, run_trials

REPAIR = re.compile(r"--reindex|move (?:it|the file) away|remove (?:it|the file)|restore it")


def class_of(name):
    """Files that a bit is flipped in alike; None for those that say nothing after a start."""
    if name.startswith("models/"):
        return "model"
    if name in (".cookie", "rpc-address", "freezenetd.lock") or name.endswith("-shm") or ".log" in name or name.endswith(".log"):
        return None
    return name


def killed_folder(_=None):
    """Of a node that was killed, with its log not folded in: every class of file is there."""
    folder = world().copy()
    node = world().trial(folder)
    seen = 0

    def watch(line):
        nonlocal seen
        seen += "block height=" in line
        if seen == 6:
            node.process.kill()

    node.listener = watch
    node.start(wait=False)
    node.process.wait(60)
    node.kill()
    check((folder / "chain.sqlite-wal").stat().st_size > 0, "there is a log")
    return folder, world().acknowledged | acknowledged_by(node.lines)


def classes(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and path.stat().st_size > 0 and class_of(name):
            found.setdefault(class_of(name), []).append(name)
    return found


def flip(path, dice):
    data = bytearray(path.read_bytes())
    bit = dice.randrange(8 * len(data))
    if path.name == "chain.sqlite" and dice.random() < 0.7:
        # Mostly what pages hold, not the room between.
        used = [i for i, byte in enumerate(data) if byte]
        bit = 8 * dice.choice(used) + dice.randrange(8)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    return bit


def start_or_line(node):
    """Starts the node; None where it runs, else the one line with which it ended."""
    try:
        node.start()
        return None
    except AssertionError:
        check_equal(node.wait(), 1, f"exit status: {node.lines[-5:]}")
        return node.lines[-1]


def stands_right(node, acknowledged):
    """What was acknowledged is there, and the state is the control node's when it has come to its tip."""
    for block in acknowledged:
        try:
            check_equal(node.rpc("getblock", block)["state"], "verified", f"acknowledged block {block}")
        except RpcError as why:
            raise AssertionError(f"acknowledged block {block} is gone, without a word: {why}") from why
    return settles(node)


def settles(node):
    """At the control node's tip with its state, or ended with a line that names a repair."""
    try:
        node.wait_until(lambda: node.rpc("getbestblockhash") == world().state["tip"], "not at the control node's tip")
    except (AssertionError, OSError):
        if node.process.poll() is None:
            raise
        return [line for line in node.lines if " C chain: " in line][-1]
    check_equal(node.rpc("getstatehash"), world().state, "state, beside that of the control node")
    return None


def repair(folder, line, sound):
    """Does what the line says; `sound` is the copy that an operator would restore from."""
    check(REPAIR.search(line), f"no repair is named: {line}")
    if "--reindex" in line:
        again = world().trial(folder, "--reindex")
        # What is gone comes from the peer; that it is fetched again is the price.
        again.start()
    elif "restore it" in line:
        path = next(p for p in folder.iterdir() if str(p) in line)
        shutil.copy2(sound / path.name, path)
        again = world().trial(folder)
        again.start()
    else:
        named = re.search(r"(/\S+?)(?:,|:| is | \()", line)
        path = named and named[1]
        check(path, f"no file is named: {line}")
        shutil.move(path, str(folder) + ".moved")
        again = world().trial(folder)
        again.start()
    try:
        check_equal(settles(again), None, "a second failure")
        verdict = again.rpc("verifychain", 3, 0)
        check(verdict["valid"], f"verifychain: {verdict}")
    finally:
        again.kill()


def one_flip(folder, acknowledged, chosen, dice):
    copy = folder.with_name(folder.name + f"-{dice.random()}")
    shutil.copytree(folder, copy)
    path = copy / chosen
    bit = flip(path, dice)
    what = f"bit {bit} of {chosen}"
    node = world().trial(copy)
    try:
        line = start_or_line(node)
        if line is None:
            line = stands_right(node, acknowledged)
        node.kill()
        if line is None:
            return "harmless"
        repair(copy, line, folder)
        return "found and repaired"
    except Exception as why:
        raise AssertionError(f"{what}: {why}") from why
    finally:
        node.kill()
        discard(copy)


def test_one_bit_flipped_in_each_class_of_file(_):
    folder, acknowledged = killed_folder()
    found = classes(folder)
    print("     " + ", ".join(f"{len(files)} {kind}" for kind, files in found.items()), flush=True)
    kinds = sorted(found)
    # The database and its log are most of what can be wrong.
    weighted = kinds + ["chain.sqlite", "chain.sqlite-wal"] * 3

    def trial(number, dice):
        kind = weighted[number % len(weighted)]
        files = found[kind]
        if kind == "model":
            files = files if number % 2 else newest_models(folder, files)
        return one_flip(folder, acknowledged, dice.choice(files), dice)

    outcomes = run_trials("one bit flipped", trial, range(count(20, 300)))
    check(outcomes.get("found and repaired", 0) > 0, f"some of the flips were found: {outcomes}")


def newest_models(folder, files):
    """Those that the next blocks start from are among them."""
    return sorted(files, key=lambda name: (folder / name).stat().st_mtime_ns)[-4:]


if __name__ == "__main__":
    run(globals())
