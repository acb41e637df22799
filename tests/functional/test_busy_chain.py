"""Whoever asks how a node does is answered in time while it mines at full speed, takes in a chain and commits block after block.

The machine is busy as well, so the answers are compared with those to `uptime`, which asks nobody."""

import http.client
import json
import statistics
import time

from harness import check, run
from node import Node

CALLS = 300
WORST = 0.1  # seconds, beyond the worst of the control


def ask(connection, node, method):
    """Seconds until the answer."""
    started = time.monotonic()
    connection.request("POST", "/", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}), {"Authorization": node._auth})
    answer = json.loads(connection.getresponse().read())
    assert "result" in answer, answer
    return time.monotonic() - started


def test_answers_while_it_mines_and_syncs(folder):
    source, node = Node(folder / "source").start(), Node(folder / "node").start()
    try:
        source.rpc("setmining", True)
        source.wait_for_height(25)
        node.rpc("setmining", True)
        node.rpc("addnode", source.address, "add")
        connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=60)
        seconds = {"uptime": [], "getblockchaininfo": [], "status": [], "getbestblockhash": []}
        before = node.rpc("getblockchaininfo")["height"]
        for _ in range(CALLS):
            for method, taken in seconds.items():
                taken.append(ask(connection, node, method))
            time.sleep(0.02)  # an operator's pace: the node's work, not the questions, is the load
        blocks = node.rpc("getblockchaininfo")["height"] - before
        for method, taken in seconds.items():
            print(f"     {method}: median {statistics.median(taken) * 1000:.1f} ms, worst {max(taken) * 1000:.0f} ms of {len(taken)}", flush=True)
        print(f"     {blocks} blocks connected meanwhile", flush=True)
        check(blocks >= 5, f"the node was busy: {blocks} blocks")
        control = max(seconds["uptime"])
        for method, taken in seconds.items():
            check(max(taken) <= control + WORST, f"{method} took {max(taken):.3f} s, the control {control:.3f} s")
            check(statistics.median(taken) <= WORST, f"{method}: median {statistics.median(taken):.3f} s")
    finally:
        source.kill()
        node.kill()


if __name__ == "__main__":
    run(globals())
