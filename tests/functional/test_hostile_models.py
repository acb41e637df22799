"""Signed models that are false in one thing: each is refused under its own name before one step is replayed. And models from which no training could start."""

import math
import struct

from attack import TASK, attacked, honest, noise, replayed_steps, with_luck
from harness import check_equal, run
from network_file import genesis_model
from reference import chunks, compact_size, merkle_root
from scripted_peer import ScriptedPeer

LARGEST = struct.pack("<f", 65536.0)
JUST_BEYOND = struct.pack("<I", struct.unpack("<I", LARGEST)[0] + 1)


def moved(value, ulps):
    return struct.pack("<I", struct.unpack("<I", struct.pack("<f", value))[0] + ulps)


def test_weights_out_of_bounds(folder):
    true = honest()
    marked, free = true.places
    frozen = true.frozen()
    with attacked(folder) as victim:
        def refused(code, make, steps=0):
            victim.refuses(with_luck(lambda salt: true.variant(model=true.with_weights(make(salt)))), code, steps)

        # The last bit of one frozen weight, of one in another tensor, and one that is somebody else's.
        refused("wrong-watermark", lambda salt: {frozen[salt][0]: moved(frozen[salt][1], 1)})
        refused("wrong-watermark", lambda salt: {frozen[-salt][0]: moved(frozen[-salt][1], 1)})
        refused("wrong-watermark", lambda salt: {marked: 1e-3 * salt})
        refused("wrong-watermark", lambda salt: {frozen[salt][0]: LARGEST})
        for bits in (0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF):  # quiet, negative, signalling, all ones
            refused("non-finite-weight", lambda salt, bits=bits: {free[salt]: struct.pack("<I", bits)})
        refused("non-finite-weight", lambda salt: {frozen[salt][0]: struct.pack("<I", 0x7FC00000)})
        refused("non-finite-weight", lambda salt: {free[salt]: float("inf")})
        refused("non-finite-weight", lambda salt: {free[-salt]: float("-inf")})
        refused("negative-zero", lambda salt: {free[salt]: -0.0})
        refused("weight-too-large", lambda salt: {free[salt]: JUST_BEYOND})
        refused("weight-too-large", lambda salt: {free[salt]: b"\0\0\x80\xff"[:2] + b"\x7f\xff"})  # the largest, negative
        check_equal(replayed_steps(victim.node), 0, "steps replayed")
        # 2^16 itself and the smallest number of all are weights like others: only the replay knows that these are not the trained ones.
        refused("wrong-replayed-model", lambda salt: {free[salt]: LARGEST}, TASK.steps)
        victim.still_takes(true.block())


