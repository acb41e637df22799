"""Work that was not done: each forgery costs the node the honest steps that it begins with, and one more. And bodies that are none."""

import copy
import struct

from attack import S, attacked, honest, noise, replayed_steps, with_luck
from harness import check_equal, run
from reference import body, compact_size, sha256, sign, verify
from scripted_peer import BODY, GET_BODY
from signing import fast_public_key

THIEF = sha256(b"thief")


def fakes(true):
    """(reason, steps that it may cost, the fake of a true block); a salt makes another ticket. Each gets a candidate of its own, because what a node learnt of
    a candidate makes the next seal of it cheaper (test_ground_seals.py)."""
    def from_step(step):
        return "wrong-trace", step, lambda of, salt: true.variant(of=of, digests=of[1][: step - 1] + [noise(salt, i) for i in range(step, S + 1)])

    def one(step, change):
        return "wrong-trace", step, lambda of, salt: true.variant(of=of, digests=of[1][: step - 1] + [change(of[1][step - 1], salt)] + of[1][step:])

    def exchanged(of, salt):
        digests, other = list(of[1]), 5 + salt % (S - 5)
        digests[4], digests[other] = digests[other], digests[4]
        return true.variant(of=of, digests=digests)

    def other_model(of, salt):
        free = true.free(next(h for h, block in enumerate(true.blocks, 1) if block is of))
        return true.variant(of=of, model=true.with_weights({free: salt * 2.0**-10}, of[2]))

    yield from map(from_step, (1, 2, 17, S - 1, S))
    yield one(9, lambda digest, salt: noise(salt))  # one digest alone
    yield one(S, lambda digest, salt: digest[:31] + bytes([digest[31] ^ salt & 255]))  # some bits of the last
    yield "wrong-trace", 5, exchanged
    yield "wrong-trace", 1, lambda of, salt: true.variant(of=of, digests=[noise(salt), *of[1][:-1]])  # all of them one step late
    yield "wrong-replayed-model", S, other_model  # every digest right


def test_faked_traces(folder):
    true = honest(blocks=10)
    with attacked(folder) as victim:
        for height, (code, steps, fake) in enumerate(fakes(true), 1):
            of = true.blocks[height - 1]
            victim.refuses(with_luck(lambda salt, fake=fake, of=of: fake(of, salt)), code, steps)
            victim.still_takes(true.block(height))


def test_a_finished_model_under_the_thiefs_watermark(folder):
    true = honest()
    with attacked(folder) as victim:
        def stolen(nonce, digests):
            header, _, _ = true.variant(miner_key=fast_public_key(THIEF), nonce=nonce)
            return true.variant(model=true.stamped(header, true.model), digests=digests, secret=THIEF, miner_key=header.miner_key, nonce=nonce)

        victim.refuses(with_luck(lambda nonce: stolen(nonce, None)), "wrong-trace", steps=1)
        victim.refuses(with_luck(lambda salt: stolen(5000 + salt, [noise(salt, i) for i in range(S)])), "wrong-trace", steps=1)
        # The miner's own key, but another nonce: the same theft from oneself, segment upon segment.
        def reused(nonce):
            header, _, _ = true.variant(nonce=nonce)
            return true.variant(model=true.stamped(header, true.model), nonce=nonce)

        victim.refuses(with_luck(lambda salt: reused(true.header.nonce + salt)), "wrong-trace", steps=1)
        victim.still_takes(true.block())


def test_faked_trace_without_its_model(folder):
    """Who does not send the model gains nothing: the replay begins without it."""
    true = honest()
    with attacked(folder) as victim:
        header, body_, _ = with_luck(lambda salt: true.variant(digests=true.digests[:4] + [noise(salt, i) for i in range(5, S + 1)]))
        victim.refuses((header, body_, None), "wrong-trace", steps=5)
        victim.still_takes(true.block())


def test_bodies_that_are_not_the_headers(folder):
    """The mutated twin: the header is true, what comes with it is not. The sender goes, and the true block is still taken from another."""
    true = honest()
    header, good, model = true.block()
    assert good[:3] == bytes([0, 0, S])
    digests = b"".join(true.digests)
    twins = {
        "another digest": ("wrong-trace-root", body(true.digests[:-1] + [noise("x")])),
        "digests exchanged": ("wrong-trace-root", body([true.digests[1], true.digests[0], *true.digests[2:]])),
        "a digest too few": ("wrong-digest-count", body(true.digests[:-1])),
        "a digest too many": ("wrong-digest-count", body(true.digests + [noise("x")])),
        "no digest": ("wrong-digest-count", body([])),
        "a digest cut off": ("truncated", good[:-1]),
        "nothing": ("truncated", b""),
        "bytes behind it": ("trailing-bytes", good + b"\0"),
        "another body behind it": ("trailing-bytes", good + good),
        "a long size of the transactions": ("non-canonical-size", b"\xfd\0\0" + good[1:]),
        "a long size of the digests": ("non-canonical-size", b"\0\0" + b"\xfd\x20\0" + digests),
        "a very long size": ("non-canonical-size", b"\0\0" + b"\xff" + struct.pack("<Q", S) + digests),
        "a transaction that is none": ("bad-encoding", b"\1" + bytes(49 + 40 + 64) + good[1:]),
        "a share": ("shares-not-active", b"\0\1" + good[2:]),
        "more digests than a body can hold": ("too-large", b"\0\0" + compact_size(2**20 // 32 + 1) + digests),
        "more digests than there are bytes": ("truncated", b"\0\0" + compact_size(2**20 // 32) + digests),
        "a count of 2^64 - 1": ("too-large", b"\0\0" + b"\xff" * 9 + digests),
    }
    with attacked(folder) as victim:
        # The header's own twin comes first: the same hash, since the signature is outside of it.
        unsigned = copy.copy(header)
        unsigned.signature = bytes([header.signature[0] ^ 1]) + header.signature[1:]
        victim.refuses((unsigned, good, model), "bad-signature")
        for what, (code, twin) in twins.items():
            peer = victim.peer()
            peer.offer(header, twin, model)
            check_equal(peer.expect_reject(), code, f"the node's reason for {what}")
            peer.close()
        # Over the limit of the message, and a length in the message that is over it: nothing of either is stored.
        for what, twin, size in (("a body over its limit", bytes(2**20 + 1), 2**20 + 1), ("a length over its limit", good, 2**20 + 1)):
            peer = victim.peer()
            peer.offer(header, good, model)
            peer.expect(GET_BODY)
            peer.send(BODY, header.hash() + compact_size(size) + twin)
            check_equal(peer.expect_reject(), "too-large", f"the node's reason for {what}")
            peer.close()
        # A body root that no body of this version has.
        victim.refuses(with_luck(lambda nonce: true.variant(body_root=noise("body"), nonce=nonce)), "wrong-body-root")
        check_equal(replayed_steps(victim.node), 0, "steps replayed")
        victim.still_takes(true.block())


def test_another_good_signature_is_the_same_block(folder):
    true = honest()
    header, good, model = true.block()
    again = copy.copy(header)
    again.signature = sign(true.secret, header.hash(), sha256(b"other randomness"))
    assert again.signature != header.signature and verify(header.miner_key, header.hash(), again.signature)
    with attacked(folder) as victim:
        victim.still_takes((again, good, model))
        late = victim.peer()
        late.offer(header, good, model)
        late.ping()
        check_equal(victim.node.rpc("getblockchaininfo")["height"], 1, "height")
        late.close()


if __name__ == "__main__":
    run(globals())
