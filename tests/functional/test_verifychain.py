"""A node looks at what it has stored: while it runs, before it starts, and after a repair."""

import sqlite3
import threading
import time

from faults_world import mine_to
from harness import check, check_equal, run
from node import Node, RpcError

BLOCKS = 13  # accounts appear after ten


def test_every_level_of_a_sound_chain(folder):
    with Node(folder / "n", "--mining-nice=0") as node:
        height = mine_to(node, BLOCKS)
        for level in range(5):
            verdict = node.rpc("verifychain", level, 0)
            check_equal(verdict, {"valid": True, "reason": None, "level": level, "blocks": height, "height": height}, f"level {level}")
        check_equal(node.rpc("verifychain")["blocks"], height, "blocks, when nothing is said")
        check_equal(node.rpc("verifychain", 1, 7)["blocks"], 7, "blocks")
        try:
            node.rpc("verifychain", 5)
            raise AssertionError("there is no level 5")
        except RpcError as why:
            check("0 to 4" in str(why), str(why))
        # Replay of all blocks takes a while, and nobody waits for it.
        check_answers_meanwhile(node)
        check_equal(node.stop(), 0, "exit status")
        for level in range(5):
            node.command += [f"--check-level={level}", "--check-blocks=1000"]
            node.start()
            check_equal(node.rpc("getblockchaininfo")["height"], height, f"height after a check at level {level}")
            check_equal(node.stop(), 0, "exit status")
            del node.command[-2:]


def check_answers_meanwhile(node):
    other = Node(node.datadir)
    other.rpc_port, other._auth = node.rpc_port, node._auth
    found = []
    thread = threading.Thread(target=lambda: found.append(other.rpc("verifychain", 4, 0)))
    begun = time.monotonic()
    thread.start()
    worst = 0.0
    answers = 0
    while thread.is_alive():
        asked = time.monotonic()
        node.rpc("getblockchaininfo")
        worst = max(worst, time.monotonic() - asked)
        answers += 1
    thread.join()
    took = time.monotonic() - begun
    print(f"     verifychain took {took:.2f} s; {answers} other calls meanwhile, the slowest {worst * 1000:.0f} ms", flush=True)
    check(found[0]["valid"], f"verdict: {found}")
    check(worst < 0.5, f"another call took {worst:.2f} s")


def test_damage_is_found_and_repaired(folder):
    node = Node(folder / "n", "--mining-nice=0").start()
    try:
        height = mine_to(node, BLOCKS)
        state = node.rpc("getstatehash")
        waiting = node.rpc("sendtoaddress", node.rpc("getnewaddress"), "1")["txid"]
        database = sqlite3.connect(node.datadir / "chain.sqlite", timeout=30)
        database.execute("UPDATE accounts SET balance = balance + 1")
        database.commit()
        database.close()
        verdict = node.rpc("verifychain", 0, 1)
        check(not verdict["valid"] and "--reindex" in verdict["reason"], f"verdict: {verdict}")
        node.stop()
        node.start(wait=False)
        check_equal(node.wait(), 1, "exit status of a start on it")
        check("fails its checksum" in node.lines[-1] and "--reindex" in node.lines[-1], node.lines[-1])
        node.command.append("--reindex")
        node.start()
        check_equal(node.rpc("getstatehash"), state, "state after the repair")
        check(any(f"reindex ends: {height} blocks kept, 0 rows damaged" in line for line in node.lines), "what it says")
        check_equal(node.rpc("getrawmempool"), [waiting], "the transaction that waits for a block")
        check_equal(node.rpc("verifychain", 4, 0)["valid"], True, "verdict after the repair")
    finally:
        node.kill()


def test_the_model_that_the_next_block_starts_from_is_computed_again(folder):
    node = Node(folder / "n", "--mining-nice=0").start()
    try:
        height = mine_to(node, 4)
        # The newest that was adopted is it, and the one before it has to be there.
        tip = node.rpc("getblock", height)["canonical_root"]
        node.stop()
        model = node.datadir / "models" / f"{tip}.f32"
        sound = model.read_bytes()
        model.write_bytes(sound[:100] + bytes([sound[100] ^ 1]) + sound[101:])
        node.start()
        node.wait_for_line(f"mining and accepting pause: the model {tip} is computed again")
        node.wait_for_line("mining and accepting go on")
        check_equal(model.read_bytes(), sound, "the model")
        mine_to(node, height + 2)
    finally:
        node.kill()


def test_a_model_that_goes_missing_while_the_node_runs_is_computed_again(folder):
    """Somebody removes the file that the next block starts from; mining waits until it is there again, as it was."""
    with Node(folder / "n", "--mining-nice=0") as node:
        height = mine_to(node, 4)
        root = node.rpc("getblock", height)["canonical_root"]
        model = node.datadir / "models" / f"{root}.f32"
        sound = model.read_bytes()
        model.unlink()
        said = len(node.lines)
        node.rpc("setmining", True)
        node.wait_for_line(f"mining and accepting pause: the model {root} is computed again", start=said)
        node.wait_for_line("mining and accepting go on", start=said)
        check_equal(model.read_bytes(), sound, "the model")
        node.wait_for_height(height + 2)
        check_equal(node.rpc("getblockchaininfo")["paused"], None, "paused")
        node.rpc("setmining", False)
        check_equal(node.rpc("verifychain", 4, 0)["valid"], True, "the chain, replayed")


if __name__ == "__main__":
    run(globals())
