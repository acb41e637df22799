"""Hostile clients of RPC: wrong passwords, broken JSON, deep JSON, 100 MB bodies, connections that send nothing. Nobody gets past the door, each gets the
code that it should, memory stays bounded, and beside them the operator is answered in time.

With --long: 10,000 logins and the whole corpus."""

import base64
import contextlib
import http.client
import itertools
import json
import random
import re
import socket
import statistics
import subprocess
import threading
import time

from harness import check, check_equal, run
from memory import status_kib
from node import BIN, Node
from trials import LONG, record

LOGINS = 10_000 if LONG else 1_000
BROKEN = 20_000 if LONG else 2_000
SLOW = 500
HUGE = 100 * 10**6
ADDRESSES = 10  # of loopback, from which the logins come
ANSWER_WITHIN = 0.5  # seconds, for others
MEMORY_KIB = 160 * 1024  # a few of the largest bodies and what their JSON parses to
LOG_LINES = 400


def call(method="uptime", **more):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, **more}).encode()


def basic(text):
    return "Basic " + base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def post(node, body, authorization, source="127.0.0.1", chunked=False):
    """Status and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=60, source_address=(source, 0))
    try:
        headers = {"Authorization": authorization} if authorization is not None else {}
        connection.request("POST", "/", iter([body]) if chunked else body, headers, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class Operator(threading.Thread):
    """Asks all the time, on a new connection each time, as freezenet-cli does; remembers the slowest answer."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.ended, self.seconds, self.failures, self.most_kib = node, threading.Event(), [], [], 0
        self.authorization = basic((node.datadir / ".cookie").read_text().strip())

    def run(self):
        while not self.ended.wait(0.02) and self.node.process.poll() is None:
            started = time.monotonic()
            try:
                status, body = post(self.node, call("getblockchaininfo"), self.authorization)
                if status != 200 or "height" not in json.loads(body)["result"]:
                    self.failures.append(f"{status} {body[:100]}")
            except Exception as why:  # whatever keeps the operator out
                self.failures.append(repr(why))
            self.seconds.append(time.monotonic() - started)
            self.most_kib = max(self.most_kib, status_kib(self.node.process.pid, "VmRSS"))


@contextlib.contextmanager
def beside_an_operator(node, what):
    operator = Operator(node)
    before = status_kib(node.process.pid, "VmRSS")
    started = time.monotonic()
    operator.start()
    yield operator
    operator.ended.set()
    operator.join()
    slowest, grown = max(operator.seconds), max(operator.most_kib, status_kib(node.process.pid, "VmRSS")) - before
    print(f"     {what}: {time.monotonic() - started:.1f} s; operator: {len(operator.seconds)} answers, median {statistics.median(operator.seconds) * 1000:.0f} ms, "
          f"slowest {slowest * 1000:.0f} ms; memory + {grown >> 10} MiB", flush=True)
    check(node.process.poll() is None, f"{what}: the node lives")
    check_equal(operator.failures[:3], [], f"{what}: calls of the operator that failed")
    check(slowest < ANSWER_WITHIN, f"{what}: the operator waited {slowest:.2f} s")
    check(grown < MEMORY_KIB, f"{what}: memory grew by {grown} KiB")


def wrong_secrets(cookie, user, password, rng):
    """Endless Authorization headers that are all wrong, the near misses first."""
    name, secret = cookie.split(":")
    near = [None, "", "Basic", "Basic ", "Basic =", basic(""), basic(":"), basic(name), basic(name + ":"), basic(secret), basic(cookie[:-1]), basic(cookie + "0"),
            basic(cookie + "\0"), basic("\0" + cookie), basic(cookie.upper()), basic(cookie + "\n"), basic(f"{name}:{password}"), basic(f"{user}:{secret}"),
            basic(f"{user}:{password[:-1]}"), basic(f"{user}:{password}0"), basic(f"{user.upper()}:{password}"), basic(f" {user}:{password}"),
            basic(f":{password}"), basic(f"{user}::{password}"), basic(cookie).replace("Basic ", "Bearer "), basic(cookie).replace("Basic ", ""),
            "Basic " + cookie, basic(cookie) + ", " + basic(cookie), basic(b"\xff" * 200), "Basic " + "A" * 7000]
    yield from near
    while True:
        yield basic(f"{rng.choice([name, user, 'root', ''])}:{rng.randbytes(32).hex()}")


