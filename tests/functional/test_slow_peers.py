"""Peers that claim blocks and do not deliver them: silent, a byte a second, without the models that they announced. One honest peer is enough."""

import socket
import struct
import threading
import time

from harness import check, check_equal, run
from node import Node
from reference import Header, body, compact_size, from_shown
from scripted_peer import BODY, GET_BODY, GET_CHUNK, GET_HEADERS, HEADERS, NOT_FOUND, PING, PONG, Rejected, ScriptedPeer

REGTEST_MAGIC = 0x74725A46
BLOCKS = 40
LONGEST = 60.0  # seconds


class HonestChain:
    """A mined chain, as a node that serves it and as bytes."""

    def __init__(self, folder):
        self.node = Node(folder / "honest").start()
        self.node.rpc("setmining", True)
        self.node.wait_for_height(BLOCKS)
        self.node.rpc("setmining", False)
        self.height = self.node.rpc("getblockchaininfo")["height"]
        self.blocks = [self.node.rpc("getblock", h) for h in range(1, self.height + 1)]
        self.headers = [bytes.fromhex(b["header_hex"]) for b in self.blocks]
        self.genesis = Header(self.headers[0]).prev_block
        self.bodies = {Header(h).hash(): body([from_shown(d) for d in b["digests"]]) for h, b in zip(self.headers, self.blocks)}


class LazyPeer(ScriptedPeer):
    """Knows the honest chain's headers and serves nothing of it; `claimed` is set when the node has asked it for a block. It runs on a thread of its own."""

    def __init__(self, folder, victim, chain):
        self.truth = chain
        self.claimed = threading.Event()
        self.over = threading.Event()
        self.why = None
        super().__init__(folder, victim.port, REGTEST_MAGIC, "regtest", chain.genesis)
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def _live(self):
        try:
            while not self.over.is_set():
                self.serve(lambda *_: self.over.is_set(), 600)
        except Rejected as why:
            self.why = why.args[0]
        except (OSError, TimeoutError, ValueError):
            pass  # the test is over, or the node closed

    def answer(self, kind, payload):
        if kind == PING:
            self.send(PONG, payload)
        elif kind == GET_HEADERS:
            self.send(HEADERS, compact_size(len(self.truth.headers)) + b"".join(self.truth.headers))
        elif kind == GET_BODY:
            self.claimed.set()
            self.body_asked(payload)
        elif kind == GET_CHUNK:
            self.chunk_asked(payload)

    def body_asked(self, payload):
        pass

    def chunk_asked(self, payload):
        pass

    def end(self):
        self.over.set()
        try:
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)  # under TLS, which the thread still reads
        except OSError:
            pass
        self.thread.join()
        self.close()


class SilentPeer(LazyPeer):
    pass


class DrippingPeer(LazyPeer):
    """A byte a second."""

    def body_asked(self, payload):
        data = self.truth.bodies[payload]
        frame = struct.pack("<IBI", self.magic, BODY, 32 + len(compact_size(len(data))) + len(data)) + payload + compact_size(len(data)) + data
        for i in range(len(frame)):
            self.send_raw(frame[i : i + 1])
            if self.over.wait(1.0):
                return


class PeerWithoutModels(LazyPeer):
    """Bodies at once, and not one chunk of a model."""

    def body_asked(self, payload):
        data = self.truth.bodies[payload]
        self.send(BODY, payload + compact_size(len(data)) + data)


class PeerThatDisowns(LazyPeer):
    """Announces what it then does not have."""

    def body_asked(self, payload):
        self.send(NOT_FOUND, bytes([GET_BODY]) + payload + bytes(8))

    def chunk_asked(self, payload):
        self.send(NOT_FOUND, bytes([GET_CHUNK]) + payload)


def sync_beside(folder, kinds):
    """Seconds in which a node gets the honest chain beside peers of these kinds, which come first."""
    chain = HonestChain(folder)
    victim = Node(folder / "victim").start()
    peers = []
    try:
        for i, kind in enumerate(kinds):
            peers.append(kind(folder / f"peer{i}", victim, chain))
        for peer in peers:
            check(peer.claimed.wait(30), f"{type(peer).__name__} was never asked for a block")
        started = time.monotonic()
        victim.rpc("addnode", chain.node.address, "add")
        victim.wait_for_height(chain.height, LONGEST)
        seconds = time.monotonic() - started
        check_equal(victim.rpc("getbestblockhash"), chain.node.rpc("getbestblockhash"), "the tip")
        print(f"     {chain.height} blocks beside {[k.__name__ for k in kinds]}: {seconds:.1f} s", flush=True)
        check(victim.rpc("getnetworkinfo")["connections_out"] == 1, "the honest peer was dropped")
        return seconds
    finally:
        for peer in peers:
            peer.end()
        victim.kill()
        chain.node.kill()


def test_four_of_five_peers_do_not_deliver(folder):
    sync_beside(folder, [SilentPeer, DrippingPeer, SilentPeer, DrippingPeer])


def test_models_that_were_announced_never_come(folder):
    sync_beside(folder, [PeerWithoutModels])


def test_bodies_without_models_and_blocks_that_are_disowned(folder):
    sync_beside(folder, [PeerWithoutModels, PeerThatDisowns, PeerWithoutModels, PeerThatDisowns])


if __name__ == "__main__":
    run(globals())
