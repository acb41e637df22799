"""Broken messages of every type and of none: cut off, too long, of lying lengths, out of turn, of random bytes. Each ends its own connection or nothing; an
honest peer beside them is answered in time, and memory stays where it was.

With --long: 2,000 of each type instead of 250."""

import queue
import random
import socket
import ssl
import struct
import threading
import time

from harness import check, check_equal, run
from header_chains import block_one
from identities import loopback_source, make_identity
from memory import status_kib
from node import Node
from reference import chunk_proof, chunks, compact_size, sha256
from scripted_peer import PING, PONG, ScriptedPeer, text
from trials import count, record

EACH = count(250, 2_000)
ATTACKERS = 4
REGTEST_MAGIC = 0x74725A46
SLOWEST_PING, PING_PAUSE = 2.0, 0.6  # seconds
MEMORY_KIB = 64 * 1024

LONGEST = {1: 200, 2: 8, 3: 8, 4: 2_049, 5: 156_003, 6: 312, 7: 32, 8: 1_048_613, 9: 40, 10: 67_118, 11: 41, 12: 324}
HUGE_COUNTS = [b"\xff" * 9, b"\xff" + b"\xff" * 7 + b"\x7f", b"\xfe\xff\xff\xff\xff", b"\xfd\xff\xff", b"\xfd\x01\x00", b"\xfc"]


def valid_payloads(genesis, header):
    """One payload of each type that decodes."""
    model = bytes(range(256)) * 1000
    parts = chunks(model)
    proof = chunk_proof(parts, 1)
    hello = struct.pack("<I", 1) + text("regtest") + genesis + struct.pack("<IQ", 1, 0) + genesis + bytes(32) + text("fuzz") + struct.pack("<HI", 0, 1)
    block = sha256(b"block")
    return {
        1: hello,
        2: bytes(8),
        3: bytes(8),
        4: compact_size(2) + block + genesis,
        5: compact_size(1) + header.encode(),
        6: header.encode(),
        7: block,
        8: block + compact_size(3) + b"abc",
        9: block + struct.pack("<Q", 0),
        10: block + struct.pack("<Q", 1) + compact_size(len(parts[1])) + parts[1] + compact_size(len(proof)) + b"".join(proof),
        11: bytes([7]) + block + bytes(8),
        12: text("bad-chunk") + text("a detail"),
    }


def frame(kind, payload, length=None, magic=REGTEST_MAGIC):
    return struct.pack("<IBI", magic, kind, len(payload) if length is None else length) + payload


def broken(rng, kind, payloads):
    """Bytes to send as or after one message of this type; type 0 stands for all unknown ones."""
    if kind == 0:
        return frame(rng.choice([0, *range(13, 256)]), rng.randbytes(rng.randrange(64)), rng.choice([None, 0, 2**32 - 1]))
    payload = payloads[kind]
    longest = LONGEST[kind]
    how = rng.randrange(10)
    if how == 0:  # cut off, and the length says so
        return frame(kind, payload[: rng.randrange(len(payload))])
    if how == 1:  # more than its fields
        return frame(kind, payload + rng.randbytes(rng.randrange(1, 50)))
    if how == 2:  # random bytes
        return frame(kind, rng.randbytes(rng.randrange(min(longest, 4_096) + 1)))
    if how == 3:  # some bits
        data = bytearray(payload)
        for _ in range(rng.randrange(1, 9)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return frame(kind, bytes(data))
    if how == 4:  # longer than its type may be, announced and in part sent
        return frame(kind, rng.randbytes(1_000), rng.choice([longest + 1, 2**31, 2**32 - 1]))
    if how == 5:  # the largest of its type, of which little comes
        return frame(kind, payload, longest)
    if how == 6:  # a shorter length than what follows: the rest is read as a frame
        return frame(kind, payload, rng.randrange(len(payload)))
    if how == 7:  # counts that promise more than there is
        at = {4: 0, 5: 0, 8: 32, 10: 40, 12: 0, 1: 4}.get(kind, 0)
        return frame(kind, payload[:at] + rng.choice(HUGE_COUNTS) + payload[at + 1 :])
    if how == 8:  # out of turn, again and again
        return frame(kind, payload) * rng.randrange(2, 80)
    return frame(kind, payload, magic=rng.randrange(2**32))


class Attacker:
    """One broken message a connection, under an identity that the node has not met: half of them before the hello."""

    def __init__(self, folder, port, genesis):
        self.folder, self.port, self.genesis = folder, port, genesis

    def connect(self, number):
        folder = self.folder / f"id{number}"
        make_identity(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["freezenet/1"])
        context.load_cert_chain(folder / "peer.crt", folder / "peer.key")
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 60, loopback_source(number)))

    def strike(self, number, data, hello):
        """Sends it all and reads until the node closes; what the node wrote before is of no interest here."""
        try:
            connection = self.connect(number)
        except (OSError, ssl.SSLError) as why:
            raise AssertionError(f"connection {number} was not taken: {why}") from why
        try:
            if hello is not None:
                connection.sendall(frame(1, hello))
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except (OSError, ssl.SSLError):
            pass  # closed in the middle of it: right as well
        finally:
            connection.close()


