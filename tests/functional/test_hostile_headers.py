"""Headers that are false in one thing, peers of other networks, and headers that are nobody's fault."""

import copy
import struct
import time

from attack import NETWORK, TASK, attacked, honest, noise, replayed_steps, wins, with_luck
from harness import check, check_equal, run
from reference import chunks, merkle_root, public_key, sha256, shown, sign, verify
from scripted_peer import ANNOUNCE, GET_HEADERS, Rejected, ScriptedPeer
from signing import fast_public_key, fast_sign

THIEF = sha256(b"thief")


def test_reference_agrees_with_the_node(_):
    """Before anything false is told: what is computed here is what the honest node computed."""
    true = honest()
    header = true.header
    check(wins((header,)), "the ticket wins")
    check_equal(header.prev_block, NETWORK.genesis_hash, "genesis")
    check_equal(header.task_id, TASK.id, "task")
    check(verify(header.miner_key, header.hash(), header.signature), "the signature holds")
    check_equal(sign(true.secret, header.hash()), header.signature, "the signature made here")
    check_equal(header.trace_root, merkle_root(true.digests), "trace root")
    check_equal(header.model_root, merkle_root(chunks(true.model)), "model root")
    for index, value in true.frozen():
        check_equal(struct.unpack_from("<f", true.model, 4 * index)[0], value, f"frozen weight {index}")


def test_false_headers(folder):
    true = honest()
    with attacked(folder) as victim:
        def refused(code, **fields):
            victim.refuses(with_luck(lambda nonce: true.variant(nonce=nonce, **fields)), code)

        refused("bad-version", version=2)
        refused("wrong-bits", bits=0x207FFFFE)
        refused("wrong-task", task_id=noise("task"))
        refused("wrong-start-root", start_root=noise("start"))
        refused("time-too-old", time=NETWORK.genesis_time)
        victim.refuses(next(b for b in (true.variant(nonce=n) for n in range(1000)) if not wins(b)), "high-hash")
        for name, signature in {
            "one bit": bytes([true.header.signature[0] ^ 1]) + true.header.signature[1:],
            "none": bytes(64),
            "of another hash": fast_sign(true.secret, sha256(b"another")),
            "s beyond the order": true.header.signature[:32] + b"\xff" * 32,
        }.items():
            broken = copy.copy(true.header)
            broken.signature = signature
            check(not verify(broken.miner_key, broken.hash(), signature), f"signature: {name}")
            victim.refuses((broken, *true.block()[1:]), "bad-signature")
        check_equal(replayed_steps(victim.node), 0, "steps replayed for headers")
        victim.still_takes(true.block())


def test_a_block_copied_under_another_key(folder):
    true = honest()
    with attacked(folder) as victim:
        # The key alone: a new hash, signed by nobody who may.
        def unsigned(nonce):
            header = copy.copy(true.header)
            header.miner_key, header.nonce = public_key(THIEF), nonce
            return header, *true.block()[1:]

        victim.refuses(with_luck(unsigned), "bad-signature")
        victim.refuses(next(b for b in map(unsigned, range(1000)) if not wins(b)), "high-hash")
        # Signed by the thief: a new candidate, hence a new watermark and other batches.
        copied = with_luck(lambda nonce: true.variant(miner_key=fast_public_key(THIEF), secret=THIEF, nonce=nonce))
        victim.refuses(copied, "wrong-watermark")

        def stamped(nonce):
            header, _, _ = true.variant(miner_key=fast_public_key(THIEF), nonce=nonce)
            return true.variant(model=true.stamped(header, true.model), secret=THIEF, miner_key=header.miner_key, nonce=nonce)

        victim.refuses(with_luck(stamped), "wrong-trace", steps=1)
        victim.still_takes(true.block())