def test_wrong_logins(folder):
    made = subprocess.run([str(BIN / "freezenet-cli"), "rpcauth", "alice"], capture_output=True, text=True, check=True).stdout
    line, password = re.search(r'\["(.*)"\]', made)[1], re.search("Password: (.*)", made)[1]
    with Node(folder / "node", f"--rpc-auth={line}").start() as node:
        check_equal(post(node, call(), basic(f"alice:{password}"))[0], 200, "the right password")
        secrets = wrong_secrets((node.datadir / ".cookie").read_text().strip(), "alice", password, random.Random(1))
        jobs = iter([(i, next(secrets)) for i in range(LOGINS)])
        lock, statuses = threading.Lock(), {}

        def guess():
            while True:
                with lock:
                    job = next(jobs, None)
                if job is None:
                    return
                number, authorization = job
                status, body = post(node, call("stop"), authorization, f"127.0.1.{number % ADDRESSES + 1}")
                with lock:
                    statuses.setdefault(status, []).append(authorization)
                    if b"result" in body:
                        statuses.setdefault("answered", []).append(authorization)

        started = time.monotonic()
        with beside_an_operator(node, f"{LOGINS} wrong logins"):
            threads = [threading.Thread(target=guess) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        check_equal({s: len(a) for s, a in statuses.items()}, {401: LOGINS}, "answers to wrong logins")
        if LOGINS > 2_000:  # beyond the burst
            rate = LOGINS / (time.monotonic() - started) / ADDRESSES
            check(rate < 80, f"{rate:.0f} wrong logins a second of one address")
        check_equal(node.rpc("getrpcinfo")["wrong_logins"], LOGINS, "what the node counted")
        record("wrong logins beside an operator", LOGINS, LOGINS, {"refused": LOGINS})
        check_equal(post(node, call(), basic(f"alice:{password}"))[0], 200, "the right password afterwards")
        # The one who guessed is slowed down; with the right secret it is not.
        for _ in range(60):
            post(node, call(), basic("alice:x"))
        begun = time.monotonic()
        check_equal(post(node, call(), basic(f"alice:{password}"))[0], 200, "the right password of who was slowed down")
        check(time.monotonic() - begun < ANSWER_WITHIN, "nobody locks the operator out")
        lines = (node.datadir / "freezenetd.log").read_text().count("\n")
        check(lines < LOG_LINES, f"{lines} lines in the log")
        node.stop()


def broken_bodies(rng):
    """Endless bodies that are no good call, with the codes that are right for them (None: any of an error)."""
    good = call("getblockhash", params=[0])
    fixed = [(b"", -32700), (b"{", -32700), (b"\0", -32700), (good + b"\0", -32700), (good + b"x", -32700), (b"\xff\xfe", -32700), (b"\xef\xbb\xbf\xff", -32700),
             (b"[]", -32600), (b"null", -32600), (b"1e999999", None), (b"-", -32700), (b'"' + b"a" * 100_000 + b'"', -32600), (b"[" * 100_000, -32600),
             (b"[" * 100_000 + b"]" * 100_000, -32600), (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, -32600), (b'[{"a":' * 50_000, -32600),
             (b"[" + b",".join([b"1"] * 200_000) + b"]", -32600), (b"[" + b",".join([good] * 101) + b"]", -32600),
             (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"uptime"}', -32700), (b'{"jsonrpc":"1.0","id":1,"method":"uptime"}', -32600),
             (b'{"jsonrpc":"2.0","id":[],"method":"uptime"}', -32600), (b'{"jsonrpc":"2.0","id":1,"method":null}', -32600),
             (b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * 100_000 + b'"}', -32601), (b'{"jsonrpc":"2.0","id":1,"method":"uptime","params":7}', -32602),
             (call("getblockhash", params=[-1]), -32602), (call("getblockhash", params=[2**64]), -32602), (call("getblockhash", params=[1e300]), -32602),
             (call("getblockhash", params=[0, 0]), -32602), (call("getblockhash", params={"height": 0, "x": 1}), -32602),
             (call("getblock", params=["\u0000" * 64]), -32602), (call("getblock", params=["f" * 64]), -32000), (call("verifymodel", params=["%%%%"]), -32000)]
    yield from fixed
    while True:
        data = bytearray(rng.choice([good, call("addnode", params={"node": "x", "action": "add"}), b"[" + good + b"," + good + b"]"]))
        for _ in range(rng.randrange(1, 5)):
            how = rng.randrange(4)
            at = rng.randrange(len(data))
            if how == 0:
                data[at] = rng.randrange(256)
            elif how == 1:
                del data[at:at + rng.randrange(1, 8)]
            elif how == 2:
                data[at:at] = rng.choice([b"{", b"[", b"}", b"]", b'"', b"\\u0000", b"\\ud800", b",", b":", b"1e999", rng.randbytes(3)])
            else:
                data = data[:at] + data[at:at + 20] * rng.randrange(2, 20) + data[at:]
            if not data:
                data = bytearray(b"x")
        yield bytes(data), None


def check_error(body, code, text):
    answers = json.loads(text)
    for answer in answers if isinstance(answers, list) else [answers]:
        check(answer["jsonrpc"] == "2.0" and ("result" in answer) != ("error" in answer), f"answer to {body[:80]}: {text[:200]}")
        if "error" in answer:
            check(answer["error"]["code"] != -32603, f"an internal error for {body[:200]}: {text[:200]}")
        if code is not None:
            check_equal(answer.get("error", {}).get("code"), code, f"code for {body[:80]}")


def test_broken_json(folder):
    with Node(folder / "node").start() as node:
        authorization = basic((node.datadir / ".cookie").read_text().strip())
        with beside_an_operator(node, f"{BROKEN} broken bodies"):
            connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=60)
            for body, code in itertools.islice(broken_bodies(random.Random(2)), BROKEN):
                connection.request("POST", "/", body, {"Authorization": authorization})
                response = connection.getresponse()
                text = response.read()
                check(response.status in (200, 204), f"{response.status} for {body[:80]}")
                if response.status == 200:
                    check_error(body, code, text)
            connection.close()
        deep = sum(body.count(b"[") + body.count(b"{") >= 10**5 for body, _ in itertools.islice(broken_bodies(random.Random(2)), BROKEN))
        record("malformed JSON beside an operator", BROKEN, BROKEN, {"the right code": BROKEN})
        record("of it, a depth of 10^5", deep, deep, {"the right code": deep})
        node.stop()


