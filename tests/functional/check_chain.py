#!/usr/bin/env python3
"""Checks the whole chain of a running node without any of its code: docs/protocol.md and docs/wire.md in Python alone.

It asks the node for headers, bodies and signed models as any peer would, and checks genesis, links, targets, times, tickets, signatures, roots, transactions, watermarks
and the model that each segment starts from. It does not train: that digests and weights are those of the segment takes an engine (a node, or docs/numerics.md).
"""

import argparse
import dataclasses
import pathlib
import struct
import sys
import tempfile
import time

import difficulty
from fetch_chain import fetch_block, fetch_headers
from ledger import Ledger, body_root, read_transaction
from network_file import Network, genesis_model
from reference import chunks, merkle_root, shown, tagged, verify, watermark
from scripted_peer import Rejected, ScriptedPeer, read_compact_size

CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "configs"
LARGEST_WEIGHT = 2.0**16


@dataclasses.dataclass
class Complaint:
    height: int
    name: str  # as in section 8
    detail: str = ""

    def __str__(self):
        return f"block {self.height}: {self.name}" + (f": {self.detail}" if self.detail else "")


class ChainChecker:
    """Takes the blocks of a chain one after another, from genesis; `complaints` is what is wrong with them."""

    def __init__(self, network, now=None):
        self.network, self.now = network, now
        self.complaints = []
        self.tip = network.genesis_hash
        self.height = 0
        self.times = difficulty.Times(network)
        self.work = 0
        self.miners = []
        self.ledger = Ledger(network)
        self.candidates = set()
        self.frozen_weights = 0
        self.models_missing = 0
        # For each task the models of which one is canonical now: without an evaluation it is open whether the last block's was adopted. None: not known.
        self.models = [[genesis_model(t)] for t in network.tasks]
        self.adopted = self.kept = 0

    def complain(self, name, detail=""):
        self.complaints.append(Complaint(self.height, name, detail))

    def add(self, header, body, model):
        """`body` and `model`: bytes, or None where the node does not keep them."""
        self.height += 1
        index, task = self.network.task_at(self.height)
        self.check_header(header, task)
        start = self.check_start(header, index)
        self.transactions = []
        if body is None:
            self.complain("not-found", "no body")
        else:
            self.check_body(header, body, task)
        frozen = watermark(header.candidate_hash(), task.shapes, task.watermark_ppm)
        if model is None:
            self.models_missing += 1
            self.models[index] = None
        else:
            self.check_model(header, model, task, frozen)
            self.models[index] = start and [start, thawed(start, model, frozen)]
        self.frozen_weights += len(frozen)
        self.tip = header.hash()
        self.times.add(header.time)
        self.work += difficulty.work(header.bits)
        self.miners.append(header.miner_key)
        complaint = self.ledger.connect(header.miner_key, self.transactions)
        if complaint:
            self.complain("invalid-transaction", complaint)

    def check_header(self, header, task):
        if header.prev_block != self.tip:
            self.complain("unknown-parent", f"{shown(header.prev_block)}, the block before is {shown(self.tip)}")
        if header.version != 1:
            self.complain("bad-version", str(header.version))
        bits = self.times.next_bits()
        if header.bits != bits:
            self.complain("wrong-bits", f"{header.bits:08x}, the rule says {bits:08x}")
        if header.task_id != task.id:
            self.complain("wrong-task", shown(header.task_id))
        if header.ticket() > difficulty.ticket_target(task, bits):
            self.complain("high-hash", f"{shown(header.hash())} is above the target")
        if header.time <= self.times.median():
            self.complain("time-too-old", f"{header.time}, the median is {self.times.median()}")
        ahead = 120 if self.network.interval < 600 else 7200
        if self.now and header.time > self.now + ahead:
            self.complain("time-too-early", f"{header.time - self.now:.0f} s ahead of this machine's clock")
        if not verify(header.miner_key, header.hash(), header.signature):
            self.complain("bad-signature")
        if header.candidate_hash() in self.candidates:
            self.complain("second-seal")
        self.candidates.add(header.candidate_hash())

    def check_start(self, header, index):
        """The bytes of the model that the block starts from; None where an earlier model is missing."""
        models = self.models[index]
        if models is None:
            return None
        for i, model in enumerate(models):
            if merkle_root(chunks(model)) == header.start_root:
                if len(models) == 2:
                    self.adopted, self.kept = self.adopted + i, self.kept + 1 - i
                return model
        self.complain("wrong-start-root", shown(header.start_root))
        return models[0]

    def check_body(self, header, body, task):
        try:
            transactions, at = read_compact_size(body)
            for _ in range(transactions):
                transaction, at = read_transaction(body, at)
                self.transactions.append(transaction)
            shares, at = read_compact_size(body, at)
            count, at = read_compact_size(body, at)
        except (ValueError, IndexError, KeyError, struct.error) as why:
            self.complain("bad-encoding", f"body: {why}")
            return
        if shares or len(body) != at + 32 * count:
            self.complain("bad-encoding", "the body does not end where its counts say")
            return
        if count != task.steps:
            self.complain("wrong-digest-count", f"{count} for {task.steps} steps")
        if header.body_root != body_root(self.transactions):
            self.complain("wrong-body-root")
        if header.trace_root != merkle_root([body[at + 32 * i : at + 32 * (i + 1)] for i in range(count)]):
            self.complain("wrong-trace-root")

    def check_model(self, header, model, task, frozen):
        if len(model) != 4 * task.weights:
            self.complain("wrong-model-size", f"{len(model)} bytes")
            return
        if header.model_root != merkle_root(chunks(model)):
            self.complain("wrong-model-root")
        weights = struct.unpack(f"<{task.weights}f", model)
        if any(w != w or abs(w) == float("inf") for w in weights):
            self.complain("non-finite-weight")
        if any(LARGEST_WEIGHT < abs(w) < float("inf") for w in weights):
            self.complain("weight-too-large")
        if any(model[i : i + 4] == b"\0\0\0\x80" for i in range(0, len(model), 4)):
            self.complain("negative-zero")
        differing = sum(struct.pack("<f", value) != model[4 * i : 4 * i + 4] for i, value in frozen)
        if differing:
            self.complain("wrong-watermark", f"{differing} of {len(frozen)} positions differ")

    def state_hashes(self):
        """Section 9, once for each answer to the question whether the last models were adopted; empty where a model is missing."""
        states = [self.tip + self.ledger.accounts_hash() + self.ledger.claims_digest]
        for models in self.models:
            states = [s + merkle_root(chunks(m)) for s in states for m in models or []]
        return [tagged("FreezeNet/state", s) for s in states]


