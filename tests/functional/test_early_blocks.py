"""A block from a clock that runs ahead is nobody's fault: it is held, and taken when its time has come."""

import os
import pathlib
import time

from attack import Honest, attacked
from harness import check, check_equal, run
from node import BIN, Node
from reference import body, compact_size
from scripted_peer import ANNOUNCE, GET_HEADERS, HEADERS

PROGRAM = pathlib.Path(os.environ.get("FREEZENET_TEST_NODE", BIN.parent / "tests/freezenetd-test"))
ALLOWED = 120  # seconds that a block may be ahead (protocol.md section 7)


def block_of_a_fast_clock(folder, seconds):
    """Block 1 of a node whose clock is so far ahead: (header, body, model)."""
    node = Node(folder / "ahead", env={**os.environ, "FREEZENET_TEST_CLOCK": str(seconds)})
    node.command[0] = str(PROGRAM)
    with node:
        node.rpc("setmining", True)
        node.wait_for_height(1)
        node.rpc("setmining", False)
        header, digests, model = Honest.read(node, 1)[0]
    return header, body(digests), model


def test_an_early_block_is_held(folder):
    with attacked(folder) as victim:
        block = block_of_a_fast_clock(folder, ALLOWED + 8)
        peer = victim.peer()
        answer = peer.answer

        def announced_only_once(kind, payload):
            # Headers are not sent again: who did not hold the first one will not see it any more.
            return peer.send(HEADERS, compact_size(0)) if kind == GET_HEADERS else answer(kind, payload)

        peer.answer = announced_only_once
        peer.blocks[block[0].hash()] = block
        peer.send(ANNOUNCE, block[0].encode())
        peer.deliver(victim.node, 1)
        late = time.time() - (block[0].time - ALLOWED)
        check(late > -1, f"taken {-late:.1f} s before its time")
        check_equal(victim.honest_link(), victim.link, "the honest node's connection")
        check(not any("ends: " in line and "time" in line for line in victim.node.lines), "nobody is blamed")


if __name__ == "__main__":
    run(globals())
