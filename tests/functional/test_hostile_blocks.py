"""Blocks that are wrong in one thing, served to a real node by a peer that shares no code with it. Each is refused under its own name, and
the node goes on with honest peers."""

import base64
import copy
import json
import struct
import time

from harness import check, check_equal, run
from node import Node
from reference import (Header, body, body_root, chunks, from_shown, merkle_root, public_key, sha256, shown, sign, target_of, verify,
                       watermark)
from scripted_peer import ScriptedPeer

REGTEST_MAGIC = 0x74725A46
PPM = 50_000


class Mined:
    """Block 1 of an honest node, as raw bytes, with the key to seal variants of it."""

    def __init__(self, folder):
        self.node = Node(folder / "honest").start()
        self.node.rpc("setmining", True)
        self.node.wait_for_height(1)
        self.node.rpc("setmining", False)
        block = self.node.rpc("getblock", 1)
        self.secret = bytes.fromhex((self.node.datadir / "miner.key").read_text().strip())
        self.header = Header(bytes.fromhex(block["header_hex"]))
        self.digests = [from_shown(d) for d in block["digests"]]
        file = base64.b64decode(self.node.rpc("getmodel", 1, "sealed")["data"])
        length = struct.unpack("<Q", file[:8])[0]
        self.model = file[8 + length :]
        tensors = json.loads(file[8 : 8 + length])
        tensors.pop("__metadata__")
        # Task order: as the tensors lie in the file.
        self.shapes = [t["shape"] for t in sorted(tensors.values(), key=lambda t: t["data_offsets"][0])]
        self.genesis = self.header.prev_block

    def variant(self, digests=None, model=None, **fields):
        """The block with changes, sealed again: roots follow the changes, the nonce's share of luck is in `fields`."""
        header = copy.copy(self.header)
        for name, value in fields.items():
            setattr(header, name, value)
        if digests is not None:
            header.trace_root = merkle_root(digests)
        if model is not None:
            header.model_root = merkle_root(chunks(model))
        header.signature = sign(self.secret, header.hash())
        return header, body(digests or self.digests), self.model if model is None else model

    def frozen(self, header):
        return watermark(header.candidate_hash(), self.shapes, PPM)

    def with_weight(self, index, value, model=None):
        model = bytearray(self.model if model is None else model)
        struct.pack_into("<f", model, 4 * index, value)
        return bytes(model)


def wins(block):
    return block[0].ticket() <= target_of(block[0].bits)


def first_winner(candidates):
    return next(block for block in candidates if wins(block))


class Victim:
    """A fresh node, and one scripted peer after another."""

    def __init__(self, folder, mined):
        self.folder, self.mined = folder, mined
        self.node = Node(folder / "victim").start()
        self.peers = 0

    def peer(self):
        self.peers += 1
        return ScriptedPeer(self.folder / f"peer{self.peers}", self.node.port, REGTEST_MAGIC, "regtest", self.mined.genesis)

    def refuses(self, block, code):
        peer = self.peer()
        peer.offer(*block)
        check_equal(peer.expect_reject(), code, "the node's reason")
        peer.close()
        check_equal(self.node.rpc("getblockchaininfo")["height"], 0, f"height after {code}")

    def close(self):
        self.node.kill()
        self.mined.node.kill()


def test_reference_agrees_with_the_node(folder):
    mined = Mined(folder)
    try:
        header = mined.header
        check_equal(shown(header.hash()), mined.node.rpc("getbestblockhash"), "block hash")
        check(wins((header,)), "the ticket wins")
        check(verify(header.miner_key, header.hash(), header.signature), "the signature holds")
        check_equal(sign(mined.secret, header.hash()), header.signature, "the signature made here")
        check_equal(header.body_root, body_root(), "body root")
        check_equal(header.trace_root, merkle_root(mined.digests), "trace root")
        check_equal(header.model_root, merkle_root(chunks(mined.model)), "model root")
        for index, value in mined.frozen(header):
            check_equal(struct.unpack_from("<f", mined.model, 4 * index)[0], value, f"frozen weight {index}")
    finally:
        mined.node.kill()


