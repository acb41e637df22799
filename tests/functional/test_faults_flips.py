"""One bit of one file of a data folder is another: a node that starts on it says so and names what to do, and that works; or it is as if nothing
were. It never stands on a chain that is not the true one without a word."""

import contextlib
import dataclasses
import json
import pathlib
import re
import shutil
import sqlite3
import tempfile

from faults_world import FEWEST_PAYMENTS, Payments, acknowledged_by, check_has, discard, lost_payments, meet_control, world
from harness import check, check_equal, run
from reference import from_shown
from trials import count, record, run_trials

PHRASE = "correct horse battery"
LOST = "the database is damaged where transactions wait for a block"
REPAIR = re.compile(r"--reindex|move (?:it|the file) away|remove (?:it|the file)|restore it")


def class_of(name):
    """Files that a bit is flipped in alike; None for those that say nothing after a start."""
    if name.startswith("models/"):
        return "model"
    if name in (".cookie", "rpc-address", "freezenetd.lock") or name.endswith("-shm") or ".log" in name or name.endswith(".log"):
        return None
    return name


@dataclasses.dataclass
class Killed:
    """The folder of a node that was killed, with its log not folded in: every class of file and of row is there; and what the node had
    acknowledged."""

    folder: pathlib.Path
    blocks: set
    payments: list
    addresses: list


def killed_folder():
    folder = world().copy()
    (folder / "freezenetd.json").write_text(json.dumps({"max-inbound": 20, "check-blocks": 100, "mining-nice": 5}))
    node = world().trial(folder, connect=False)
    node.start()
    payments = Payments(node)
    seen = 0

    def watch(line):
        nonlocal seen
        seen += "block height=" in line
        if seen == 6:
            node.process.kill()

    try:
        node.rpc("getnewaddress")
        node.rpc("encryptwallet", PHRASE)
        addresses = [a["address"] for a in node.rpc("listaddresses")]
        payments.start()
        payments.some.wait(60)
        node.listener = watch
        meet_control(node)
        node.process.wait(60)
    finally:
        node.kill()
        payments.end()
    check(len(payments.acknowledged) >= FEWEST_PAYMENTS, f"payments: {payments.acknowledged}, {payments.refused}")
    check((folder / "chain.sqlite-wal").stat().st_size > 0, "there is a log")
    rows = rows_of(folder)
    check(all(rows[table] > 0 for table in ("blocks", "undo", "accounts", "claims", "transactions", "mempool")), f"rows: {rows}")
    print(f"     rows: {rows}", flush=True)
    return Killed(folder, world().acknowledged | acknowledged_by(node.lines), payments.acknowledged, addresses)


def rows_of(folder):
    """table -> how many rows a copy of the database has: the log must stay as it is."""
    with tempfile.TemporaryDirectory() as elsewhere:
        for file in folder.glob("chain.sqlite*"):
            shutil.copy2(file, elsewhere)
        with contextlib.closing(sqlite3.connect(pathlib.Path(elsewhere) / "chain.sqlite")) as database:
            tables = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


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


def check_said(node, payments):
    """Payments that were acknowledged are there, or a line says which are not, or how many. Whether some are gone."""
    lost = lost_payments(node, payments)
    if not lost:
        return False
    said = [line for line in node.lines if LOST in line]
    check(said, f"{len(lost)} acknowledged payments are gone, without a word")
    check("send again" in said[0], said[0])
    named = said[0] + "".join(line for line in node.lines if "do not send these again" in line)
    unnamed = [payment for payment in lost if payment not in named]
    check(not unnamed or "are gone" in said[0] or "cannot be read" in said[0], f"{unnamed} are gone; it was said: {said[0]}")
    return True


def stands_right(node, killed):
    """None: what was acknowledged is there, and the chain, the accounts, the claims and the wallet are right when it has come to the control node's
    tip. Else the line that tells of a loss."""
    check_has(node, killed.blocks)
    gone = check_said(node, killed.payments)
    if other := [line for line in node.lines if "the mining key is another one than before" in line]:
        return other[0]
    line = settles(node)
    if line is not None:
        return line
    for id_, made in world().made.items():
        check_equal(node.rpc("gettransaction", id_)["block"], world().control.rpc("gettransaction", id_)["block"], f"where transaction {id_} is")
        check_equal(made["hex"], node.rpc("gettransaction", id_)["hex"], f"transaction {id_}")
    for root in world().claimed:
        check_equal(node.rpc("getclaim", root), world().control.rpc("getclaim", root), f"claims of {root}")
    check_equal([a["address"] for a in node.rpc("listaddresses")], killed.addresses, "the wallet's addresses")
    node.rpc("walletpassphrase", PHRASE, 5)
    return [line for line in node.lines if LOST in line][0] if gone else None


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


def repair(folder, line, killed):
    """Does what the line says; the folder of `killed` is the copy that an operator would restore from."""
    sound = killed.folder
    config = str(folder / "freezenetd.json") in line  # what is wrong in it is said; nobody but the operator knows what should stand there
    check(config or REPAIR.search(line), f"no repair is named: {line}")
    if "--reindex" in line:
        again = world().trial(folder, "--reindex")
        # What is gone comes from the peer; that it is fetched again is the price.
        again.start()
    elif config or "restore it" in line:
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
        if "restore it" not in line:
            check_said(again, killed.payments)
    finally:
        again.kill()