def send_huge(node, head, chunked, seconds):
    """Sends 100 MB in pieces until the node answers or closes; the first line of the answer and the bytes that it took."""
    piece = b"x" * 65536
    sent = 0
    with socket.create_connection(("127.0.0.1", node.rpc_port), timeout=60) as raw:
        raw.sendall(head)
        end = time.monotonic() + seconds
        try:
            while sent < HUGE and time.monotonic() < end:
                raw.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                sent += len(piece)
        except OSError:
            pass  # it has heard enough
        with contextlib.suppress(OSError):
            return raw.recv(100).split(b"\r\n")[0].decode(), sent
        return "closed", sent


def test_huge_bodies(folder):
    with Node(folder / "node").start() as node:
        cookie = basic((node.datadir / ".cookie").read_text().strip()).encode()
        wrong = basic("__cookie__:" + "0" * 64).encode()
        with beside_an_operator(node, "100 MB bodies"):
            for authorization, chunked, expected in ((cookie, False, "413"), (cookie, True, "413"), (wrong, False, "401"), (wrong, True, "401")):
                length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % HUGE
                head = b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization + b"\r\n" + length + b"\r\n\r\n"
                # At the announcement alone, where there is one or the secret is wrong: nothing of the body is waited for.
                if not (chunked and authorization is cookie):
                    with socket.create_connection(("127.0.0.1", node.rpc_port), timeout=60) as raw:
                        raw.sendall(head)
                        check(f" {expected} " in raw.recv(100).decode(), f"answer before the body, chunked {chunked}")
                lines = []
                threads = [threading.Thread(target=lambda: lines.append(send_huge(node, head, chunked, 20))) for _ in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                for line, sent in lines:
                    # Whoever sends on without reading may see a reset instead of the answer, and whoever finds others sending as much is told so.
                    check(f" {expected} " in line or line in ("closed", "") or (chunked and " 503 " in line), f"{expected} expected, chunked {chunked}: {line}")
                    check(authorization is cookie or sent < HUGE // 4, f"the node took {sent} bytes of a stranger")
            # Byte by byte: the body has a deadline, and until then costs what was sent.
            slow = []
            for _ in range(20):
                raw = socket.create_connection(("127.0.0.1", node.rpc_port), timeout=60)
                raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: " + cookie + b"\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n")
                slow.append(raw)
            for _ in range(20):
                for raw in slow:
                    with contextlib.suppress(OSError):
                        raw.sendall(b"1\r\n \r\n")
                time.sleep(0.05)  # the pace of who sends slowly
            for raw in slow:
                raw.close()
        record("bodies of 100 MB beside an operator", 16, 16, {"refused, memory bounded": 16})
        node.stop()


def test_slow_connections(folder):
    with Node(folder / "node").start() as node:
        with beside_an_operator(node, f"{SLOW} slow connections"):
            for shape in (b"", b"POST / HTTP/1.1\r\nHost: x\r\nA: ", b"\r\n"):
                connections = []
                for _ in range(SLOW):
                    raw = socket.create_connection(("127.0.0.1", node.rpc_port), timeout=60)
                    raw.sendall(shape)
                    connections.append(raw)
                for _ in range(3):
                    for raw in connections:
                        with contextlib.suppress(OSError):
                            raw.sendall(b"x")
                strangers = node.rpc("getrpcinfo")["strangers"]
                check(strangers <= 128, f"{strangers} strangers have a place")
                for raw in connections:
                    raw.close()
        check(node.rpc("getrpcinfo")["turned_out"] >= SLOW, "the oldest had to go")
        lines = (node.datadir / "freezenetd.log").read_text().count("\n")
        check(lines < LOG_LINES, f"{lines} lines in the log")
        record("slow connections beside an operator", 3 * SLOW, 3 * SLOW, {"the operator was answered": 3 * SLOW})
        node.stop()


def test_calls_that_take_long_hold_nobody_up(folder):
    """Large answers and large requests of somebody who may ask: getmodel, verifymodel, deep and wide JSON at the limits."""
    node = Node(folder / "node").start()
    try:
        node.rpc("setmining", True)
        node.wait_for_height(1)
        node.rpc("setmining", False)
        authorization = basic((node.datadir / ".cookie").read_text().strip())
        model = node.rpc("getmodel", 1, "sealed")["data"]
        wide = b"[" + b",".join([b"0"] * 99_000) + b"]"
        bodies = [call("getmodel", params=[1, "sealed"]), call("verifymodel", params=[model]), wide,
                  b"[" + b",".join([call("getmodel", params=[1, "sealed"])] * 100) + b"]"]
        ended = threading.Event()
        statuses = set()

        def busy(body):
            while not ended.is_set():
                statuses.add(post(node, body, authorization)[0])

        with beside_an_operator(node, "large calls"):
            threads = [threading.Thread(target=busy, args=(body,)) for body in bodies]
            for thread in threads:
                thread.start()
            ended.wait(8 if not LONG else 60)
            ended.set()
            for thread in threads:
                thread.join()
        check(statuses <= {200, 503}, f"answers {statuses}")
        check(200 in statuses, "large calls are answered")
    finally:
        node.kill()


if __name__ == "__main__":
    run(globals())
