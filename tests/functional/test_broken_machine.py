"""Nodes on a machine that computes wrong bits: they harm nobody, and nobody else is blamed."""

import os
import pathlib
import signal

from harness import check, check_equal, run
from node import BIN, Node, RpcError, wait_for_agreement

PROGRAM = pathlib.Path(os.environ.get("FREEZENET_TEST_NODE", BIN.parent / "tests/freezenetd-test"))


def broken(folder, fault, *arguments, mine=False):
    node = Node(folder, *arguments, mine=mine, env={**os.environ, "FREEZENET_TEST_FAULT": fault})
    node.command[0] = str(PROGRAM)
    return node


def check_harmless(node, honest):
    """It refuses to mine, has judged the honest node's blocks by the portable kernels, and kept the connection."""
    try:
        node.rpc("setmining", True)
    except RpcError as why:
        check("self-test-failed" in str(why) or "portable" in str(why), f"the reason: {why}")
    info = node.rpc("getmininginfo")
    check(info["refused"], f"it does not mine: {info['state']}")
    check_equal(info["blocks_found"], 0, "blocks that it found")
    for peer in node.rpc("getpeerinfo") + honest.rpc("getpeerinfo"):
        check(peer["ready"], f"the peers are still connected: {peer}")
    for side in (node, honest):
        check(not any("refused block" in line for line in side.lines), "no block is refused")
        ended = [line for line in side.lines if "ends: " in line]
        check_equal(ended, [], "connections that ended")
    check_equal(node.rpc("getstatehash"), honest.rpc("getstatehash"), "state")


def test_the_self_test_stops_it_from_mining(folder):
    with Node(folder / "honest") as honest:
        honest.rpc("setmining", True)
        honest.wait_for_height(2)
        honest.rpc("setmining", False)
        with broken(folder / "broken", "start", f"--connect={honest.address}", mine=True) as node:
            check(any("this node does not mine" in line for line in node.lines), "the log says why")
            node.wait_for_block(honest.rpc("getbestblockhash"))
            check_harmless(node, honest)


def test_a_fault_that_comes_later_blames_nobody(folder):
    with Node(folder / "honest") as honest, broken(folder / "broken", "later", f"--connect={honest.address}") as node:
        honest.rpc("setmining", True)
        node.wait_for_height(2)
        honest.rpc("setmining", False)
        wait_for_agreement([honest, node])
        check(not node.rpc("getmininginfo")["refused"], "until then it is a node like any other")
        node.process.send_signal(signal.SIGUSR1)
        # Few blocks: each of them is replayed by the portable kernels from now on.
        height = honest.rpc("getblockchaininfo")["height"]
        honest.rpc("setmining", True)
        honest.wait_for_height(height + 1)
        honest.rpc("setmining", False)
        node.wait_for_line(r"only the portable kernels reproduce block [0-9a-f]{64}")
        wait_for_agreement([honest, node])
        check_harmless(node, honest)


if __name__ == "__main__":
    run(globals())