def attack(attacker, jobs, failures):
    while True:
        try:
            number, data, hello = jobs.get_nowait()
        except queue.Empty:
            return
        try:
            attacker.strike(number, data, hello)
        except AssertionError as why:
            failures.append(str(why))
            return


def ping(peer, nonce):
    """Seconds until the pong."""
    started = time.monotonic()
    payload = struct.pack("<Q", nonce)
    peer.send(PING, payload)
    peer.serve(lambda kind, data: kind == PONG and data == payload)
    return time.monotonic() - started


def listen(peer, seconds):
    """Answers the node for so long: it does not answer more than two pings a second."""
    try:
        peer.serve(lambda *_: False, seconds)
    except TimeoutError:
        pass


def test_broken_messages(folder):
    source = Node(folder / "source").start()
    node = Node(folder / "node", "--max-inbound=64", "--log-level=warning,node=info").start()
    try:
        source.rpc("setmining", True)
        source.wait_for_height(1)
        header = block_one(source)
        source.kill()
        payloads = valid_payloads(header.prev_block, header)
        honest = ScriptedPeer(folder / "honest", node.port, REGTEST_MAGIC, "regtest", header.prev_block)
        rng = random.Random(1)
        attacker = Attacker(folder, node.port, header.prev_block)
        for number in range(20):  # what a node takes for its first connections is not what this is about
            attacker.strike(number, b"", payloads[1])
        slowest = ping(honest, 1)
        before = status_kib(node.process.pid, "VmRSS")
        started, number, most = time.monotonic(), 20, 0
        for kind in range(13):
            jobs = queue.Queue()
            for i in range(EACH):
                jobs.put((number, broken(rng, kind, payloads), payloads[1] if i % 2 and kind != 1 else None))
                number += 1
            failures = []
            threads = [threading.Thread(target=attack, args=(attacker, jobs, failures)) for _ in range(ATTACKERS)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                slowest = max(slowest, ping(honest, number))
                most = max(most, status_kib(node.process.pid, "VmRSS"))
                listen(honest, PING_PAUSE)
            for thread in threads:
                thread.join()
            check_equal(failures, [], f"connections that the node did not take, type {kind}")
            check(node.process.poll() is None, f"the node lives after type {kind}")
        print(f"     {number} connections in {time.monotonic() - started:.0f} s: slowest ping {slowest * 1000:.0f} ms, memory + {(most - before) >> 10} MiB",
              flush=True)
        check(slowest < SLOWEST_PING, f"a ping took {slowest:.2f} s")
        check(most - before <= MEMORY_KIB, f"memory grew by {most - before} KiB")
        # Who was honest is still there, and the node still takes blocks from it.
        check(any(p["ready"] and p["user_agent"] == "scripted" for p in node.rpc("getpeerinfo")), "the honest peer was dropped")
        check_equal(node.rpc("getblockchaininfo")["height"], 0, "height")
        record("broken messages beside an honest peer", 13 * EACH, 13 * EACH, {"refused": 13 * EACH})
    finally:
        source.kill()
        node.kill()


if __name__ == "__main__":
    run(globals())
