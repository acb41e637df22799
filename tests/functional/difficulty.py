"""Section 7 of docs/protocol.md: times and targets, in Python's integers."""

from reference import target_of


def compact(target):
    """Bitcoin's compact form: three leading bytes and the length; a first bit that is set would be a sign."""
    length = (target.bit_length() + 7) // 8
    mantissa = target << 8 * (3 - length) if length <= 3 else target >> 8 * (length - 3)
    if mantissa & 0x800000:
        mantissa >>= 8
        length += 1
    return length << 24 | mantissa


def asert(anchor_target, time_difference, height_difference, interval, half_life, limit):
    """aserti3-2d as published: 16 fractional bits, the division truncates towards zero."""
    behind = (time_difference - interval * (height_difference + 1)) * 65536
    exponent = behind // half_life if behind >= 0 else -(-behind // half_life)
    whole, fraction = exponent >> 16, exponent & 0xFFFF
    factor = 65536 + ((195766423245049 * fraction + 971821376 * fraction**2 + 5127 * fraction**3 + (1 << 47)) >> 48)
    target = anchor_target * factor
    shift = whole - 16
    target = target << shift if shift >= 0 else target >> -shift
    return min(max(target, 1), limit)


class Times:
    """What a chain's times say to the next block. Starts at genesis; add() goes on by one block."""

    def __init__(self, network):
        self.network = network
        self.times = [network.genesis_time]
        self.virtual = network.genesis_time

    def median(self):
        """Of the last 11; of an even number the upper middle."""
        last = sorted(self.times[-11:])
        return last[len(last) // 2]

    def add(self, time):
        before = self.median()
        self.times.append(time)
        self.virtual += min(self.median() - before, 6 * self.network.interval)

    def next_bits(self):
        network = self.network
        if not network.retarget:
            return network.genesis_bits
        target = asert(target_of(network.genesis_bits), self.virtual - network.genesis_time + network.interval, len(self.times) - 1,
                       network.interval, network.half_life, target_of(network.limit_bits))
        return compact(target)


def ticket_target(task, bits):
    return min(2**256 - 1, target_of(bits) * task.target_num // task.target_den)


def work(bits):
    return 2**256 // (target_of(bits) + 1)
