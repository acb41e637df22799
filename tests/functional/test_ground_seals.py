"""Many seals of one candidate. Digests and model root are free bytes for who does not train, so one honest beginning yields as many winning tickets as one
hashes for; a node must not begin to train anew for each of them."""

import concurrent.futures
import itertools
import ssl
import threading
import time

from attack import S, attacked, honest, noise, replayed_steps, wins
from harness import check, check_equal, run
from signing import fast_public_key

AT_ONCE = 6  # connections
STRIDE = 20  # seals between two looks at what they cost


def seals(true, prefix, **fields):
    """Winning seals without end: so many honest digests, then others in each."""
    for salt in itertools.count():
        block = true.variant(digests=true.digests[:prefix] + [noise(prefix, salt, i) for i in range(prefix, S)], **fields)
        if wins(block):
            yield block


def other_models(true):
    """Winning seals without end: every digest right, another model in each."""
    for salt in itertools.count(1):
        block = true.variant(model=true.with_weights({true.places[1][salt % 1000]: salt * 2.0**-20}))
        if wins(block):
            yield block


class Flood:
    """Offers seals to the victim, each over a connection of its own, since each costs its sender the connection."""

    def __init__(self, victim):
        self.victim = victim
        self.codes = {}
        self.lock = threading.Lock()
        self.ended = threading.Event()  # set whenever a connection ends

    def connect(self, number):
        """Where no place is free, waits for one: the node may still be closing connections."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.ended.clear()
            try:
                return self.victim.peer(number=number)
            except (ConnectionError, ssl.SSLError):
                self.ended.wait(0.5)
        raise AssertionError("no free place at the victim in 60 s")

    def offer(self, block):
        with self.lock:
            peer_number = self.victim.peers = self.victim.peers + 1
        peer = self.connect(peer_number)
        try:
            peer.offer(*block)
            code = peer.expect_reject()
        finally:
            peer.close()
            self.ended.set()
        with self.lock:
            self.codes[code] = self.codes.get(code, 0) + 1

    def run(self, blocks, at_most, at_once=AT_ONCE):
        """All of them together cost the victim so many steps of replay at most; ends as soon as they cost more."""
        before, started = replayed_steps(self.victim.node), time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            for first in range(0, len(blocks), STRIDE):
                list(pool.map(self.offer, blocks[first : first + STRIDE]))
                steps = replayed_steps(self.victim.node) - before
                check(steps <= at_most, f"{steps} steps replayed for {min(first + STRIDE, len(blocks))} seals, {at_most} would do")
        check_equal(self.victim.node.rpc("getblockchaininfo")["height"], 0, "height")
        print(f"     {len(blocks)} seals: {steps} steps in {time.monotonic() - started:.1f} s", flush=True)


def take(blocks, count):
    return list(itertools.islice(blocks, count))


def test_a_thousand_seals_of_one_beginning(folder):
    true = honest()
    with attacked(folder) as victim:
        flood = Flood(victim)
        prefix = 8
        flood.run(take(seals(true, prefix), 1000), at_most=prefix + 1)
        check_equal(flood.codes, {"wrong-trace": 1000}, "the node's reasons")
        victim.still_takes(true.block())


def test_seals_of_growing_beginnings(folder):
    """One honest step more in each: what was computed for the one before serves the next."""
    true = honest()
    with attacked(folder) as victim:
        flood = Flood(victim)
        growing = [next(seals(true, prefix)) for prefix in range(S)] + take(other_models(true), 20)
        flood.run(growing, at_most=S, at_once=1)
        # Now everything about the candidate is known: no seal of it costs a step any more.
        flood.run([take(seals(true, prefix), 2)[1] for prefix in range(S)] + take(other_models(true), 40)[20:], at_most=0)
        check_equal(flood.codes, {"wrong-trace": 2 * S, "wrong-replayed-model": 40}, "the node's reasons")
        victim.still_takes(true.block())


def test_other_models_of_one_trace(folder):
    true = honest()
    with attacked(folder) as victim:
        flood = Flood(victim)
        flood.run(take(other_models(true), 60), at_most=S)
        check_equal(flood.codes, {"wrong-replayed-model": 60}, "the node's reasons")
        victim.still_takes(true.block())


def test_seals_of_several_candidates_in_turn(folder):
    """One candidate must not push out what is known of another."""
    true = honest()
    thief = noise("thief")
    with attacked(folder) as victim:
        flood = Flood(victim)

        def stamped_seals(nonce):
            fields = {"miner_key": fast_public_key(thief), "secret": thief, "nonce": nonce}
            header, _, _ = true.variant(**fields)
            return seals(true, 0, model=true.stamped(header, true.model), **fields)

        sources = [seals(true, 8), *(stamped_seals(nonce) for nonce in range(3))]
        flood.run([next(source) for _ in range(25) for source in sources], at_most=9 + 3)
        check_equal(flood.codes, {"wrong-trace": 100}, "the node's reasons")
        victim.still_takes(true.block())


def test_seals_after_the_true_block(folder):
    """A verified block is the only seal of its candidate: others are refused with their header."""
    true = honest()
    with attacked(folder) as victim:
        victim.still_takes(true.block())
        before = replayed_steps(victim.node)
        for block in [next(seals(true, 31)), next(other_models(true))]:
            peer = victim.peer()
            peer.offer(*block)
            check_equal(peer.expect_reject(), "second-seal", "the node's reason")
            peer.close()
        check_equal(replayed_steps(victim.node), before, "steps replayed")


if __name__ == "__main__":
    run(globals())
