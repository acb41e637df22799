"""Chains of ground headers without work behind them, many at once: memory stays bounded, the tip stays, and honest synchronisation keeps its speed.

With --long: 200 chains of 10,000 headers instead of a quarter of them."""

import json
import os
import subprocess
import sys
import time

from harness import check, check_equal, run
from header_chains import block_one
from memory import status_kib
from node import DEADLINE, Node
from trials import LONG, record

CHAINS = 200 if LONG else 50
LENGTH = 10_000
WORKERS = 4
BLOCKS = 150
MOST_ROUNDS = 4
REGTEST_MAGIC = 0x74725A46
# The header room (20,000 entries), the queues and TLS of 200 connections, and what the allocator keeps.
MEMORY_KIB = 96 * 1024
# One fifth is what is asked for. The short run shares its machine with whatever else is tested there, so it only looks for what is grossly wrong.
SLOWER = 1.2 if LONG else 1.5


class Flood:
    """Several processes of flooding peers, niced: what they do to a node, not to its machine."""

    def __init__(self, folder, node, template):
        self.workers = []
        here = os.path.dirname(os.path.abspath(__file__))
        for i in range(WORKERS):
            worker = subprocess.Popen(
                ["nice", "-n", "19", sys.executable, os.path.join(here, "flood_worker.py")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            job = {
                "folder": str(folder / f"worker{i}"), "port": node.port, "magic": REGTEST_MAGIC, "network": "regtest",
                "template": template.encode().hex(), "first": i * (CHAINS // WORKERS), "peers": CHAINS // WORKERS, "length": LENGTH,
            }
            worker.stdin.write(json.dumps(job) + "\n")
            worker.stdin.flush()
            self.workers.append(worker)
        try:
            for worker in self.workers:
                check_equal(worker.stdout.readline(), "flooding\n", "a worker's first word")
        except BaseException:
            self.kill()
            raise

    def stop(self):
        """Headers sent, and why peers were dropped."""
        sent, rejected = 0, []
        for worker in self.workers:
            counts = json.loads(worker.communicate(timeout=DEADLINE)[0].splitlines()[-1])
            sent += counts["sent"]
            rejected += counts["rejected"]
        return sent, rejected

    def kill(self):
        for worker in self.workers:
            worker.kill()
            worker.communicate()


def victim(folder):
    return Node(folder, "--max-inbound=256", "--log-level=warning,node=info,chain=info").start()


def sync_time(folder, honest, height, template=None):
    """Seconds in which a fresh node gets the honest chain; with a template, while it is flooded."""
    node = victim(folder)
    flood = None
    try:
        before = status_kib(node.process.pid, "VmRSS")
        if template:
            flood = Flood(folder / "flood", node, template)
            ready = sum(p["ready"] for p in node.rpc("getpeerinfo"))
            check(ready >= 0.9 * CHAINS, f"only {ready} of {CHAINS} peers flood")  # a busy machine may time some out
            check_equal(node.rpc("getblockchaininfo")["height"], 0, "the tip under ground headers alone")
        started = time.monotonic()
        node.rpc("addnode", honest.address, "add")
        node.wait_for_height(height, 4 * DEADLINE)
        seconds = time.monotonic() - started
        check_equal(node.rpc("getbestblockhash"), honest.rpc("getbestblockhash"), "the tip")
        grown = status_kib(node.process.pid, "VmHWM") - before
        if flood:
            peers = [p for p in node.rpc("getpeerinfo") if p["direction"] == "in"]
            sent, rejected = flood.stop()
            flood = None
            print(f"     {CHAINS} floods: {seconds:.2f} s, {sent} headers sent, {len(peers)} still there, memory + {grown >> 10} MiB,"
                  f" rejects {sorted(set(rejected))}", flush=True)
            check(grown <= MEMORY_KIB, f"memory grew by {grown} KiB")
        else:
            print(f"     none: {seconds:.2f} s, memory + {grown >> 10} MiB", flush=True)
        return seconds, grown
    finally:
        if flood:
            flood.kill()
        node.kill()


def test_ground_header_chains(folder):
    honest = Node(folder / "honest").start()
    try:
        honest.rpc("setmining", True)
        honest.wait_for_height(BLOCKS, 4 * DEADLINE)
        honest.rpc("setmining", False)
        height = honest.rpc("getblockchaininfo")["height"]
        template = block_one(honest)
        alone, flooded = [], []
        # The best of each kind: other work on the machine only ever makes a run longer. More pairs only where the first did not tell.
        while len(alone) < MOST_ROUNDS and (not alone or min(flooded) > SLOWER * min(alone)):
            alone.append(sync_time(folder / f"alone{len(alone)}", honest, height)[0])
            flooded.append(sync_time(folder / f"flooded{len(flooded)}", honest, height, template)[0])
        ratio = min(flooded) / min(alone)
        print(f"     {height} blocks: alone {alone}, flooded {flooded}: ratio of the best {ratio:.3f}", flush=True)
        check(ratio <= SLOWER, f"honest sync takes {ratio:.2f} times as long under the flood")
        record("floods of headers beside a sync", CHAINS, CHAINS, {"bounded": CHAINS})
    finally:
        honest.kill()


if __name__ == "__main__":
    run(globals())
