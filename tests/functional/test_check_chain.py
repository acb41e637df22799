"""check_chain.py on a chain that nodes have mined, with retargeting and two tasks; then on forgeries of it, each false in one thing."""

import copy
import dataclasses
import json
import pathlib
import struct
import subprocess
import sys
import time

import check_chain
import difficulty
from fetch_chain import fetch_block, fetch_headers, proves
from harness import check, check_equal, run
from network_file import Network
from node import ROOT, Node, wait_for_agreement
from reference import body, chunk_proof, chunks, merkle_root, public_key, sha256, shown, watermark
from signing import fast_sign

BLOCKS = 20


def make_network(folder):
    """A localnet in small: faster blocks, so that the target moves soon, and a second task with other figures."""
    fields = json.loads((ROOT / "configs/localnet.json").read_text())
    other = copy.deepcopy(fields["tasks"][0])
    other.update(name="digits-long", steps=40, watermark_ppm=70_000, target_num=3, target_den=2)
    fields.update(name="checknet", genesis_time=int(time.time()) - 5, genesis_bits="0x20100000", interval=6, half_life=40, maturity=4)
    fields["tasks"].append(other)
    file = folder / "configs/checknet.json"
    file.parent.mkdir()
    file.write_text(json.dumps(fields))
    return file


class Chain:
    """What two nodes mined, fetched over the wire, and what they say of it themselves."""

    def __init__(self, folder):
        self.file = make_network(folder)
        self.network = Network(self.file)
        first = Node(folder / "n1", network="checknet", folder=folder).start()
        second = Node(folder / "n2", f"--connect={first.address}", network="checknet", folder=folder).start()
        self.node = first
        try:
            for node in (first, second):
                node.wait_for_peers(1)
                node.rpc("setmining", True)
            first.wait_for_height(BLOCKS, 300)
            for node in (first, second):
                node.rpc("setmining", False)
            wait_for_agreement([first, second])
            second.kill()
            self.fetch(folder)
            keys = [bytes.fromhex((n.datadir / "miner.key").read_text().strip()) for n in (first, second)]
            self.secrets = {public_key(secret): secret for secret in keys}
        except BaseException:
            second.kill()
            first.kill()
            raise

    def fetch(self, folder):
        peer = check_chain.connect(self.network, "127.0.0.1", self.node.port, folder / "peer")
        self.blocks = []
        for height, header in enumerate(fetch_headers(peer), 1):
            fetched = fetch_block(peer, header, 4 * self.network.task_at(height)[1].weights)
            check_equal(fetched[2], None, f"chunks of block {height}")
            self.blocks.append((header, *fetched[:2]))
        peer.close()

    def checked(self, blocks, network=None):
        checker = check_chain.ChainChecker(network or self.network, time.time())
        for block in blocks:
            checker.add(*block)
        return checker


@dataclasses.dataclass
class Forgery:
    """The last block, false in one thing and right in all others as far as its miner's key can make it so: sealed again, with a ticket that wins."""

    chain: Chain
    fields: dict = dataclasses.field(default_factory=dict)
    weights: dict = dataclasses.field(default_factory=dict)  # index -> bytes, after the watermark was written
    digests: int = 0  # more of them than it should have
    loses: bool = False

    def make(self):
        chain = self.chain
        header, old_body, model = copy.copy(chain.blocks[-1][0]), *chain.blocks[-1][1:]
        _, task = chain.network.task_at(len(chain.blocks))
        for name, value in self.fields.items():
            setattr(header, name, value)
        model = bytearray(model)
        for index, value in watermark(header.candidate_hash(), task.shapes, task.watermark_ppm):
            struct.pack_into("<f", model, 4 * index, value)
        for index, value in self.weights.items():
            model[4 * index : 4 * index + 4] = value
        header.model_root = merkle_root(chunks(bytes(model)))
        digests = [old_body[3 + 32 * i : 35 + 32 * i] for i in range(task.steps)] + [sha256(b"more")] * self.digests
        # Digests are free bytes for who does not train, so they serve to find a ticket.
        target = difficulty.ticket_target(task, chain.blocks[-1][0].bits)
        for salt in range(1_000_000):
            digests[0] = sha256(struct.pack("<I", salt))
            header.trace_root = merkle_root(digests)
            if (header.ticket() <= target) != self.loses:
                break
        header.signature = fast_sign(chain.secrets[chain.blocks[-1][0].miner_key], header.hash())
        return header, body(digests), bytes(model)


