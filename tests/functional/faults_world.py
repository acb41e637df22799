"""What every fault is tried on: a node with a chain of its own, which has to go back a few blocks and follow a control node, and how it is
judged whether it came out of the fault as if nothing had been.

The data folder of a trial is a copy of one that ends on the lighter of two branches, with models that are pruned by each further block. So a
trial that is connected to the control node sees blocks beside its chain, a reorganisation, and blocks that extend the chain, each of
which removes models of an old one.
"""

import atexit
import contextlib
import functools
import http.client
import pathlib
import re
import shutil
import tempfile
import threading
import time

from harness import check, check_equal
from node import BLOCK, Node, RpcError
from trials import count

KEPT = 32  # the fewest models that a node may keep
COMMON, LIGHTER, HEAVIER = KEPT + 6, 3, count(12, 110)
BEFORE = re.compile(r"connecting block (?P<hash>[0-9a-f]{64}) at height (?P<height>\d+)")
BESIDE = re.compile(r"branch height=\d+ (?P<hash>[0-9a-f]{64}) verified")
FIRST = [f"--keep-models={KEPT}", "--log-level=info,chain=debug"]


def mine_to(node, height):
    node.rpc("setmining", True)
    node.wait_for_height(height)
    node.rpc("setmining", False)
    return node.rpc("getblockchaininfo")["height"]


class World:
    """The control node, which runs, and the folder that trials begin with. Any number of trials at a time."""

    def __init__(self, folder):
        self.folder = folder
        self.base = folder / "base"
        self._next = 0
        self._lock = threading.Lock()
        base = Node(self.base, f"--keep-models={KEPT}", "--mining-nice=0").start()
        self.control = Node(folder / "control", f"--keep-models={KEPT}", "--mining-nice=0", f"--connect={base.address}")
        try:
            self.fork = mine_to(base, COMMON)
            self.control.start()
            self.control.wait_for_block(base.rpc("getbestblockhash"))
            self.control.stop()
            self.control.command.pop()
            self.height = mine_to(base, self.fork + LIGHTER)
            self.tip = base.rpc("getbestblockhash")
            self.acknowledged = {base.rpc("getblockhash", h) for h in range(1, self.height + 1)}
            check_equal(base.stop(), 0, "exit status of the node whose folder the trials begin with")
            self.control.start()
            self.end = mine_to(self.control, self.height + HEAVIER)
            self.state = self.control.rpc("getstatehash")
        except BaseException:
            base.kill()
            self.control.kill()
            raise

    def copy(self):
        """A folder for one trial, of a node that has another id than those of all other trials."""
        with self._lock:
            self._next += 1
            folder = self.folder / f"trial{self._next}"
        shutil.copytree(self.base, folder, ignore=shutil.ignore_patterns("node.key", "node.crt", ".cookie", "rpc-address", "*.log"))
        return folder

    def trial(self, folder, *arguments, connect=True):
        peer = [f"--connect={self.control.address}"] if connect else []
        return Node(folder, *FIRST, *peer, *arguments)

    def check_recovers(self, node, acknowledged, payments=()):
        """Started again on the folder that the fault left, the node has what it had acknowledged, fetches none of it again, and ends where
        the control node is. `payments`: ids of transactions that it had acknowledged."""
        node.start()
        try:
            self.check_running(node, acknowledged)
            known = {*node.rpc("getrawmempool", False, 10_000)}
            lost = [payment for payment in payments if payment not in known]
            check(not lost, f"{len(lost)} of {len(payments)} acknowledged transactions are lost")
            check_equal(node.stop(), 0, "exit status after the trial")
        finally:
            node.kill()

    def check_running(self, node, acknowledged):
        for block in acknowledged:
            check_equal(node.rpc("getblock", block)["state"], "verified", f"acknowledged block {block}")
        node.wait_until(lambda: node.rpc("getbestblockhash") == self.state["tip"], "not at the control node's tip")
        check_equal(node.rpc("getstatehash"), self.state, "state, beside that of the control node")
        check_equal(replayed(node.lines) & acknowledged, set(), "acknowledged blocks that were fetched and replayed again")

    def close(self):
        self.control.kill()


@functools.cache
def world():
    """One for all tests of a script: what is tried is done to copies."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="freezenet-faults-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = World(folder)
    atexit.register(made.close)
    return made


class Payments(threading.Thread):
    """Pays from the node's wallet, one transaction after the other, until the node is gone: what it acknowledged meanwhile."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.acknowledged = []
        self._node = Node(node.datadir)  # a caller of its own: ids of calls are counted
        self._node.rpc_port, self._node._auth = node.rpc_port, node._auth

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException, RpcError, ValueError):
            address = self._node.rpc("getnewaddress")
            while True:
                self.acknowledged.append(self._node.rpc("sendtoaddress", address, "0.001")["txid"])


def meet_control(node):
    node.rpc("addnode", world().control.address, "add")


def spin(seconds):
    """For a moment that a wait which wakes up late would miss."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def meet_control_while_paying(node):
    """Starts the node, which then makes payments and learns the control node's chain until it ends; the payments that it acknowledged."""
    node.start()
    payments = Payments(node)
    payments.start()
    try:
        meet_control(node)
        node.process.wait(60)
    finally:
        node.kill()
    payments.join()
    return payments.acknowledged


def replayed(lines):
    found = {m["hash"] for m in map(BLOCK.search, lines) if m and m["replay"]}
    return found | {m["hash"] for m in map(BESIDE.search, lines) if m}


def acknowledged_by(lines):
    """Blocks that the log called part of the chain, or verified beside it."""
    return {m["hash"] for line in lines for m in (BLOCK.search(line), BESIDE.search(line)) if m}


def died_connecting(lines):
    """The block that was being made durable when the last line was written, as a match of BEFORE; None where none was. The program writes
    its lines in order and the pipe keeps them, so what is missing was not reached."""
    last = None
    for line in lines:
        if found := BEFORE.search(line):
            last = found
        elif last and last["hash"] in line:
            last = None
    return last


def discard(folder):
    shutil.rmtree(folder, ignore_errors=True)
