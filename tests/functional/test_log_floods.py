"""Nothing that a peer or a client of RPC does in a loop fills the log: connections, broken messages, made-up blocks and RPC calls each get a bounded number of
lines at the level that operators run with, and what strangers wrote cannot steer a terminal."""

import base64
import contextlib
import http.client
import json
import random
import socket
import sqlite3
import time

from faults_world import mine_to
from harness import check, check_equal, run
from header_chains import block_one
from identities import loopback_source
from node import Node
from test_malformed_messages import Attacker, broken, frame, valid_payloads

STRIKES = 600
BURST = 50  # net::Limits::log_burst, and one line a second beyond it


def lines_of(node):
    return (node.datadir / "freezenetd.log").read_text().splitlines()


def flood(node, what, act, count):
    """Does it so often; the lines that the log got for it are fewer than the burst and what the time allows, twice (two logs may tell of it)."""
    before, started = len(lines_of(node)), time.monotonic()
    for number in range(count):
        act(number)
    grown, allowed = len(lines_of(node)) - before, 2 * (BURST + time.monotonic() - started) + 20
    print(f"     {what}: {count} times, {grown} lines", flush=True)
    check(grown <= allowed, f"{what} wrote {grown} lines, {allowed:.0f} are allowed")
    check(count > 2 * allowed, f"{what}: {count} times are too few to tell")


def test_floods(folder):
    source = Node(folder / "source").start()
    node = Node(folder / "node", "--max-inbound=64").start()
    try:
        source.rpc("setmining", True)
        source.wait_for_height(1)
        header = block_one(source)
        source.kill()
        payloads = valid_payloads(header.prev_block, header)
        attacker = Attacker(folder, node.port, header.prev_block)
        rng = random.Random(3)

        def bare(_):
            socket.create_connection(("127.0.0.1", node.port), 60).close()

        flood(node, "connections that say nothing", bare, STRIKES)
        flood(node, "broken messages", lambda i: attacker.strike(i, broken(rng, rng.randrange(13), payloads), payloads[1] if i % 2 else None), STRIKES)
        # A hello whose user agent is a terminal's escape sequence, and rejects with texts of the peer's.
        steer = payloads[1].replace(b"fuzz", b"\x1b[2J")
        reject = frame(12, bytes([9]) + b"bad-chunk" + bytes([12]) + b"\x1b]0;owned\x07\r\n")
        flood(node, "hellos and rejects with escape sequences", lambda i: attacker.strike(1000 + i, reject, steer if i % 2 else payloads[1]), STRIKES)

        right = "Basic " + base64.b64encode((node.datadir / ".cookie").read_bytes().strip()).decode()

        def ask(number):
            connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=60, source_address=loopback_source(number % 16))
            body = json.dumps([{"jsonrpc": "2.0", "id": 1, "method": m, "params": p} for m, p in (
                ("getblock", ["f" * 64]), ("addnode", ["127.0.0.1:1", "onetry"]), ("no\x1b[2J", []), ("verifymodel", ["AAAA"]), ("addnode", ["\x1b[2J:1", "add"]),
                ("help", ["\x1b[2J"]), ("getmodel", [0, "canonical"]), ("logging", ["\x1b[2J"]), ("logging", ["rpc=info"]), ("setmining", [False]))])
            connection.request("POST", "/", body if number % 2 else b"{", {"Authorization": right if number % 3 else "Basic wrong"})
            connection.getresponse().read()
            connection.close()

        flood(node, "calls of RPC, a third without the secret", ask, STRIKES)
        for name in ("freezenetd.log",):
            data = (node.datadir / name).read_bytes()
            check_equal([b for b in set(data) if b != 10 and not 32 <= b < 127], [], f"bytes in {name} that are not printable")
        check(not any("\x1b[2J" in line or "\x1b]" in line for line in node.lines), "no sequence of a stranger's on the console")
        check(node.process.poll() is None, "the node lives")
    finally:
        source.kill()
        node.kill()


def test_an_operator_in_a_loop(folder):
    """What changes the chain or the wallet, or is asked of a damaged database, is a line each; in a loop it is not."""
    node = Node(folder / "node", "--mining-nice=0").start()
    try:
        mine_to(node, 2)
        tip = node.rpc("getbestblockhash")

        def back_and_forth(_):
            node.rpc("invalidateblock", tip)
            node.rpc("reconsiderblock", tip)

        flood(node, "a block declared invalid, and that taken back", back_and_forth, STRIKES)
        check_equal(node.rpc("getbestblockhash"), tip, "the tip")

        def key_and_backup(number):
            node.rpc("getnewaddress")
            node.rpc("backupwallet", str(folder / f"copy{number}"))

        flood(node, "a new key, and a backup of it", key_and_backup, STRIKES)
        with contextlib.closing(sqlite3.connect(node.datadir / "chain.sqlite", timeout=30)) as database:
            database.execute("UPDATE blocks SET score = score + 1")
            database.commit()

        def verify(_):
            check_equal(node.rpc("verifychain", 0, 1)["valid"], False, "the verdict")

        flood(node, "a damaged chain, verified", verify, STRIKES)
    finally:
        node.kill()


if __name__ == "__main__":
    run(globals())
