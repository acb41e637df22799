"""Real freezenetd processes for functional tests and for the local testnet. Standard library only.

Nothing here sleeps: a test waits for a line that the node prints, with a deadline.
"""

import atexit
import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("FREEZENET_BIN", ROOT / "build/dev/bin"))
DEADLINE = 120.0  # seconds; generous, because a test machine may be busy with a build

BLOCK = re.compile(
    r"block height=(?P<height>\d+) hash=(?P<hash>[0-9a-f]{64}) miner=(?P<miner>\S+) score=(?P<score>\d+)/(?P<slice>\d+) "
    r"(?P<fate>adopted|kept)(?P<mined> mined)?(?P<assumed> assumed)?(?: watermark=(?P<watermark>[\d.]+)ms replay=(?P<replay>[\d.]+)ms)? "
    r"useful=(?P<useful>[\d.]+)%"
)


class RpcError(Exception):
    """An error object of JSON-RPC, or a refusal of HTTP."""


class Node:
    """One freezenetd. `lines` is everything that it printed; waiting is for lines, not for time."""

    def __init__(self, datadir, *arguments, network="regtest", mine=False, env=None, listener=None, host="127.0.0.1",
                 namespace=None, folder=None):
        self.listener = listener  # called with each line, on the reader's thread
        self.host = host  # where other nodes find it
        self.inside = namespace.entered if namespace else contextlib.nullcontext  # network_namespaces.Namespace
        self.datadir = pathlib.Path(datadir)
        self.command = [
            str(BIN / "freezenetd"),
            f"--network={network}",
            f"--datadir={self.datadir}",
            f"--mine={'on' if mine else 'off'}",
            f"--listen={host}",
            "--port=0",
            "--rpc-port=0",
            *arguments,
        ]
        self.env = env
        self.folder = folder  # where it runs; network files are looked for in configs/ there
        self.process = self._reader = None
        self.lines = []
        self._changed = threading.Condition()
        self._id = 0

    def start(self, wait=True):
        with self.inside():
            self.process = subprocess.Popen(
                self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=self.env,
                cwd=self.folder,
            )
        atexit.register(self.kill)  # also where a test fails before it could clean up
        self.lines = []
        self._ended = False
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        if wait:
            ready = self.wait_for_line(r"ready: peers on (\S+):(\d+), RPC on (\S+):(\d+), mining (?:on|off) to (\S+)")
            self.port, self.rpc_port, self.miner = int(ready[2]), int(ready[4]), ready[5]
            cookie = (self.datadir / ".cookie").read_text().strip()
            self._auth = "Basic " + base64.b64encode(cookie.encode()).decode()
        return self

    def _read(self, process):
        for line in process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
            if self.listener:
                self.listener(line)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_until(self, condition, what, deadline=DEADLINE):
        """Until condition() is true; asked again after each line that the node prints."""
        end = time.monotonic() + deadline
        with self._changed:
            while True:
                result = condition()
                if result:
                    return result
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    why = "it ended" if self._ended else f"{deadline:.0f} s passed"
                    raise AssertionError(f"{self.datadir.name}: {what}: {why}; last lines:\n" + "\n".join(self.lines[-25:]))
                self._changed.wait(left)

    def wait_for_line(self, pattern, deadline=DEADLINE, start=0):
        compiled = re.compile(pattern)
        seen = start

        def look():
            nonlocal seen
            while seen < len(self.lines):
                match = compiled.search(self.lines[seen])
                seen += 1
                if match:
                    return match
            return None

        return self.wait_until(look, f"no line like {pattern!r}", deadline)

    def blocks(self):
        """What the node said of each block that it connected, oldest first."""
        return [m.groupdict() for m in map(BLOCK.search, list(self.lines)) if m]

    def wait_for_height(self, height, deadline=DEADLINE):
        return self.wait_until(lambda: any(int(b["height"]) >= height for b in self.blocks()), f"no block {height}", deadline)

    def wait_for_block(self, block_hash, deadline=DEADLINE):
        return self.wait_until(lambda: any(b["hash"] == block_hash for b in self.blocks()), f"no block {block_hash}", deadline)

    def wait_for_peers(self, count, deadline=DEADLINE):
        """Until `count` handshakes are done."""
        return self.wait_until(lambda: sum(p["ready"] for p in self.rpc("getpeerinfo")) >= count, f"not {count} peers", deadline)

    def rpc(self, method, *params):
        self._id += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self._id, "method": method, "params": list(params)})
        connection = http.client.HTTPConnection("127.0.0.1", self.rpc_port, timeout=DEADLINE)
        try:
            with self.inside():
                connection.connect()
            connection.request("POST", "/", body, {"Authorization": self._auth, "Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise RpcError(f"{method}: HTTP {response.status} {response.reason}")
        answer = json.loads(text)
        if "error" in answer:
            raise RpcError(f"{method}: {answer['error']}")
        return answer["result"]

    def cli(self, *arguments, check=True, folder=None):
        """freezenet-cli as a user runs it, in `folder`; the completed process."""
        done = subprocess.run(
            [str(BIN / "freezenet-cli"), f"--network={self.command[1].split('=')[1]}", f"--datadir={self.datadir}", *arguments],
            capture_output=True, text=True, timeout=DEADLINE, cwd=folder,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"freezenet-cli {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
        return done

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def stop(self, how=signal.SIGTERM, deadline=DEADLINE):
        """Asks the node to stop and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.wait(deadline)

    def wait(self, deadline=DEADLINE):
        try:
            status = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"{self.datadir.name} did not stop in {deadline:.0f} s:\n" + "\n".join(self.lines[-25:]))
        self._reader.join()
        return status

    def kill(self):
        """kill -9."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._reader is not None:
            self._reader.join()

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        if self.process is not None:
            self.kill()


def best_tip(nodes):
    """Of the chain that has most work."""
    return max((n.rpc("getblockchaininfo") for n in nodes), key=lambda i: int(i["total_work"], 16))["hash"]


def wait_for_agreement(nodes, deadline=DEADLINE):
    """Until all nodes hold one tip; the tip's hash. Mining is off everywhere, but a ticket that was found before may still
    become a block: so what the tip is gets asked anew each time. Each node is waited for by itself, because it says when
    its own tip has changed."""
    while len(tips := {n.rpc("getbestblockhash") for n in nodes}) > 1:
        for node in nodes:
            node.wait_until(lambda n=node: n.rpc("getbestblockhash") == best_tip(nodes), "no agreement", deadline)
    return tips.pop()