def thawed(start, model, frozen):
    model = bytearray(model)
    for i, _ in frozen:
        model[4 * i : 4 * i + 4] = start[4 * i : 4 * i + 4]
    return bytes(model)


def fetch_and_check(peer, checker, progress=lambda height, of: None):
    """All of the node's chain, block by block."""
    headers = fetch_headers(peer)
    for header in headers:
        _, task = checker.network.task_at(checker.height + 1)
        body, model, complaint = fetch_block(peer, header, 4 * task.weights)
        checker.add(header, body, model)
        if complaint:
            checker.complain("bad-chunk", complaint)
        progress(checker.height, len(headers))


def connect(network, host, port, folder):
    return ScriptedPeer(folder, port, network.magic, network.name, network.genesis_hash, host=host)


def summary(checker):
    lines = [
        f"{checker.height} blocks, {len(set(checker.miners))} miners, work {checker.work:x}, tip {shown(checker.tip)}",
        f"{checker.frozen_weights} frozen weights; {checker.adopted} models adopted, {checker.kept} not, the last one open",
    ]
    states = checker.state_hashes()
    if len(states) == 2:
        lines.append(f"state hash {shown(states[1])} if the last model was adopted, else {shown(states[0])}")
    if checker.models_missing:
        lines.append(f"NOT CHECKED: {checker.models_missing} signed models that the node does not keep, and start models after them")
    verdict = "nothing wrong found; training itself was not repeated"
    return "\n".join([*lines, f"{len(checker.complaints)} complaints" if checker.complaints else verdict])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="where the node listens for peers")
    parser.add_argument("--network", default="localnet", help="a name in configs/, or a network file (default: localnet)")
    parser.add_argument("--genesis-time", type=int, help="Unix time; on localnet that of the node's first start (DATADIR/genesis.json)")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    chosen = parser.parse_args()
    named = CONFIGS / f"{chosen.network}.json"
    file = named if named.exists() else pathlib.Path(chosen.network)
    if not file.exists():
        parser.error(f"--network: there is no {named} and no {file}")
    network = Network(file, chosen.genesis_time)
    if network.genesis_time == 0:
        parser.error("--genesis-time: this network has none in its file")

    def progress(height, of):
        if not chosen.quiet and (height % 10 == 0 or height == of):
            print(f"{height} of {of} blocks, {len(checker.complaints)} complaints", file=sys.stderr, flush=True)

    checker = ChainChecker(network, time.time())
    with tempfile.TemporaryDirectory() as folder:
        try:
            peer = connect(network, chosen.host, chosen.port, pathlib.Path(folder))
            fetch_and_check(peer, checker, progress)
        except Rejected as why:
            sys.exit(f"the node ends the connection: {why.args[0]}: {why.args[1]}")
        except OSError as why:
            sys.exit(f"the connection failed: {why}")
        peer.close()
    for complaint in checker.complaints:
        print(complaint)
    print(summary(checker))
    sys.exit(1 if checker.complaints else 0)


if __name__ == "__main__":
    main()
