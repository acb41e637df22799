"""Runs a local testnet; called by scripts/localnet, which builds first and describes the options."""

import argparse
import os
import pathlib
import queue
import shutil
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
os.environ.setdefault("FREEZENET_BIN", str(ROOT / "build/release/bin"))
sys.path.insert(0, str(ROOT / "tests/functional"))
from node import BLOCK, Node  # noqa: E402  (needs the path above)


def options():
    parser = argparse.ArgumentParser(prog="scripts/localnet", add_help=False)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--blocks", type=int, default=10)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--no-install", action="store_true")
    chosen = parser.parse_args()
    if not 1 <= chosen.nodes <= 16:
        parser.error("--nodes: 1 to 16")
    if chosen.blocks < 1:
        parser.error("--blocks: at least 1")
    if chosen.keep and chosen.keep.exists() and any(chosen.keep.iterdir()):
        parser.error(f"--keep: {chosen.keep} is not empty")
    return chosen


class Testnet:
    """The nodes, and what they said of each block."""

    def __init__(self, count, folder):
        genesis_time = int(time.time())
        self.news = queue.Queue()
        self.nodes = []
        for i in range(count):
            node = Node(folder / f"node{i + 1}", f"--genesis-time={genesis_time}", network="localnet",
                        listener=lambda line, i=i: self.news.put((i, line)))
            for earlier in self.nodes:
                node.command.append(f"--connect={earlier.address}")
            self.nodes.append(node.start())
        self.names = {}
        for i, node in enumerate(self.nodes):
            self.names[node.miner] = f"node{i + 1}"
        self.blocks = {}  # hash -> facts

    def connect(self):
        for node in self.nodes:
            node.wait_for_peers(len(self.nodes) - 1)

    def mine(self, on):
        for node in self.nodes:
            node.rpc("setmining", on)

    def read(self, timeout):
        """The next news as (node, block or None); (None, None) after `timeout` seconds without any."""
        try:
            i, line = self.news.get(timeout=timeout)
        except queue.Empty:
            return None, None
        match = BLOCK.search(line)
        return i, match.groupdict() if match else None

    def chain(self, node):
        height = node.rpc("getblockchaininfo")["height"]
        return [node.rpc("getblock", h) for h in range(1, height + 1)]


HEADER = f"{'height':>6}  {'miner':<7} {'ticket':<14} {'score':>9} {'accuracy':>8}  {'watermark':>9} {'replay':>9}  {'useful':>7}  {'time':>6}"


class Board:
    """Prints one line for each height, once a node that did not mine the block has checked it."""

    def __init__(self, testnet):
        self.testnet = testnet
        self.shown = {}
        self.started = time.monotonic()
        self.alone = len(testnet.nodes) == 1
        print(HEADER)

    def add(self, block):
        if (not block["replay"] and not self.alone) or block["hash"] in self.shown:
            return
        replaced = int(block["height"]) in self.shown.values()
        self.shown[block["hash"]] = int(block["height"])
        score, samples = int(block["score"]), int(block["slice"])
        checked = f"{block['watermark']:>6} ms {block['replay']:>6} ms" if block["replay"] else f"{'own':>9} {'own':>9}"
        print(
            f"{block['height']:>6}  {self.testnet.names.get(block['miner'], '?'):<7} {block['hash'][:12] + '..':<14} "
            f"{score:>4}/{samples:<4} {100 * score / samples:>7.1f}%  {checked}  {block['useful']:>6}%  "
            f"{time.monotonic() - self.started:>5.0f}s{'  (another block of this height)' if replaced else ''}",
            flush=True,
        )


def everyone_mined(testnet, node):
    miners = {block["miner"] for block in testnet.chain(node)}
    return all(name in miners for name in testnet.names)


