"""What every fault is tried on: a node with a chain of its own, which has to go back a few blocks and follow a control node, and how it is
judged whether it came out of the fault as if nothing had been. There are transfers and claims in the blocks of both.

The data folder of a trial is a copy of one that ends on the lighter of two branches, with models that are pruned by each further block. So a
trial that is connected to the control node sees blocks beside its chain, a reorganisation, and blocks that extend the chain, each of
which removes models of an old one.
"""

import atexit
import functools
import http.client
import pathlib
import re
import shutil
import tempfile
import threading
import time
import typing

from harness import check, check_equal
from network_file import Network
from node import BLOCK, ROOT, Node, RpcError
from reference import sha256
from spender import Spender
from trials import count

NETWORK = Network(ROOT / "configs/regtest.json")
KEPT = 32  # the fewest models that a node may keep
COMMON, LIGHTER = KEPT + 6, 3
HEAVIER = 20  # blocks that the control node is ahead, where a script needs no more
PAYERS = count(200, 2_000)  # accounts that trials pay from, each its own: what one has sent is no other's next nonce
PAYER_HAS = 200_000  # units
PACE = 0.02  # seconds between the payments of one trial
MOST_PAYMENTS, FEWEST_PAYMENTS = 40, 3
PER_TRANSACTION = 300  # bytes, at most, in which a peer tells of one that waits and hands it over
CONTROLS_MEMPOOL = 100  # KiB: what a trial fetches of it is less than a block
BESIDE_BLOCKS = 60_000  # bytes of headers, and of blocks that hold more transactions than others; far less than one block with its model
BEFORE = re.compile(r"connecting block (?P<hash>[0-9a-f]{64}) at height (?P<height>\d+)")
BESIDE = re.compile(r"branch height=\d+ (?P<hash>[0-9a-f]{64}) verified")
# It keeps all models: what each block costs to fetch is the same then. Nor does what trials paid pile up there, which every later one would fetch.
CONTROL = ["--keep-models=1000", f"--max-mempool={CONTROLS_MEMPOOL}", "--mining-nice=0"]
OWN_FILES = ["node.key", "node.crt", ".cookie", "rpc-address", "*.log"]  # of one node
STAGE = 40  # blocks between states of the control node that recovering nodes are held against
FIRST = [f"--keep-models={KEPT}", "--log-level=info,chain=debug"]


def mine_to(node, height, each=None):
    """`each`(height): called after every block."""
    node.rpc("setmining", True)
    for h in range(node.rpc("getblockchaininfo")["height"] + 1, height + 1):
        node.wait_for_height(h)
        if each:
            each(h)
    node.rpc("setmining", False)
    return node.rpc("getblockchaininfo")["height"]


def restarted(node):
    """Its height, which is the last: a segment that was under way when mining ended may have become a block since."""
    check_equal(node.stop(), 0, "exit status of a node that mined")
    return node.start().rpc("getblockchaininfo")["height"]


def payer_secret(number):
    return sha256(f"payer {number}".encode())


class Stage(typing.NamedTuple):
    node: Node
    end: int  # height of its tip
    state: dict


