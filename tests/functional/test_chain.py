"""Nodes that mine, verify each other, stop at any moment and go on where they were."""

import random
import signal

from harness import check, check_equal, run
from node import Node, wait_for_agreement


def connected(nodes):
    """Starts the nodes, each connected to those before it."""
    for i, node in enumerate(nodes):
        node.command += [f"--connect={n.address}" for n in nodes[:i]]
        node.start()
    for node in nodes:
        node.wait_for_peers(len(nodes) - 1)
    return nodes


def stop_all(nodes):
    for node in nodes:
        node.kill()


def test_three_nodes_agree_and_verify_each_other(folder):
    nodes = connected([Node(folder / f"n{i}") for i in range(3)])
    try:
        for i, node in enumerate(nodes):
            height = node.rpc("getblockchaininfo")["height"]
            node.rpc("setmining", True)
            node.wait_for_height(height + 3)
            node.rpc("setmining", False)
            wait_for_agreement(nodes)
            check(node.rpc("getmininginfo")["blocks_found"] >= 3, f"node {i} mined")
        hashes = {n.rpc("getstatehash")["state_hash"] for n in nodes}
        check_equal(len(hashes), 1, "state hashes")
        height = nodes[0].rpc("getblockchaininfo")["height"]
        miners = {nodes[0].rpc("getblock", h)["miner"] for h in range(1, height + 1)}
        check_equal(miners, {n.miner for n in nodes}, "miners of the chain")
        replayed = [b for b in nodes[0].blocks() if b["replay"]]
        check(len(replayed) >= 6, f"node 0 replayed the others' blocks, {len(replayed)} of them")
        for node in nodes:
            check_equal(node.stop(), 0, "exit status")
    finally:
        stop_all(nodes)


def test_accuracy_rises_along_the_chain(folder):
    with Node(folder / "n", mine=True) as node:
        node.wait_for_height(20)
        node.rpc("setmining", False)
        first = node.rpc("getblock", 1)["accuracy"]
        best = node.rpc("getblockchaininfo")["accuracy"]
        check(best >= 0.85 and best > first, f"accuracy {first} at height 1, {best} now")


def test_a_node_that_was_off_catches_up(folder):
    miner, sleeper = connected([Node(folder / "miner"), Node(folder / "sleeper")])
    try:
        miner.rpc("setmining", True)
        sleeper.wait_for_height(3)
        check_equal(sleeper.stop(), 0, "exit status")
        height = miner.rpc("getblockchaininfo")["height"]
        miner.wait_for_height(height + 5)
        miner.rpc("setmining", False)
        tip = miner.rpc("getbestblockhash")
        sleeper.start().wait_for_block(tip)
        check_equal(sleeper.rpc("getstatehash"), miner.rpc("getstatehash"), "state")
    finally:
        stop_all([miner, sleeper])


def test_derives_models_where_it_does_not_fetch_them(folder):
    miner, frugal = connected([Node(folder / "miner"), Node(folder / "frugal", "--models=derive")])
    try:
        miner.rpc("setmining", True)
        frugal.wait_for_height(3)
        miner.rpc("setmining", False)
        wait_for_agreement([miner, frugal])
        spent = max(p["bytes_received"] for p in frugal.rpc("getpeerinfo"))
        check(spent < 100_000, f"{spent} bytes received: no model among them")
    finally:
        stop_all([miner, frugal])


def test_stops_cleanly_at_any_moment(folder):
    node = Node(folder / "n", mine=True)
    dice = random.Random(1)
    height = 0
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
        node.start()
        node.wait_for_height(height + dice.randint(1, 4))
        check_equal(node.stop(how), 0, f"exit status after {how.name}")
        height = max([height] + [int(b["height"]) for b in node.blocks()])
    node.start()
    check(node.rpc("getblockchaininfo")["height"] >= height, "it goes on where it was")
    check_equal(node.rpc("stop"), "freezenetd is stopping", "answer to stop")
    check_equal(node.wait(), 0, "exit status after the RPC stop")


def test_kill_loses_nothing_and_fetches_nothing_again(folder):
    miner, victim = connected([Node(folder / "miner"), Node(folder / "victim")])
    dice = random.Random(2)
    try:
        miner.rpc("setmining", True)
        for _ in range(5):
            acknowledged = victim.rpc("getblockchaininfo")["height"]
            victim.wait_for_height(acknowledged + dice.randint(1, 3))
            victim.kill()  # while blocks keep coming
            kept = {b["hash"] for b in victim.blocks()}
            victim.start()
            again = {b["hash"] for b in victim.blocks() if b["replay"]} & kept
            check_equal(again, set(), "blocks replayed again after the restart")
            info = victim.rpc("getblockchaininfo")
            check(info["height"] >= acknowledged, f"height {info['height']} after the kill, {acknowledged} before")
            for block in kept:
                check_equal(victim.rpc("getblock", block)["state"], "verified", f"block {block} after the kill")
        miner.rpc("setmining", False)
        # A ticket that was found while mining was switched off may still become a block.
        victim.wait_until(lambda: victim.rpc("getstatehash") == miner.rpc("getstatehash"), "one state")
        fetched = {b["hash"] for b in victim.blocks() if b["replay"]}
        check_equal(fetched & kept, set(), "acknowledged blocks that were replayed again")
    finally:
        stop_all([miner, victim])


def test_a_lighter_branch_gives_way(folder):
    a, b = Node(folder / "a"), Node(folder / "b")
    try:
        for node, blocks in ((a, 3), (b, 7)):
            node.start()
            node.rpc("setmining", True)
            node.wait_for_height(blocks)
            node.rpc("setmining", False)
        check(a.rpc("getbestblockhash") != b.rpc("getbestblockhash"), "two branches")
        lighter, heavier = sorted((a, b), key=lambda n: n.rpc("getblockchaininfo")["height"])
        lighter.rpc("addnode", heavier.address, "add")
        lighter.wait_for_block(heavier.rpc("getbestblockhash"))
        check_equal(lighter.rpc("getstatehash"), heavier.rpc("getstatehash"), "state after the reorganisation")
        check(lighter.rpc("getblockchaininfo")["stale_blocks"] >= 3, "the branch that gave way is counted as stale")
        check(any("reorganisation" in line for line in lighter.lines), "the log tells of the reorganisation")
    finally:
        stop_all([a, b])


if __name__ == "__main__":
    run(globals())