def run(chosen, folder):
    print(f"localnet: {chosen.nodes} nodes in {folder}")
    testnet = Testnet(chosen.nodes, folder)
    try:
        testnet.connect()
        print("localnet: all connected, over TLS; mining begins\n")
        board = Board(testnet)
        testnet.mine(True)
        heights = [0] * chosen.nodes
        done = False
        while not done:
            i, block = testnet.read(timeout=120)
            if i is None:
                print("localnet: no news for two minutes; giving up", file=sys.stderr)
                break
            if testnet.nodes[i].process.poll() is not None:
                print(f"localnet: node{i + 1} ended", file=sys.stderr)
                break
            if block is None:
                continue
            board.add(block)
            heights[i] = max(heights[i], int(block["height"]))
            lowest = min(heights)
            done = lowest >= 4 * chosen.blocks or (
                lowest >= chosen.blocks and all(everyone_mined(testnet, n) for n in testnet.nodes))
        testnet.mine(False)
        return close(chosen, testnet, board)
    finally:
        for node in testnet.nodes:
            node.kill()


def settle(testnet):
    """Until all nodes hold one tip: with mining off, the heaviest chain reaches everybody. A tie of two branches needs one more block."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        infos = [n.rpc("getblockchaininfo") for n in testnet.nodes]
        if len({info["hash"] for info in infos}) == 1:
            return True
        if len({info["total_work"] for info in infos}) == 1 and all(i["headers"] == i["height"] for i in infos):
            testnet.nodes[0].rpc("setmining", True)
            testnet.nodes[0].wait_for_height(infos[0]["height"] + 1)
            testnet.nodes[0].rpc("setmining", False)
        testnet.read(timeout=1)  # something has to happen before it is worth asking again
    return False


def close(chosen, testnet, board):
    agreed = settle(testnet)
    while True:  # blocks whose line has not been shown yet
        i, block = testnet.read(timeout=0.1)
        if i is None:
            break
        if block:
            board.add(block)
    print(f"\n{'node':<7} {'height':>6}  {'tip':<14} {'state':<14} {'mined':>5} {'stale':>5} {'segments/s':>10} {'segment':>9}  accepted from")
    ok = agreed
    for i, node in enumerate(testnet.nodes):
        info, mining, chain = node.rpc("getblockchaininfo"), node.rpc("getmininginfo"), testnet.chain(node)
        own = node.miner
        mined = sum(block["miner"] == own for block in chain)
        others = {testnet.names.get(block["miner"]) for block in chain if block["miner"] != own}
        complete = len(others) == chosen.nodes - 1 and info["height"] >= chosen.blocks
        ok = ok and complete
        print(f"node{i + 1:<3} {info['height']:>6}  {info['hash'][:12] + '..':<14} {node.rpc('getstatehash')['state_hash'][:12] + '..':<14} "
              f"{mined:>5} {info['stale_blocks']:>5} {mining['segments_per_second']['60s']:>10.2f} {mining['last_segment_ms']:>6.0f} ms  "
              f"{', '.join(sorted(o for o in others if o)) or '-'}")
    chain = testnet.chain(testnet.nodes[0])
    span = chain[-1]["time"] - chain[0]["time"]
    stale = max(n.rpc("getblockchaininfo")["stale_blocks"] for n in testnet.nodes)
    print(f"\nblocks {len(chain)}, stale {stale} ({100 * stale / (len(chain) + stale):.1f}%), "
          f"interval {span / max(1, len(chain) - 1):.1f} s, "
          f"accuracy {100 * chain[0]['accuracy']:.1f}% at height 1, {100 * chain[-1]['canonical_score'] / chain[-1]['evaluation_slice']:.1f}% now")
    for i, node in enumerate(testnet.nodes):
        status = node.stop()
        if status != 0:
            print(f"localnet: node{i + 1} stopped with exit code {status}", file=sys.stderr)
            ok = False
    print("localnet: " + ("one chain, and every node accepted blocks of every other" if ok else "FAILED: the nodes do not agree, or a node mined nothing"))
    return 0 if ok else 1


def main():
    chosen = options()
    folder = chosen.keep or pathlib.Path(tempfile.mkdtemp(prefix="freezenet-localnet-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return run(chosen, folder)
    except KeyboardInterrupt:
        print("\nlocalnet: stopped", file=sys.stderr)
        return 130
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
