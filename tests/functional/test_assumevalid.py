"""Blocks that are taken for valid because a later one is trusted: what is skipped, what never is, and what becomes of lies."""

import atexit
import copy
import json
import pathlib
import shutil
import sqlite3
import struct
import tempfile

from attack import wins
from harness import check, check_equal, run
from identities import make_identity
from ledger import Transaction, body_root
from ledger import body as body_with
from network_file import Network
from node import ROOT, Node, RpcError
from reference import Header, body, chunk_proof, chunks, compact_size, from_shown, merkle_root, sha256, shown, tagged
from scripted_peer import CHUNK_, NOT_FOUND, ScriptedPeer
from signing import fast_sign

GET_MODEL_CHUNK = 16
WINDOW, TRUSTED, LAST = 5, 40, 44
BOUNDARY = TRUSTED - (WINDOW + 1)
SKIPS = f"blocks up to height {BOUNDARY} are not replayed for now"
SWEPT = "every block of the chain is replayed now"


class World:
    """A network whose adoption gate looks back on five blocks, and an honest node with a chain of it; made once."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="freezenet-assumed-"))
        atexit.register(shutil.rmtree, self.folder, True)
        fields = json.loads((ROOT / "configs/regtest.json").read_text())
        fields |= {"name": "shortgate", "magic": "0x54475346", "adoption_window": WINDOW}
        (self.folder / "configs").mkdir()
        self.file = self.folder / "configs/shortgate.json"
        self.file.write_text(json.dumps(fields))
        self.network = Network(self.file)
        self.honest = self.node(self.folder / "honest").start()
        mine_to(self.honest, LAST)
        self.text = self.honest.rpc("getassumevalid", TRUSTED)["text"]
        self.state = self.honest.rpc("getstatehash")

    def node(self, datadir, *arguments, connect=None, **named):
        if connect:
            arguments += (f"--connect={connect.address}",)
        return Node(datadir, "--min-free-space=0", *arguments, network="shortgate", folder=self.folder, **named)


_world = None


def world():
    global _world
    _world = _world or World()
    return _world


def mine_to(node, height):
    node.rpc("setmining", True)
    node.wait_for_height(height)
    node.rpc("setmining", False)
    while (height := node.rpc("getblockchaininfo")["height"]) > LAST:  # a ticket may have been found meanwhile
        node.rpc("invalidateblock", height)


def blocks_without_replay(node):
    return [int(b["height"]) for b in node.blocks() if b["assumed"]]


def expect_all_alike(node):
    """Everything that the honest node says of its blocks, this one says too."""
    for height in range(1, LAST + 1):
        ours, theirs = node.rpc("getblock", height), world().honest.rpc("getblock", height)
        check_equal({**ours, "confirmations": 0, "next": 0}, {**theirs, "confirmations": 0, "next": 0}, f"block {height}")
    check_equal(node.rpc("getstatehash"), world().state, "state")
    for figure in ("useful_fraction_ppm", "accuracy", "assumed_blocks"):
        check_equal(node.rpc("getblockchaininfo")[figure], world().honest.rpc("getblockchaininfo")[figure], figure)


def test_what_is_skipped_is_replayed_afterwards(folder):
    with world().node(folder / "a", f"--assumevalid={world().text}", connect=world().honest) as node:
        node.wait_for_block(world().state["tip"])
        check_equal(node.rpc("getstatehash"), world().state, "state")
        skipped = blocks_without_replay(node)
        check(skipped and skipped == list(range(skipped[0], BOUNDARY + 1)), f"blocks without a replay: {skipped}")
        node.wait_for_line(SKIPS)
        node.wait_for_line(SWEPT)
        expect_all_alike(node)
        check(node.rpc("verifychain", 4, 0)["valid"], "every block at level 4")
        check_equal(node.rpc("getassumevalid", TRUSTED)["text"], world().text, "what others may trust")


def test_the_same_by_the_networks_file(folder):
    height, block, root = world().text.split(":")
    fields = json.loads(world().file.read_text())
    fields["assumevalid"] = {"height": int(height), "block": block, "canonical_root": root}
    (folder / "configs").mkdir()
    (folder / "configs/shortgate.json").write_text(json.dumps(fields))
    with world().node(folder / "a", connect=world().honest) as without:  # runs where the file says nothing
        without.wait_for_block(world().state["tip"])
        check(not blocks_without_replay(without), "nothing is assumed unless somebody says so")
    by_file = world().node(folder / "b", connect=world().honest)
    by_file.folder = folder
    with by_file as node:
        node.wait_for_line(SWEPT)
        check(blocks_without_replay(node), "the file's assumption is used")
        expect_all_alike(node)
    off = world().node(folder / "c", "--assumevalid=off", connect=world().honest)
    off.folder = folder
    with off as node:
        node.wait_for_block(world().state["tip"])
        check(not blocks_without_replay(node), "off is off")


def test_killed_on_the_way_and_in_the_replay(folder):
    node = world().node(folder / "a", f"--assumevalid={world().text}", connect=world().honest)
    node.start()
    node.wait_for_height(BOUNDARY // 2)
    node.kill()
    node.start()
    node.wait_for_block(world().state["tip"])
    node.kill()
    node.command[-2:] = ["--reindex"]  # without the assumption, and alone
    node.start()
    left = node.rpc("getblockchaininfo")["assumed_blocks"]
    check(left <= BOUNDARY, f"{left} blocks to be replayed")
    check_equal(node.rpc("getstatehash"), world().state, "state after --reindex")
    node.wait_until(lambda: node.rpc("getblockchaininfo")["assumed_blocks"] == 0, "the replay does not end")
    expect_all_alike(node)
    check_equal(node.stop(), 0, "exit status")


def test_a_block_of_another_chain(folder):
    height, block, root = world().text.split(":")
    other = ":".join((height, shown(sha256(b"another")), root))
    with world().node(folder / "a", f"--assumevalid={other}", connect=world().honest) as node:
        node.wait_for_block(world().state["tip"])
        node.wait_for_line("is not on this chain")
        check(not blocks_without_replay(node), "nothing is skipped")
        expect_all_alike(node)
    wrong_height = f"{TRUSTED - 1}:{block}:{root}"
    with world().node(folder / "b", f"--assumevalid={wrong_height}", connect=world().honest) as node:
        node.wait_for_block(world().state["tip"])
        node.wait_for_line("nothing is skipped because of it")
        check(not blocks_without_replay(node), "nothing is skipped")


def test_another_model_after_the_block(folder):
    height, block, _ = world().text.split(":")
    with world().node(folder / "a", f"--assumevalid={height}:{block}:{shown(sha256(b'model'))}", connect=world().honest) as node:
        node.wait_for_line("not the one that was assumed: do not trust")
        node.wait_for_line(SWEPT)
        expect_all_alike(node)


def test_texts_that_are_none(folder):
    for text in ("40", "0:" + "1" * 64 + ":" + "1" * 64, "40:xy:zz", world().text + "0", world().text.upper()):
        node = world().node(folder / "a", f"--assumevalid={text}")
        node.start(wait=False)
        check_equal(node.wait(), 1, f"exit status for {text}")
        check(any("getassumevalid" in line for line in node.lines), f"{node.lines}")
    try:
        world().honest.rpc("getassumevalid", 0)
        check(False, "genesis needs no trust")
    except RpcError as why:
        check("no block of the active chain" in str(why), str(why))


class Chain:
    """Headers on top of the honest chain's first blocks: sealed, signed, and nobody's work. They go on from the model after the block at
    height `model_of`, that of the last kept one unless it is given, and are served with it."""

    def __init__(self, kept, bodies, model_of=None):
        honest = world().honest
        self.secret = bytes.fromhex((honest.datadir / "miner.key").read_text().strip())
        self.blocks = []
        for height in range(1, kept + 1):
            block = honest.rpc("getblock", height)
            self.blocks.append((Header(bytes.fromhex(block["header_hex"])), body([from_shown(d) for d in block["digests"]]), None))
        self.model = (honest.datadir / "models" / f"{honest.rpc('getblock', model_of or kept)['canonical_root']}.f32").read_bytes()
        for made in bodies:
            self.blocks.append(self.seal(made))

    def seal(self, encoded_body):
        before = self.blocks[-1][0]
        header = copy.copy(before)
        header.prev_block, header.time = before.hash(), before.time + 1
        header.start_root = merkle_root(chunks(self.model))
        digests = [sha256(bytes([len(self.blocks), i])) for i in range(world().network.tasks[0].steps)]
        header.trace_root = merkle_root(digests)
        encoded_body, header.body_root = encoded_body(digests)
        while not wins((header,)):
            header.nonce += 1
        header.signature = fast_sign(self.secret, header.hash())
        return header, encoded_body, None


def plain(digests):
    return body(digests), body_root()


class Peer(ScriptedPeer):
    """Serves models by their root too, as `by_root` says."""

    def __init__(self, folder, node, chain, by_root):
        self.by_root = by_root
        self.asked = 0
        make_identity(folder)
        network = world().network
        super().__init__(folder, node.port, network.magic, "shortgate", network.genesis_hash, flags=3)
        self.show_chain(chain.blocks)

    def answer(self, kind, payload):
        if kind != GET_MODEL_CHUNK:
            return super().answer(kind, payload)
        self.asked += 1
        index = struct.unpack("<Q", payload[32:])[0]
        parts = self.by_root(payload[:32], index)
        if parts is None:
            self.send(NOT_FOUND, bytes([kind]) + payload)
        else:
            proof = chunk_proof(parts, index)
            self.send(CHUNK_, payload + compact_size(len(parts[index])) + parts[index] + compact_size(len(proof)) + b"".join(proof))


def trusted_text(chain):
    return f"{TRUSTED}:{shown(chain.blocks[TRUSTED - 1][0].hash())}:{shown(sha256(b'whatever'))}"


def test_a_transaction_that_nobody_signed_is_refused_in_an_assumed_block(folder):
    def with_theft(digests):
        theft = Transaction(sender=sha256(b"victim"), nonce=0, fee=1000, to=sha256(b"thief"), amount=1)
        return body_with([theft], digests), body_root([theft])

    chain = Chain(10, [plain, with_theft] + [plain] * (LAST - 12))
    with world().node(folder / "a", f"--assumevalid={trusted_text(chain)}") as node:
        peer = Peer(folder / "peer", node, chain, lambda root, index: chunks(chain.model))
        check_equal(peer.expect_reject(), "invalid-transaction", "what the peer hears")
        node.wait_for_line("at height 12 was assumed to be valid and is not: invalid-transaction")
        check_equal(blocks_without_replay(node)[-1], 11, "the last block that was assumed")
        node.wait_for_line("at height 11 was assumed to be valid and is not: wrong-trace")
        check_equal(node.rpc("getblockchaininfo")["height"], 10, "what is left of it")


def test_models_that_are_wrong_or_missing(folder):
    chain = Chain(10, [plain] * (LAST - 10))
    with world().node(folder / "a", f"--assumevalid={trusted_text(chain)}") as node:
        liar = Peer(folder / "liar", node, chain, lambda root, index: chunks(bytes(len(chain.model))))
        check_equal(liar.expect_reject(), "bad-chunk", "what a liar hears")
        without = Peer(folder / "without", node, chain, lambda root, index: None)
        check_equal(without.expect_reject(), "wrong-trace", "without models every block is replayed")
        check(without.asked > 0, "it was asked for the model")
        check(not blocks_without_replay(node), "nothing is skipped without the model")


def forge_newest(database, secret):
    """Another digest in the newest block: sealed and signed, with the row's checksum. What stands on it is for --reindex to make."""
    connection = sqlite3.connect(database)
    seq, row = connection.execute("SELECT max(seq), '' FROM blocks").fetchone()
    columns = "hash, model_root, header, body, canonical_root, score, canonical_score, adopted, completed"
    row = list(connection.execute(f"SELECT {columns} FROM blocks WHERE seq = ?", (seq,)).fetchone())
    header = Header(row[2])
    steps = world().network.tasks[0].steps
    digests = [row[3][-32 * steps :][32 * i : 32 * (i + 1)] for i in range(steps)]
    for salt in range(1000):
        digests[-1] = sha256(struct.pack("<I", salt))
        header.trace_root = merkle_root(digests)
        if wins((header,)):
            break
    header.signature = fast_sign(secret, header.hash())
    row[0], row[2], row[3] = header.hash(), header.encode(), row[3][: -32 * steps] + b"".join(digests)
    sized = lambda data: compact_size(len(data)) + data  # noqa: E731
    values = b"".join([sized(b"blocks"), struct.pack("<Q", seq), row[0], row[1], sized(row[2]), sized(row[3]), row[4],
                       struct.pack("<IIBQ", row[5], row[6], row[7], row[8])])
    connection.execute(f"UPDATE blocks SET ({columns}, checksum) = (?,?,?,?,?,?,?,?,?,?) WHERE seq = ?",
                       (*row, tagged("FreezeNet/row", values)[:8], seq))
    connection.commit()
    connection.close()
    return header.hash()