def test_false_headers(folder):
    mined = Mined(folder)
    victim = Victim(folder, mined)
    try:
        honest = mined.variant()
        broken = copy.copy(honest[0])
        broken.signature = bytes([broken.signature[0] ^ 1]) + broken.signature[1:]
        victim.refuses((broken, *honest[1:]), "bad-signature")
        nonces = range(1, 1000)
        loser = next(b for b in (mined.variant(nonce=n) for n in nonces) if not wins(b))
        victim.refuses(loser, "high-hash")
        victim.refuses(first_winner(mined.variant(bits=0x207FFFFE, nonce=n) for n in nonces), "wrong-bits")
        victim.refuses(first_winner(mined.variant(start_root=sha256(b"mine"), nonce=n) for n in nonces), "wrong-start-root")
        victim.refuses(first_winner(mined.variant(task_id=sha256(b"mine"), nonce=n) for n in nonces), "wrong-task")
        victim.refuses(first_winner(mined.variant(time=1_767_225_600, nonce=n) for n in nonces), "time-too-old")
        victim.refuses(first_winner(mined.variant(version=2, nonce=n) for n in nonces), "bad-version")
        # Early is nobody's fault: the header is not taken, the peer stays.
        peer = victim.peer()
        peer.offer(*first_winner(mined.variant(time=int(time.time()) + 100_000, nonce=n) for n in nonces))
        peer.offer(*first_winner(mined.variant(prev_block=sha256(b"x"), nonce=n) for n in nonces))
        peer.offer(*honest)
        peer.deliver(victim.node, 1)
    finally:
        victim.close()


def test_false_models(folder):
    mined = Mined(folder)
    victim = Victim(folder, mined)
    try:
        index, value = mined.frozen(mined.header)[0]
        steps = range(1, 200)
        victim.refuses(first_winner(mined.variant(model=mined.with_weight(index, value + s * 1e-3)) for s in steps), "wrong-watermark")
        free = next(i for i in range(1000) if i not in dict(mined.frozen(mined.header)))
        nan = [mined.with_weight(free, float("nan"), mined.with_weight(free + 1, s)) for s in steps]
        victim.refuses(first_winner(mined.variant(model=m) for m in nan), "non-finite-weight")
        victim.refuses(first_winner(mined.variant(model=mined.with_weight(free, 65537.0 + s)) for s in steps), "weight-too-large")
        # A model chunk that is not the one of the root: the peer's fault alone, the block may still come from another.
        peer = victim.peer()
        header, body_, model = mined.variant()
        peer.blocks[header.hash()] = (header, body_, model)
        peer.chunk = lambda parts, i: ScriptedPeer.chunk(peer, [parts[0][:-1] + b"\x55", *parts[1:]], i)
        peer.offer(header, body_, model)
        check_equal(peer.expect_reject(), "bad-chunk", "the node's reason")
        check_equal(victim.node.rpc("getblockchaininfo")["height"], 0, "height")
        check(not any("replay=" in line for line in victim.node.lines), "no model fault costs a replay")
        honest = victim.peer()
        honest.offer(header, body_, model)
        honest.deliver(victim.node, 1)
    finally:
        victim.close()


def test_false_work(folder):
    mined = Mined(folder)
    victim = Victim(folder, mined)
    try:
        def forged_from(step):
            for salt in range(100):
                digests = list(mined.digests)
                for i in range(step - 1, len(digests)):
                    digests[i] = sha256(digests[i] + bytes([salt]))
                yield mined.variant(digests=digests)

        for step in (1, 17, 32):
            victim.refuses(first_winner(forged_from(step)), "wrong-trace")
            check(any(f"step {step} of 32" in line for line in victim.node.lines), f"the log names step {step}")
        # Somebody's finished model under the thief's own header: the watermark is the thief's, the work is not.
        thief = sha256(b"thief")

        def stolen():
            for nonce in range(1000):
                header = copy.copy(mined.header)
                header.miner_key, header.nonce = public_key(thief), nonce
                model = bytearray(mined.model)
                for index, value in mined.frozen(header):
                    struct.pack_into("<f", model, 4 * index, value)
                header.model_root = merkle_root(chunks(bytes(model)))
                header.signature = sign(thief, header.hash())
                yield header, body(mined.digests), bytes(model)

        victim.refuses(first_winner(stolen()), "wrong-trace")
        check(any("step 1 of 32" in line for line in victim.node.lines[-10:]), "a stolen model fails at step 1")
        free = next(i for i in range(1000) if i not in dict(mined.frozen(mined.header)))
        victim.refuses(
            first_winner(mined.variant(model=mined.with_weight(free, 0.5 + s * 1e-3)) for s in range(1, 200)), "wrong-replayed-model")
        # The mutated twin came first and is refused; the true block of the same hash is still taken.
        header, body_, model = mined.variant()
        peer = victim.peer()
        peer.offer(header, body(mined.digests[:-1] + [sha256(b"x")]), model)
        check_equal(peer.expect_reject(), "wrong-trace-root", "the node's reason")
        honest = victim.peer()
        honest.offer(header, body_, model)
        honest.deliver(victim.node, 1)
    finally:
        victim.close()


if __name__ == "__main__":
    run(globals())