def forgeries(chain):
    """(what, block, the complaints that it must cause)"""
    last, task = chain.blocks[-1][0], chain.network.task_at(len(chain.blocks))[1]
    times = difficulty.Times(chain.network)
    for header, _, _ in chain.blocks[:-1]:
        times.add(header.time)
    frozen = dict(watermark(last.candidate_hash(), task.shapes, task.watermark_ppm))
    marked, free = next(iter(frozen)), next(i for i in range(task.weights) if i not in frozen)

    def fields(**changes):
        return Forgery(chain, changes).make()

    def weight(value, index=free):
        return Forgery(chain, weights={index: value if isinstance(value, bytes) else struct.pack("<f", value)}).make()

    yield "nothing", fields(), set()
    yield "the parent", fields(prev_block=sha256(b"x")), {"unknown-parent"}
    yield "the version", fields(version=2), {"bad-version"}
    yield "an easier target", fields(bits=last.bits + 1), {"wrong-bits"}
    yield "the other task", fields(task_id=chain.network.task_at(len(chain.blocks) + 1)[1].id), {"wrong-task"}
    yield "the start", fields(start_root=sha256(b"x")), {"wrong-start-root"}
    genesis_start = chain.blocks[(len(chain.blocks) - 1) % 2][0].start_root  # of the first block of its task, which is always adopted
    yield "the start of long ago", fields(start_root=genesis_start), {"wrong-start-root"}
    yield "the median's time", fields(time=times.median()), {"time-too-old"}
    yield "a time to come", fields(time=int(time.time()) + 10_000), {"time-too-early"}
    yield "the body root", fields(body_root=sha256(b"x")), {"wrong-body-root"}
    yield "a ticket that loses", Forgery(chain, loses=True).make(), {"high-hash"}
    yield "a digest too many", Forgery(chain, digests=1).make(), {"wrong-digest-count"}
    header, body_, model = fields()
    unsigned = copy.copy(header)
    unsigned.signature = bytes([header.signature[0] ^ 1]) + header.signature[1:]
    yield "the signature", (unsigned, body_, model), {"bad-signature"}
    thief = copy.copy(header)
    thief.signature = fast_sign(sha256(b"thief"), header.hash())
    yield "another's signature", (thief, body_, model), {"bad-signature"}
    yield "a digest beside the root", (header, body_[:-1] + bytes([body_[-1] ^ 1]), model), {"wrong-trace-root"}
    yield "a byte behind the body", (header, body_ + b"\0", model), {"bad-encoding"}
    yield "a long size", (header, b"\xfd\0\0" + body_[1:], model), {"bad-encoding"}
    yield "no body", (header, None, model), {"not-found"}
    yield "a byte of the model", (header, body_, model[:-1] + bytes([model[-1] ^ 1])), {"wrong-model-root"}
    yield "a model cut off", (header, body_, model[:-4]), {"wrong-model-size"}
    yield "a frozen weight", weight(0.0, marked), {"wrong-watermark"}
    for name, value in (("NaN", float("nan")), ("+Inf", float("inf")), ("-Inf", float("-inf"))):
        yield name, weight(value), {"non-finite-weight"}
    yield "2^16", weight(65536.0), set()
    yield "beyond 2^16", weight(b"\x01\0\x80\x47"), {"weight-too-large"}
    yield "-0", weight(-0.0), {"negative-zero"}
    other_header, other_body, _ = fields(nonce=last.nonce ^ 1)
    yield "the model of another candidate", (other_header, other_body, model), {"wrong-watermark", "wrong-model-root"}