def test_an_own_start_behind_an_unverified_parent(folder):
    """The start can be judged only when the parent is verified; until then the header is stored, and the block costs no replay of its own."""
    true = honest(blocks=2)
    with attacked(folder) as victim:
        second = true.blocks[1]
        own = with_luck(lambda nonce: true.variant(of=second, start_root=noise("own start"), nonce=nonce))
        peer = victim.peer()
        before = replayed_steps(victim.node)
        peer.show_chain([true.block(1), own])
        check_equal(peer.expect_reject(), "wrong-start-root", "the node's reason")
        victim.node.wait_for_height(1)
        victim.bystander.wait_for_height(1)
        check_equal(replayed_steps(victim.node) - before, TASK.steps, "steps replayed, all of them for the parent")
        honest_peer = victim.peer()
        honest_peer.show_chain([true.block(1), true.block(2)])
        honest_peer.deliver(victim.node, 2)
        victim.bystander.wait_for_block(shown(second[0].hash()))


def test_early_and_unknown_are_nobodys_fault(folder):
    true = honest(blocks=2)
    with attacked(folder) as victim:
        peer = victim.peer()
        early = with_luck(lambda nonce: true.variant(time=int(time.time()) + 100_000, nonce=nonce))
        peer.offer(*early)
        peer.ping()
        orphan = with_luck(lambda nonce: true.variant(prev_block=noise("parent"), nonce=nonce))
        peer.blocks.clear()
        peer.send(ANNOUNCE, orphan[0].encode())
        peer.expect(GET_HEADERS)  # it asks where the branch begins
        peer.answer(GET_HEADERS, b"\0")
        peer.ping()
        # A true block whose parent is to come: held back by the sender, not false.
        peer.send(ANNOUNCE, true.block(2)[0].encode())
        peer.expect(GET_HEADERS)
        peer.answer(GET_HEADERS, b"\0")
        peer.ping()
        # An early header with another fault is refused for the fault.
        victim.refuses(with_luck(lambda nonce: true.variant(time=int(time.time()) + 100_000, version=2, nonce=nonce)), "bad-version")
        victim.refuses(with_luck(lambda nonce: true.variant(time=int(time.time()) + 100_000, start_root=noise("x"), nonce=nonce)),
                       "wrong-start-root")
        check_equal(victim.node.rpc("getblockchaininfo")["headers"], 0, "headers taken")
        victim.still_takes(true.block(), peer=peer)  # over the very connection


def test_peers_of_other_networks(folder):
    true = honest()
    with attacked(folder) as victim:
        def told(**how):
            peer = victim.peer(greet=False, **how)
            code = peer.expect_reject()
            peer.close()
            return code

        check_equal(told(network="localnet"), "wrong-network", "another name")
        check_equal(told(genesis=noise("genesis")), "wrong-genesis", "another genesis")
        check_equal(told(version=1), "wrong-protocol-version", "another wire version")
        check_equal(told(engine=2), "wrong-engine", "another profile")
        # Foreign magic: the first nine bytes are enough.
        stranger = victim.peer(greet=False, magic=0x6E6C5A46)
        stranger.magic = NETWORK.magic
        check_equal(stranger.expect_reject(), "wrong-network", "another magic")
        # And after a good beginning.
        turned = victim.peer()
        turned.magic = 0x6E6C5A46
        turned.send(ANNOUNCE, true.header.encode())
        turned.magic = NETWORK.magic
        check_equal(turned.expect_reject(), "wrong-network", "another magic after the handshake")
        # Who broke the protocol is kept out for a while; who is only of another network may come again.
        try:
            ScriptedPeer(victim.folder / f"peer{victim.peers}", victim.node.port, NETWORK.magic, NETWORK.name, NETWORK.genesis_hash)
        except Rejected as why:
            check_equal(why.args[0], "too-many-peers", "what the node tells who broke the protocol")
        else:
            raise AssertionError("the peer that broke the protocol was let in again")
        again = ScriptedPeer(victim.folder / "peer1", victim.node.port, NETWORK.magic, NETWORK.name, NETWORK.genesis_hash)
        victim.still_takes(true.block(), peer=again)


if __name__ == "__main__":
    run(globals())