def test_chunks_that_do_not_prove_themselves(folder):
    """The sender's fault alone: the block of that hash is still wanted from others."""
    true = honest()
    header, body_, model = true.block()

    def flipped(data, at):
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    def encoded(data, proof):
        return compact_size(len(data)) + data + compact_size(len(proof) // 32) + proof

    def change(how):
        """A peer's chunk() with one of data and proof changed."""
        def chunk(peer, parts, index):
            true_chunk = ScriptedPeer.chunk(peer, parts, index)
            size = len(parts[index])
            head = len(compact_size(size))
            return how(parts[index], true_chunk[head + size + 1 :], index, parts)

        return chunk

    changes = {
        "first byte": ("bad-chunk", lambda d, p, i, parts: encoded(flipped(d, 0), p)),
        "last byte": ("bad-chunk", lambda d, p, i, parts: encoded(flipped(d, len(d) - 1), p)),
        "proof": ("bad-chunk", lambda d, p, i, parts: encoded(d, flipped(p, 0))),
        "last byte of the proof": ("bad-chunk", lambda d, p, i, parts: encoded(d, flipped(p, len(p) - 1))),
        "a shorter proof": ("bad-chunk", lambda d, p, i, parts: encoded(d, p[:-32])),
        "a longer proof": ("bad-chunk", lambda d, p, i, parts: encoded(d, p + bytes(32))),
        "a shorter chunk": ("bad-chunk", lambda d, p, i, parts: encoded(d[:-1], p)),
        "another chunk": ("bad-chunk", lambda d, p, i, parts: ScriptedPeer.chunk(None, parts, (i + 1) % len(parts))),
        "a chunk too long": ("too-large", lambda d, p, i, parts: encoded(d.ljust(65_536, b"\0") + b"\0", b"")),
        "a proof too long": ("too-large", lambda d, p, i, parts: encoded(d, bytes(32 * 49))),
    }
    with attacked(folder) as victim:
        for what, (code, how) in changes.items():
            peer = victim.peer()
            peer.chunk = lambda parts, index, how=how, peer=peer: change(how)(peer, parts, index)
            peer.offer(header, body_, model)
            check_equal(peer.expect_reject(), code, f"the node's reason for {what}")
            peer.close()
        check_equal(replayed_steps(victim.node), 0, "steps replayed")
        victim.still_takes(true.block())


def last_layer():
    """Places of its weights in the flat model."""
    return range(TASK.weights - TASK.shapes[-1][0] - math.prod(TASK.shapes[-2]), TASK.weights - TASK.shapes[-1][0])


def biases():
    places, offset = [], 0
    for shape in TASK.shapes:
        n = math.prod(shape)
        if len(shape) == 1:
            places += range(offset, offset + n)
        offset += n
    return places


def saturated(model, factor):
    weights = struct.unpack(f"<{TASK.weights}f", model)
    changed = bytearray(model)
    for i in last_layer():
        struct.pack_into("<f", changed, 4 * i, weights[i] * factor)
    return bytes(changed)


def with_biases(model, value):
    changed = bytearray(model)
    for i in biases():
        struct.pack_into("<f", changed, 4 * i, value)
    return bytes(changed)


def test_models_that_make_training_cheap(folder):
    """A saturated or dead network has gradients of zero, so that nothing would have to be computed. As a start it is refused with the header; as the result of
    training by its weights, or, where these are within bounds and stamped, by the first digest that nobody trained for."""
    true = honest()
    start = genesis_model(TASK)
    zeros = bytes(len(start))
    with attacked(folder) as victim:
        starts = {
            "saturated": saturated(start, 1e6),
            "half saturated": saturated(start, 1e4),
            "dead, all zero": zeros,
            "dead by its biases": with_biases(start, -6e4),
            "own": with_biases(start, 0.01),
            "the signed model itself": true.model,
        }
        for what, model in starts.items():
            root = merkle_root(chunks(model))
            victim.refuses(with_luck(lambda nonce, root=root: true.variant(start_root=root, nonce=nonce)), "wrong-start-root")

        def refused(code, make):
            victim.refuses(with_luck(lambda salt: true.variant(model=make(salt))), code)

        small = true.places[1]
        refused("weight-too-large", lambda salt: saturated(true.with_weights({small[salt]: 0.25}), 1e6))
        refused("weight-too-large", lambda salt: true.stamped(true.header, saturated(true.with_weights({small[salt]: 0.25}), 1e6)))
        refused("wrong-watermark", lambda salt: saturated(true.with_weights({small[salt]: 0.25}), 1e4))
        refused("wrong-watermark", lambda salt: true.with_weights({small[salt]: 0.25}, zeros))
        refused("weight-too-large", lambda salt: with_biases(true.with_weights({small[0]: 0.001 * salt}), -1e5))
        check_equal(replayed_steps(victim.node), 0, "steps replayed")

        # Stamped and within bounds: one step shows that the trace is not the one of the canonical start.
        for number, model in enumerate([saturated(true.model, 1e4), zeros, with_biases(true.model, -6e4)]):
            def stamped(salt, number=number, model=model):
                nonce = 1000 * number + salt
                header, _, _ = true.variant(nonce=nonce)
                return true.variant(nonce=nonce, model=true.stamped(header, model), digests=[noise(nonce)] * TASK.steps)

            victim.refuses(with_luck(stamped), "wrong-trace", 1)
        victim.still_takes(true.block())


if __name__ == "__main__":
    run(globals())