def judge(killed, copy):
    """What became of a node on the copy that something was done to: a word for it, or AssertionError."""
    node = world().trial(copy)
    try:
        line = start_or_line(node)
        if line is None:
            line = stands_right(node, killed)
        node.kill()
        if line is None:
            return "harmless"
        if LOST in line:
            return "a waiting payment said to be lost"
        repair(copy, line, killed)
        return "found and repaired"
    finally:
        node.kill()


def one_flip(killed, chosen, dice):
    copy = killed.folder.with_name(killed.folder.name + f"-{dice.random()}")
    shutil.copytree(killed.folder, copy)
    what = f"bit {flip(copy / chosen, dice)} of {chosen}"
    try:
        return judge(killed, copy)
    except Exception as why:
        raise AssertionError(f"{what}: {why}") from why
    finally:
        discard(copy)


def test_one_bit_flipped_in_each_class_of_file(_):
    killed = killed_folder()
    found = classes(killed.folder)
    print("     " + ", ".join(f"{len(files)} {kind}" for kind, files in found.items()), flush=True)
    kinds = sorted(found)
    check({"chain.sqlite", "chain.sqlite-wal", "chain.sqlite-tip", "freezenetd.json", "miner.key", "model", "wallet.dat"} <= {*kinds}, f"classes: {kinds}")
    # The database and its log are most of what can be wrong.
    weighted = kinds + ["chain.sqlite", "chain.sqlite-wal"] * 3

    def trial(number, dice):
        kind = weighted[number % len(weighted)]
        files = found[kind]
        if kind == "model":
            files = files if number % 2 else newest_models(killed.folder, files)
        return one_flip(killed, dice.choice(files), dice)

    outcomes = run_trials("one bit flipped", trial, range(count(20, 300)))
    check(outcomes.get("found and repaired", 0) > 0, f"some of the flips were found: {outcomes}")


def test_waiting_payments_that_a_disk_changed_are_named(_):
    """Each row in turn, by its bytes in the file."""
    killed = killed_folder()
    node = world().trial(killed.folder, connect=False)
    node.start()
    check_equal(node.stop(), 0, "exit status")  # the log is folded in
    payments = [p for p in killed.payments if p not in world().made]
    outcomes = {}
    for number, payment in enumerate(payments[: count(3, 20)]):
        copy = killed.folder.with_name(killed.folder.name + f"-row{number}")
        shutil.copytree(killed.folder, copy)
        data = bytearray((copy / "chain.sqlite").read_bytes())
        at = data.index(from_shown(payment))
        # Behind the id comes when it was received, which is mended, and far behind it the transaction, which is not.
        data[at + (33 if number % 3 == 0 else 120)] ^= 4
        (copy / "chain.sqlite").write_bytes(data)
        again = world().trial(copy, connect=False)
        with again:
            line = [line for line in again.lines if LOST in line]
            check_equal(len(line), 1, f"lines that tell of it: {again.lines}")
            lost = lost_payments(again, killed.payments)
            check((payment in lost) == (number % 3 != 0), f"payments that do not wait: {lost}")
            # Also those that wait for it: nobody sees them, and nobody must send them again.
            behind = "".join(line for line in again.lines if "do not send these again" in line)
            check(all(p in line[0] + behind for p in lost), f"{lost}: {line[0]}, {behind}")
            word = "mended" if number % 3 == 0 else "named"
            outcomes[word] = outcomes.get(word, 0) + 1
            check_equal(again.stop(), 0, "exit status")
            again.start()
            check(not any(LOST in line for line in again.lines), "it is said once")
            again.stop()
        discard(copy)
    record("a waiting payment's row changed", sum(outcomes.values()), sum(outcomes.values()), outcomes)


def test_a_node_that_says_nothing_is_seen(_):
    """The harness itself: a node that starts on nothing as if that were right, or without a payment that it had acknowledged."""
    killed = killed_folder()
    copy = killed.folder.with_name(killed.folder.name + "-silent")
    shutil.copytree(killed.folder, copy)
    for file in copy.glob("chain.sqlite*"):
        file.unlink()
    for wrong, what in ((killed, "acknowledged block"), (dataclasses.replace(killed, blocks=set(), payments=["0" * 64]), "without a word"),
                        (dataclasses.replace(killed, blocks=set(), payments=[], addresses=[]), "the wallet's addresses")):
        try:
            word = judge(wrong, copy)
        except AssertionError as why:
            check(what in str(why), f"{what!r} was expected: {why}")
            continue
        raise AssertionError(f"a silent loss passed: {word}")
    discard(copy)


def newest_models(folder, files):
    """Those that the next blocks start from are among them."""
    return sorted(files, key=lambda name: (folder / name).stat().st_mtime_ns)[-4:]


if __name__ == "__main__":
    run(globals())
