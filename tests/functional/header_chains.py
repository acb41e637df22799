"""Chains of headers that pass every check short of a replay, made as fast as Python can: ground and signed, but no work behind them. The signatures come
from the system's libsecp256k1, since those of reference.py take milliseconds; everything else is Python of its own, written from docs/protocol.md."""

import copy
import ctypes
import hashlib
import struct

from identities import loopback_source, make_identity
from reference import Header, compact_size, sha256, target_of
from scripted_peer import ANNOUNCE, GET_BODY, GET_CHUNK, GET_HEADERS, HEADERS, NOT_FOUND, PING, PONG, ScriptedPeer

BATCH = 500  # headers in one message, docs/wire.md


class Signer:
    """BIP340 by libsecp256k1."""

    def __init__(self, secret):
        self.library = ctypes.CDLL("libsecp256k1.so.1")
        self.library.secp256k1_context_create.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.library.secp256k1_context_create(1))
        self.pair = ctypes.create_string_buffer(96)
        assert self.library.secp256k1_keypair_create(self.context, self.pair, secret) == 1
        point = ctypes.create_string_buffer(64)
        self.library.secp256k1_keypair_xonly_pub(self.context, point, None, self.pair)
        key = ctypes.create_string_buffer(32)
        self.library.secp256k1_xonly_pubkey_serialize(self.context, key, point)
        self.public_key = key.raw
        self.signature = ctypes.create_string_buffer(64)

    def sign(self, message):
        assert self.library.secp256k1_schnorrsig_sign32(self.context, self.signature, message, self.pair, None) == 1
        return self.signature.raw


def tag_prefix(tag):
    """The state of SHA-256 after the tag's two hashes."""
    digest = sha256(tag.encode())
    return hashlib.sha256(digest + digest)


BLOCK_TAG = tag_prefix("FreezeNet/block")


class HeaderChain:
    """Header after header on top of genesis, made when they are asked for. `template` is a true block 1: its task, start and times."""

    def __init__(self, template, number, length):
        self.signer = Signer(sha256(b"flood" + struct.pack("<I", number)))
        self.template = copy.copy(template)
        self.template.miner_key = self.signer.public_key
        self.target = target_of(template.bits)
        self.length = length
        self.encoded = []
        self.hashes = []
        self.heights = {template.prev_block: 0}
        self.branches = 0

    def make(self, parent, time, salt):
        """An encoded header and its hash."""
        header = copy.copy(self.template)
        header.prev_block, header.time = parent, time
        seal = sha256(salt) + self.template.model_root
        header.nonce = 0
        candidate = header.candidate()[:-8]
        for nonce in range(1000):
            hashed = BLOCK_TAG.copy()
            data = candidate + struct.pack("<Q", nonce) + seal
            hashed.update(data)
            block = hashed.digest()
            if int.from_bytes(block, "little") <= self.target:
                return data + self.signer.sign(block), block
        raise AssertionError("no ticket in 1,000 tries at one in two")

    def extend(self, height):
        while len(self.hashes) < min(height, self.length):
            at = len(self.hashes)
            parent = self.hashes[-1] if self.hashes else self.template.prev_block
            encoded, block = self.make(parent, self.template.time + at, b"seal")
            self.encoded.append(encoded)
            self.hashes.append(block)
            self.heights[block] = at + 1

    def after(self, locator):
        """The answer to get_headers."""
        start = next((self.heights[h] for h in locator if h in self.heights), 0)
        self.extend(start + BATCH)
        return self.encoded[start : start + BATCH]

    def sibling(self):
        """Another block 1: one more header to check, and nothing behind it."""
        self.branches += 1
        return self.make(self.template.prev_block, self.template.time + 1, b"branch" + struct.pack("<I", self.branches))[0]


def locator_of(payload):
    count, at = (payload[0], 1) if payload[0] < 0xFD else (struct.unpack("<H", payload[1:3])[0], 3)
    return [payload[at + 32 * i : at + 32 * (i + 1)] for i in range(count)]


class FloodingPeer(ScriptedPeer):
    """Offers one HeaderChain and has no block of it."""

    def __init__(self, folder, port, magic, network, template, number, length):
        self.branch = HeaderChain(template, number, length)
        self.sent = 0
        make_identity(folder)
        super().__init__(folder, port, magic, network, template.prev_block, source=loopback_source(number))

    def answer(self, kind, payload):
        if kind == PING:
            self.send(PONG, payload)
        elif kind == GET_HEADERS:
            headers = self.branch.after(locator_of(payload))
            self.sent += len(headers)
            self.send(HEADERS, compact_size(len(headers)) + b"".join(headers))
        elif kind == GET_BODY:
            self.send(NOT_FOUND, bytes([kind]) + payload + bytes(8))
        elif kind == GET_CHUNK:
            self.send(NOT_FOUND, bytes([kind]) + payload)

    def announce_sibling(self):
        self.sent += 1
        self.send(ANNOUNCE, self.branch.sibling())


def block_one(node):
    """The header of a node's block 1."""
    return Header(bytes.fromhex(node.rpc("getblock", 1)["header_hex"]))