def test_a_false_block_under_a_trusted_one_is_found_and_set_aside(folder):
    false_height = 20
    liar = world().node(folder / "liar").start()
    mine_to(liar, false_height)
    false_height = liar.rpc("getblockchaininfo")["height"]
    check_equal(liar.stop(), 0, "exit status")
    false = shown(forge_newest(liar.datadir / "chain.sqlite", bytes.fromhex((liar.datadir / "miner.key").read_text().strip())))
    liar.command.append("--reindex")
    liar.start()
    check_equal(liar.rpc("getbestblockhash"), false, "the tip of who lies")
    mine_to(liar, LAST)
    text = liar.rpc("getassumevalid", TRUSTED)["text"]
    with world().node(folder / "a", f"--assumevalid={text}", connect=liar) as node:
        node.wait_for_block(liar.rpc("getbestblockhash"))
        node.wait_for_line(f"block {false} at height {false_height} was assumed to be valid and is not: wrong-trace")
        node.wait_until(lambda: node.rpc("getblockchaininfo")["height"] == false_height - 1, "the false block stays")
        check_equal(node.rpc("getblock", false)["state"], "invalid", "state of the false block")
        check_equal(node.rpc("getblockchaininfo")["assumed_blocks"], 0, "blocks to be replayed")
        node.rpc("addnode", world().honest.address, "add")
        node.wait_for_block(world().state["tip"])
        node.stop()
        node.start()
        check_equal(node.rpc("getstatehash"), world().state, "state")
    liar.kill()


def test_a_sound_block_that_led_to_another_model_than_those_above_say_stops_the_node(folder):
    chain = Chain(10, [plain] * (LAST - 10), model_of=8)
    node = world().node(folder / "a", f"--assumevalid={trusted_text(chain)}").start()
    peer = Peer(folder / "peer", node, chain, lambda root, index: chunks(chain.model))
    peer.serve_until_closed()
    check_equal(node.wait(), 1, "exit status")
    sound = world().honest.rpc("getblock", 10)["hash"]
    check(any(f"the blocks above block {sound} at height 10 go on from another model than it led to" in line for line in node.lines), f"{node.lines[-5:]}")
    check(any("start with --assumevalid off --reindex" in line for line in node.lines), "what to do is not said")
    node.command = [word for word in node.command if not word.startswith("--assumevalid")] + ["--assumevalid=off", "--reindex"]
    node.start()
    node.rpc("addnode", world().honest.address, "add")
    node.wait_for_block(world().state["tip"])
    check_equal(node.rpc("getstatehash"), world().state, "state")
    check_equal(node.stop(), 0, "exit status of the one that was mended")


if __name__ == "__main__":
    run(globals())