class World:
    """The control node, which runs, and the folder that trials begin with. Any number of trials at a time."""

    def __init__(self, folder, heavier):
        self.folder = folder
        self.base = folder / "base"
        self._next = self._next_payer = 0
        self._lock = threading.Lock()
        base = Node(self.base, f"--keep-models={KEPT}", "--mining-nice=0").start()
        self.control = Node(folder / "control", *CONTROL)
        try:
            self.mine_common(base)
            self.fork = restarted(base)
            self.control.command.append(f"--connect={base.address}")
            self.control.start()
            self.control.wait_for_block(base.rpc("getbestblockhash"))
            self.control.stop()
            self.control.command.pop()
            mine_to(base, self.fork + LIGHTER, lambda h: self.base_spender.spend(base, h))
            self.height = restarted(base)
            self.tip = base.rpc("getbestblockhash")
            self.acknowledged = {base.rpc("getblockhash", h) for h in range(1, self.height + 1)}
            check(transactions_of(base, self.fork + 1, self.height), "transactions in the blocks of the lighter branch")
            check_equal(base.stop(), 0, "exit status of the node whose folder the trials begin with")
            self.control.start()
            self.stages = []
            for end in [*range(self.height + STAGE, self.height + heavier - STAGE // 2, STAGE), self.height + heavier]:
                if self.stages:
                    self.stages[-1] = self.copy_of_control()
                mine_to(self.control, end, lambda h: self.control_spender.spend(self.control, h))
                self.end = restarted(self.control)
                self.state = self.control.rpc("getstatehash")
                self.stages.append(Stage(self.control, self.end, self.state))
            self.made = transactions_of(self.control, 1, self.end)
            self.claimed = {t["model_root"] for t in self.made.values() if t["kind"] == "claim"}
            check(len(self.made) > heavier and self.claimed, f"{len(self.made)} transactions, {len(self.claimed)} claimed models in the control node's chain")
            self.roots = roots_of(self.control, self.fork + 1, self.end)
            self.sizes = self.measure_blocks()
        except BaseException:
            base.kill()
            self.control.kill()
            raise

    def mine_common(self, base):
        """What both branches begin with. Once there is money, the miner's key fills blocks with transfers: to the accounts that trials
        pay from, and to one that alone spends on the control node's branch."""
        miner = bytes.fromhex((self.base / "miner.key").read_text().strip())
        self.base_spender = Spender("base", miner, NETWORK.genesis_hash)
        self.control_spender = Spender("control", sha256(b"control"), NETWORK.genesis_hash)
        wanted = [(self.control_spender.key, 10**8)]
        wanted += [(Spender("", payer_secret(n), NETWORK.genesis_hash).key, PAYER_HAS) for n in range(PAYERS)]
        wanted.reverse()

        def spend(height):
            # Blocks may come faster than this looks; an account has 64 that wait.
            if height <= NETWORK.maturity or len(base.rpc("getrawmempool")) > 20:
                return
            for _ in range(min(40, len(wanted))):
                key, amount = wanted.pop()
                self.base_spender.send(base, to=key, amount=amount)
            if height < COMMON:
                self.base_spender.claim(base, height)

        height = mine_to(base, COMMON, spend)
        while wanted or base.rpc("getrawmempool"):
            height = mine_to(base, height + 1, spend)
        return height

    def copy_of_control(self):
        """The control node as it is now, which gets no further: a trial that ended far from the end of the chain recovers to this."""
        check_equal(self.control.stop(), 0, "exit status of the control node")
        folder = self.folder / f"control{len(self.stages)}"
        shutil.copytree(self.control.datadir, folder, ignore=shutil.ignore_patterns(*OWN_FILES))
        node = Node(folder, *CONTROL).start()
        self.control.start()
        return self.stages[-1]._replace(node=node)

    def stage_after(self, acknowledged):
        """The first that is ahead of these blocks, and of one more that may be durable and not told of."""
        reached = max(self.heights.get(block, 0) for block in acknowledged) + 2
        return next((stage for stage in self.stages if stage.end >= reached), self.stages[-1])

    def measure_blocks(self):
        """Block of the control node's chain -> bytes that a node receives for it, by one that follows undisturbed."""
        node = self.trial(self.copy()).start()
        try:
            node.wait_until(lambda: node.rpc("getbestblockhash") == self.state["tip"], "not at the control node's tip")
            got = node.rpc("getpeerinfo")[0]["bytes_received"]
        finally:
            node.kill()
            discard(node.datadir)
        each = got // (self.end - self.fork)
        print(f"     {self.end - self.fork} blocks to fetch, {each} bytes each; {len(self.made)} transactions in them and before", flush=True)
        self.heights = {self.control.rpc("getblockhash", h): h for h in range(1, self.end + 1)}
        return dict.fromkeys(self.heights, each)

    def payer(self):
        """An account that no other trial has paid from."""
        with self._lock:
            self._next_payer += 1
            return Spender(f"payer {self._next_payer}", payer_secret(self._next_payer % PAYERS), NETWORK.genesis_hash)

    def copy(self):
        """A folder for one trial, of a node that has another id than those of all other trials."""
        with self._lock:
            self._next += 1
            folder = self.folder / f"trial{self._next}"
        shutil.copytree(self.base, folder, ignore=shutil.ignore_patterns(*OWN_FILES))
        return folder

    def trial(self, folder, *arguments, connect=True, stage=None):
        control = stage.node if stage else self.control
        peer = [f"--connect={control.address}"] if connect else []
        return Node(folder, *FIRST, *peer, *arguments)

    def check_recovers(self, node, acknowledged, payments=(), stage=None):
        """Started again on the folder that the fault left, the node has what it had acknowledged, fetches none of it again, and ends where
        the control node is, or a stage of it. `payments`: ids of transactions that it had acknowledged."""
        node.start()
        try:
            check_has(node, acknowledged)
            self.check_running(node, acknowledged, stage=stage)
            lost = lost_payments(node, payments)
            check(not lost, f"{len(lost)} of {len(payments)} acknowledged transactions are lost")
            check_equal(node.stop(), 0, "exit status after the trial")
        finally:
            node.kill()

    def check_running(self, node, acknowledged, again=0, stage=None):
        """It comes to the control node's tip and state, and fetches for it what it had not acknowledged; `again`: so many blocks of those may
        have come more than once."""
        state = stage.state if stage else self.state
        node.wait_until(lambda: node.rpc("getbestblockhash") == state["tip"], "not at the control node's tip")
        check_equal(node.rpc("getstatehash"), state, "state, beside that of the control node")
        check_equal(replayed(node.lines) & acknowledged, set(), "acknowledged blocks that were fetched and replayed again")
        self.check_fetched(node, acknowledged, again, stage)

    def check_fetched(self, node, acknowledged, again=0, stage=None):
        """Bytes that came from the control node: of the blocks that were missing and of what waits there, and no block more."""
        control = stage or self.stages[-1]
        missing = [block for block in self.sizes if block not in acknowledged and self.heights[block] <= control.end]
        waiting = len(control.node.rpc("getrawmempool", False, 10_000))
        most = sum(self.sizes[block] for block in missing) + again * max(self.sizes.values()) + waiting * PER_TRANSACTION + BESIDE_BLOCKS
        got = sum(p["bytes_received"] for p in node.rpc("getpeerinfo"))
        check(got <= most, f"{got} bytes were fetched for {len(missing)} blocks that were missing, {most} at most are right")

    def close(self):
        for stage in self.stages:
            stage.node.kill()


_heavier = HEAVIER


def set_lead(heavier):
    """From now on world() is one whose control node is so many blocks ahead: each costs every trial its time."""
    global _heavier
    _heavier = heavier


def world():
    """One for all tests of a script that want the same: what is tried is done to copies."""
    return world_of(_heavier)


@functools.cache
def world_of(heavier):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="freezenet-faults-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = World(folder, heavier)
    atexit.register(made.close)
    return made


class Payments(threading.Thread):
    """Hands the node transfers and claims of one account, one after the other, until the node is gone: which it acknowledged meanwhile, and
    when each had been asked for."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.acknowledged, self.begun, self.refused = [], [], []
        self.some = threading.Event()  # the fewest are acknowledged, or there will be no more
        self._ended = threading.Event()
        self._node = Node(node.datadir)  # a caller of its own: ids of calls are counted
        self._node.rpc_port, self._node._auth = node.rpc_port, node._auth
        self._account = world().payer()

    def run(self):
        try:
            while len(self.acknowledged) < MOST_PAYMENTS and not self._ended.wait(PACE):
                begun = time.time()
                height = len(self.acknowledged)
                made = self._account.claim(self._node, height) if height % 4 == 3 else self._account.send(self._node, to=self._account.key, amount=1 + height)
                self.acknowledged.append(made)
                self.begun.append(begun)
                if len(self.acknowledged) == FEWEST_PAYMENTS:
                    self.some.set()
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the node is gone, or half of an answer is
        except RpcError as why:
            self.refused.append(str(why))
        finally:
            self.some.set()

    def end(self):
        self._ended.set()
        self.join()
        return self.acknowledged


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
        payments.some.wait(60)
        meet_control(node)
        node.process.wait(60)
    finally:
        node.kill()
        payments.end()
    check(len(payments.acknowledged) >= FEWEST_PAYMENTS, f"{len(payments.acknowledged)} payments were acknowledged; refused: {payments.refused}")
    return payments.acknowledged


def check_has(node, acknowledged):
    for block in acknowledged:
        try:
            check_equal(node.rpc("getblock", block)["state"], "verified", f"acknowledged block {block}")
        except RpcError as why:
            raise AssertionError(f"acknowledged block {block} is lost: {why}") from why


def lost_payments(node, payments):
    """Of ids of acknowledged transactions: those that neither wait nor are in a block."""
    known = {*node.rpc("getrawmempool", False, 10_000)}
    return [payment for payment in payments if payment not in known and payment not in world().made]


def transactions_of(node, first, last):
    """id -> report, of these heights of its chain."""
    return {t["id"]: t for h in range(first, last + 1) for t in node.rpc("getblock", h)["transactions"]}


def roots_of(node, first, last):
    """Root of each model that came with these blocks -> hash of the first block that had it; a later one may leave the canonical model as it is."""
    blocks = [node.rpc("getblock", h) for h in range(last, first - 1, -1)]
    return {block[kind]: block["hash"] for block in blocks for kind in ("model_root", "canonical_root")}


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