def test_a_mined_chain_and_its_forgeries(folder):
    chain = Chain(folder)
    try:
        started = time.monotonic()
        program = subprocess.run(
            [sys.executable, str(pathlib.Path(check_chain.__file__)), "--port", str(chain.node.port), "--network", str(chain.file)],
            capture_output=True, text=True, timeout=300)
        took = time.monotonic() - started
        print(program.stdout + f"     checked in {took:.1f} s", flush=True)
        check_equal(program.returncode, 0, f"exit status of check_chain.py\n{program.stdout}{program.stderr}")
        check(took < 60, f"checked in {took:.1f} s")
        checker = chain.checked(chain.blocks)
        check_equal([str(c) for c in checker.complaints], [], "complaints")
        info = chain.node.rpc("getblockchaininfo")
        check(len({h.bits for h, _, _ in chain.blocks}) > 5, "the target moved")
        check_equal(f"{checker.work:064x}", info["total_work"], "work")
        check(info["state_hash"] in [shown(s) for s in checker.state_hashes()], "the state hash is one of those computed here")
        fates = [chain.node.rpc("getblock", h)["adopted"] for h in range(1, checker.height - 1)]  # the last of each task is open
        check_equal((checker.adopted, checker.kept), (fates.count(True), fates.count(False)), "models adopted and not")
        parent = chain.checked(chain.blocks[:-1])
        for what, block, names in forgeries(chain):
            found = copy.deepcopy(parent)
            found.add(*block)
            check_equal({c.name for c in found.complaints}, names, f"complaints about {what}")
            check(all(c.height == len(chain.blocks) for c in found.complaints), f"the complaint about {what} names the block")
    finally:
        chain.node.kill()
    check_history(chain)
    check_chunk_proofs(chain)


def check_history(chain):
    """What only the blocks after it or before it show."""
    missing = chain.checked(chain.blocks[:4] + chain.blocks[5:])
    check_equal({c.name for c in missing.complaints if c.height == 5} >= {"unknown-parent"}, True, "a block left out is missed")
    twice = chain.checked(chain.blocks[:3] + chain.blocks[2:3])
    check({"second-seal", "unknown-parent", "time-too-old"} & {c.name for c in twice.complaints}, "a block that stands twice is found")
    changed = Network(chain.file, chain.network.genesis_time + 1)
    check_equal({c.name for c in chain.checked(chain.blocks[:1], changed).complaints} >= {"unknown-parent"}, True, "another genesis")
    without = [(h, b, None if i == 6 else m) for i, (h, b, m) in enumerate(chain.blocks)]
    blind = chain.checked(without)
    check_equal((blind.models_missing, blind.complaints), (1, []), "a model that is not kept is no fault, and is told")
    check("NOT CHECKED: 1 " in check_chain.summary(blind), "the summary tells of it")


def check_chunk_proofs(chain):
    header, _, model = chain.blocks[0]
    parts = chunks(model)
    for index, part in enumerate(parts):
        proof = chunk_proof(parts, index)
        arguments = [part, index, len(parts), len(model), proof, header.model_root]
        check(proves(*arguments), f"chunk {index} proves itself")
        wrong = {
            "data": [part[:-1] + bytes([part[-1] ^ 1]), *arguments[1:]],
            "index": [part, (index + 1) % len(parts), *arguments[2:]],
            "size": [*arguments[:3], len(model) + 1, *arguments[4:]],
            "proof": [*arguments[:4], [sha256(p) for p in proof], header.model_root],
            "short proof": [*arguments[:4], proof[:-1], header.model_root],
            "long proof": [*arguments[:4], [*proof, proof[0]], header.model_root],
        }
        for what, false in wrong.items():
            check(not proves(*false), f"chunk {index} with another {what} proves nothing")


def test_the_program_says_what_is_wrong(folder):
    def program(*arguments):
        return subprocess.run([sys.executable, str(pathlib.Path(check_chain.__file__)), *arguments], capture_output=True, text=True,
                              timeout=120)

    check_equal(program("--help").returncode, 0, "exit status of --help")
    with Node(folder / "n") as node:
        port = str(node.port)
        foreign = program("--port", port, "--network", "localnet", "--genesis-time", "1800000000")
        check(foreign.returncode == 1 and foreign.stderr, f"another network: {foreign.stderr}")
        check("--genesis-time" in program("--port", port, "--network", "localnet").stderr, "what is missing is named")
        check("there is no" in program("--port", port, "--network", "nowhere").stderr, "an unknown network")
        empty = program("--port", port, "--network", "regtest")
        check(empty.returncode == 0 and "0 blocks" in empty.stdout, f"a chain without blocks: {empty.stdout}{empty.stderr}")
    refused = program("--port", port, "--network", "regtest")
    check(refused.returncode == 1 and "connection" in refused.stderr, f"no node: {refused.stderr}")


if __name__ == "__main__":
    run(globals())
