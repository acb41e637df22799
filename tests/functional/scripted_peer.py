"""A peer that says exactly what a test tells it to say: TLS, frames and messages of docs/wire.md in Python alone."""

import contextlib
import functools
import socket
import ssl
import struct
import threading
import time

from identities import make_identity
from reference import Header, chunk_proof, chunks, compact_size

HELLO, PING, PONG, GET_HEADERS, HEADERS, ANNOUNCE, GET_BODY, BODY, GET_CHUNK, CHUNK_, NOT_FOUND, REJECT = range(1, 13)
MAX_HEADERS = 500


def text(value):
    return compact_size(len(value)) + value.encode()


@functools.lru_cache(maxsize=16)
def parts_of(model):
    return tuple(chunks(model))


@functools.lru_cache(maxsize=64)
def proof_of(parts, index):
    """Kept, because a flood of blocks with one model asks for the same again and again."""
    return chunk_proof(parts, index)


def read_compact_size(data, at=0):
    """(value, position behind it), in the shortest form."""
    first = data[at]
    if first < 0xFD:
        return first, at + 1
    width = {0xFD: 2, 0xFE: 4, 0xFF: 8}[first]
    value = int.from_bytes(data[at + 1 : at + 1 + width], "little")
    if compact_size(value) != data[at : at + 1 + width]:
        raise ValueError("a CompactSize that is cut off or longer than it must be")
    return value, at + 1 + width


class Rejected(Exception):
    """The node closed with a reject frame; args: code, detail."""


class ScriptedPeer:
    """One connection to a node. It answers requests for blocks that it was given and remembers every frame that it received."""

    def __init__(self, folder, port, magic, network, genesis, engine=1, source=None, host="127.0.0.1", greet=True, version=2,
                 flags=1):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["freezenet/1"])
        make_identity(folder)
        context.load_cert_chain(folder / "peer.crt", folder / "peer.key")
        self.magic = magic
        self.genesis = genesis
        self.socket = context.wrap_socket(socket.create_connection((host, port), 60, source))
        self.blocks = {}  # hash -> (header, body bytes, model bytes)
        self.chain = []  # what get_headers is answered from; empty: what was offered
        self.received = []
        self.send(HELLO, struct.pack("<I", version) + text(network) + genesis + struct.pack("<IQ", engine, 0) + genesis + bytes(32)
                  + text("scripted") + struct.pack("<HI", 0, flags))
        if greet:
            self.hello = self.expect(HELLO)

    def close(self):
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, kind, payload):
        self.send_raw(struct.pack("<IBI", self.magic, kind, len(payload)) + payload)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError("the node closed the connection")
            data += more
        return data

    def receive(self):
        """The next frame (type, payload); raises Rejected for a reject frame."""
        magic, kind, length = struct.unpack("<IBI", self._exactly(9))
        assert magic == self.magic, "foreign magic"
        payload = self._exactly(length)
        self.received.append(kind)
        if kind == REJECT:
            size = payload[0]
            code = payload[1 : 1 + size].decode()
            raise Rejected(code, payload[2 + size :].decode(errors="replace"))
        return kind, payload

    def serve(self, until, seconds=60):
        """Answers what the node asks until `until(type, payload)` is true for a frame; then returns that payload."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.1, end - time.monotonic()))
            kind, payload = self.receive()
            if until(kind, payload):
                return payload
            self.answer(kind, payload)
        raise TimeoutError("the node did not say what was awaited")

    def expect(self, kind, seconds=60):
        return self.serve(lambda k, _: k == kind, seconds)

    def expect_reject(self, seconds=60):
        """Serves until the node closes with a reject frame; its code."""
        try:
            self.serve(lambda *_: False, seconds)
        except Rejected as why:
            return why.args[0]

    def ping(self):
        """Returns once the node has answered a ping, hence has read all that was sent before it."""
        nonce = struct.pack("<Q", time.monotonic_ns())
        self.send(PING, nonce)
        self.serve(lambda k, p: k == PONG and p == nonce)

    def answer(self, kind, payload):
        if kind == PING:
            self.send(PONG, payload)
        elif kind == GET_HEADERS:
            headers = self.headers_after([payload[i : i + 32] for i in range(1, len(payload), 32)])
            self.send(HEADERS, compact_size(len(headers)) + b"".join(headers))
        elif kind == GET_BODY:
            known = self.blocks.get(payload)
            if known:
                self.send(BODY, payload + compact_size(len(known[1])) + known[1])
            else:
                self.send(NOT_FOUND, bytes([kind]) + payload + bytes(8))
        elif kind == GET_CHUNK:
            block, index = payload[:32], struct.unpack("<Q", payload[32:])[0]
            known = self.blocks.get(block)
            parts = parts_of(known[2]) if known and known[2] is not None else ()
            if index >= len(parts):
                self.send(NOT_FOUND, bytes([kind]) + payload)
                return
            self.send(CHUNK_, payload + self.chunk(parts, index))

    def headers_after(self, locator):
        """Those of the chain behind the first block of the locator that is on it."""
        if self.chain:
            places = {h.hash(): i + 1 for i, h in enumerate(self.chain)}
            start = next((places[hash_] for hash_ in locator if hash_ in places), 0)
            return [h.encode() for h in self.chain[start : start + MAX_HEADERS]]
        headers = []
        tip = self.genesis
        while following := [h for h, _, _ in self.blocks.values() if h.prev_block == tip]:
            headers.append(following[-1].encode())  # of several children, the one that was offered last
            tip = following[-1].hash()
        return headers

    def chunk(self, parts, index):
        proof = proof_of(tuple(parts), index)
        return compact_size(len(parts[index])) + parts[index] + compact_size(len(proof)) + b"".join(proof)

    def deliver(self, node, height):
        """Serves on a thread of its own until the node has connected a block of this height; then the connection is closed."""
        server = threading.Thread(target=self.serve_until_closed)
        server.start()
        try:
            node.wait_for_height(height)
        finally:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            server.join()
            self.close()

    def serve_until_closed(self):
        try:
            self.serve(lambda *_: False)
        except (OSError, TimeoutError, Rejected):
            pass  # the connection ended; whether that was right is what the test asks the node

    def offer(self, header, body, model):
        """Announces a block and is ready to serve it."""
        self.blocks[header.hash()] = (header, body, model)
        self.send(ANNOUNCE, header.encode())

    def show_chain(self, blocks):
        """Announces the last block of a whole chain [(header, body, model)] from genesis, and is ready to serve all of it."""
        self.chain = [b[0] for b in blocks]
        self.blocks.update((b[0].hash(), b) for b in blocks)
        self.send(ANNOUNCE, self.chain[-1].encode())

    def serve_until_tip(self, hash_):
        """Until the node says that its verified tip is this block."""
        self.serve(lambda kind, payload: kind == ANNOUNCE and Header(payload).hash() == hash_, 120)
