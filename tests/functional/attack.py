"""What the hostile tests share: an honest segment and the key that sealed it, forgeries of it, and a node that is attacked while an honest peer watches."""

import base64
import contextlib
import copy
import functools
import pathlib
import re
import shutil
import struct
import tempfile

from harness import check, check_equal
from identities import loopback_source
from network_file import Network
from node import ROOT, Node
from reference import Header, body, chunks, from_shown, merkle_root, sha256, shown, target_of, watermark
from scripted_peer import ScriptedPeer
from signing import fast_sign

NETWORK = Network(ROOT / "configs/regtest.json")
TASK = NETWORK.tasks[0]
S = TASK.steps


class Honest:
    """Blocks of an honest node as raw bytes, and the key to seal variants of them."""

    def __init__(self, folder, blocks=1):
        with Node(folder / "honest") as node:
            node.rpc("setmining", True)
            node.wait_for_height(blocks)
            node.rpc("setmining", False)
            self.secret = bytes.fromhex((node.datadir / "miner.key").read_text().strip())
            self.blocks = self.read(node, blocks)
        self.header, self.digests, self.model = self.blocks[0]

    @staticmethod
    def read(node, count):
        """[(header, digests, signed weights)] of the first blocks."""
        blocks = []
        for height in range(1, count + 1):
            block = node.rpc("getblock", height)
            file = base64.b64decode(node.rpc("getmodel", height, "sealed")["data"])
            weights = file[8 + struct.unpack("<Q", file[:8])[0] :]
            blocks.append((Header(bytes.fromhex(block["header_hex"])), [from_shown(d) for d in block["digests"]], weights))
        return blocks

    def block(self, height=1):
        header, digests, model = self.blocks[height - 1]
        return header, body(digests), model

    def variant(self, digests=None, model=None, secret=None, of=None, **fields):
        """A block with changes, as (header, body, model), sealed again with the ticket that it then has."""
        header, old_digests, old_model = of or self.blocks[0]
        header = copy.copy(header)
        for name, value in fields.items():
            setattr(header, name, value)
        if digests is not None:
            header.trace_root = merkle_root(digests)
        if model is not None:
            header.model_root = merkle_root(chunks(model))
        header.signature = bytes(64)
        if wins((header,)):
            header.signature = fast_sign(secret or self.secret, header.hash())
        return header, body(digests or old_digests), old_model if model is None else model

    def free(self, height):
        """A weight of this block that carries no watermark."""
        frozen = dict(self.frozen(self.blocks[height - 1][0]))
        return next(i for i in range(TASK.weights) if i not in frozen)

    def frozen(self, header=None):
        return watermark((header or self.header).candidate_hash(), TASK.shapes, TASK.watermark_ppm)

    @functools.cached_property
    def places(self):
        """(a frozen weight, weights that are free)"""
        frozen = dict(self.frozen())
        return next(iter(frozen)), [i for i in range(TASK.weights) if i not in frozen]

    def with_weights(self, changes, model=None):
        """`changes`: index -> float or the four bytes."""
        model = bytearray(self.model if model is None else model)
        for index, value in changes.items():
            model[4 * index : 4 * index + 4] = value if isinstance(value, bytes) else struct.pack("<f", value)
        return bytes(model)

    def stamped(self, header, model):
        """The model with the watermark that the header dictates."""
        return self.with_weights(dict(self.frozen(header)), model)


@functools.cache
def honest(blocks=1):
    """One for all tests of a script: a segment is honest whoever looks at it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="freezenet-honest-"))
    try:
        return Honest(folder, blocks)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wins(block):
    return block[0].ticket() <= target_of(block[0].bits)


def first_winner(candidates):
    return next(block for block in candidates if wins(block))


def with_luck(make):
    """make(salt) until the ticket wins: about two tries on regtest."""
    return first_winner(make(salt) for salt in range(1, 1000))


def noise(*what):
    """32 bytes that nobody computed."""
    return sha256(repr(what).encode())


def replayed_steps(node):
    """Training steps that the node has replayed for others' blocks since its start."""
    figures = node.rpc("getmininginfo")["replay"]
    if "steps" in figures:
        return figures["steps"]
    steps = 0
    for line in list(node.lines):
        if match := re.search(r"refused block .*: wrong-trace: step (\d+) of \d+", line):
            steps += int(match[1])
        elif re.search(r"refused block .*: wrong-replayed-model", line) or re.search(r"block height=.* replay=", line):
            steps += S
    return steps


class Victim:
    """A fresh node at genesis with an honest node beside it, which must not notice anything until the true block comes."""

    def __init__(self, folder):
        self.folder = folder
        self.node = Node(folder / "victim").start()
        self.bystander = Node(folder / "bystander", f"--connect={self.node.address}").start()
        self.bystander.wait_for_peers(1)
        self.node.wait_for_peers(1)
        self.link = self.honest_link()
        self.peers = 0
        self.height = 0  # of the true blocks that it was given

    def honest_link(self):
        """(id, connected since): another connection in its place would be another one."""
        found = [(p["id"], p["ready"]) for p in self.bystander.rpc("getpeerinfo")]
        check_equal(len(found), 1, "connections of the honest node")
        return found[0]

    def peer(self, number=None, **how):
        """A new connection of a new node id, from an address of its own: a node takes 16 of one, those included that it is closing."""
        if number is None:
            number = self.peers = self.peers + 1
        arguments = {"port": self.node.port, "magic": NETWORK.magic, "network": NETWORK.name, "genesis": NETWORK.genesis_hash,
                     "source": loopback_source(number)} | how
        return ScriptedPeer(self.folder / f"peer{number}", **arguments)

    def refuses(self, block, code, steps=0, peer=None):
        """The block costs its sender the connection, under this name, and the node so many steps of replay."""
        before = replayed_steps(self.node)
        peer = peer or self.peer()
        peer.offer(*block)
        check_equal(peer.expect_reject(), code, "the node's reason")
        peer.close()
        self.spent(before, steps, code)

    def spent(self, before, steps, what):
        if steps and "steps" not in self.node.rpc("getmininginfo")["replay"]:
            self.node.wait_until(lambda: replayed_steps(self.node) >= before + steps, f"{what} in the log")
        check_equal(replayed_steps(self.node) - before, steps, f"steps replayed for {what}")
        check_equal(self.node.rpc("getblockchaininfo")["height"], self.height, f"height after {what}")

    def still_takes(self, block, peer=None):
        """After all that: the honest peer was not disturbed, and the true block is taken and handed on to it."""
        check_equal(self.honest_link(), self.link, "the honest node's connection")
        check_equal(self.bystander.rpc("getblockchaininfo")["headers"], self.height, "headers that reached the honest node")
        peer = peer or self.peer()
        peer.offer(*block)
        self.height += 1
        peer.deliver(self.node, self.height)
        self.bystander.wait_for_block(shown(block[0].hash()))
        check_equal(self.honest_link(), self.link, "the honest node's connection")
        check(not any("refused" in line for line in self.bystander.lines), "the honest node refused nothing")

    def close(self):
        self.bystander.kill()
        self.node.kill()


@contextlib.contextmanager
def attacked(folder):
    victim = Victim(folder)
    try:
        yield victim
    finally:
        victim.close()
