"""The protocol's hashes, streams, watermark and signatures in Python alone, written from docs/protocol.md: what a stranger would write who never saw
our code. Slow and plain on purpose."""

import hashlib
import math
import struct

CHUNK = 65536


def sha256(data):
    return hashlib.sha256(data).digest()


def tagged(tag, data):
    prefix = sha256(tag.encode())
    return sha256(prefix + prefix + data)


def shown(hash_):
    """As people see a hash: an integer, most significant digit first."""
    return hash_[::-1].hex()


def from_shown(text):
    return bytes.fromhex(text)[::-1]


def compact_size(n):
    if n < 0xFD:
        return bytes([n])
    if n <= 0xFFFF:
        return b"\xfd" + struct.pack("<H", n)
    if n <= 0xFFFFFFFF:
        return b"\xfe" + struct.pack("<I", n)
    return b"\xff" + struct.pack("<Q", n)


# Merkle trees (section 2)


def levels(leaves):
    """All levels, leaves first; the last node of an odd level is promoted."""
    rows = [list(leaves)]
    while len(rows[-1]) > 1:
        row = rows[-1]
        up = [tagged("FreezeNet/inner", row[i] + row[i + 1]) for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            up.append(row[-1])
        rows.append(up)
    return rows


def merkle_root(parts):
    if not parts:
        return tagged("FreezeNet/empty", b"")
    top = levels(tagged("FreezeNet/leaf", p) for p in parts)[-1][0]
    return tagged("FreezeNet/root", struct.pack("<Q", sum(map(len, parts))) + top)


def chunks(data):
    return [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)]


def chunk_proof(parts, index):
    """Sibling hashes from the leaf up, without levels where the node is promoted."""
    proof = []
    for row in levels(tagged("FreezeNet/leaf", p) for p in parts)[:-1]:
        if index ^ 1 < len(row):
            proof.append(row[index ^ 1])
        index //= 2
    return proof


# Streams: Hash_DRBG of SP 800-90A with SHA-256 (sections 10.1.1 and 10.3.1 of the standard)

SEED_LENGTH = 55


def hash_df(data, length):
    out = b""
    counter = 1
    while len(out) < length:
        out += sha256(bytes([counter]) + struct.pack(">I", 8 * length) + data)
        counter += 1
    return out[:length]


class Stream:
    def __init__(self, seed, label, index):
        self.v = hash_df(seed + label.encode() + struct.pack("<I", index), SEED_LENGTH)
        self.c = hash_df(b"\x00" + self.v, SEED_LENGTH)
        self.counter = 1
        self.buffer = b""

    def generate(self, length):
        data = int.from_bytes(self.v, "big")
        out = b""
        while len(out) < length:
            out += sha256(data.to_bytes(SEED_LENGTH, "big"))
            data = (data + 1) % (1 << (8 * SEED_LENGTH))
        h = sha256(b"\x03" + self.v)
        total = sum(int.from_bytes(x, "big") for x in (self.v, h, self.c)) + self.counter
        self.v = (total % (1 << (8 * SEED_LENGTH))).to_bytes(SEED_LENGTH, "big")
        self.counter += 1
        return out[:length]

    def u32(self):
        if not self.buffer:
            self.buffer = self.generate(4096)
        value, self.buffer = struct.unpack("<I", self.buffer[:4])[0], self.buffer[4:]
        return value

    def bounded(self, bound):
        if bound == 1:
            return 0
        bits = (bound - 1).bit_length()
        while True:
            value = self.u32() >> (32 - bits)
            if value < bound:
                return value

    def choose(self, n, k):
        moved = {}
        result = []
        for i in range(k):
            j = i + self.bounded(n - i)
            a, b = moved.get(i, i), moved.get(j, j)
            moved[i], moved[j] = b, a
            result.append(b)
        return result

    def uniform(self):
        u = self.u32() >> 8
        return (2 * u + 1 - (1 << 24)) / (1 << 24)


def f32(value):
    """The nearest binary32 number."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


# The watermark (section 4). `shapes`: the task's tensors in order.


def fan_in_scale(shape):
    # Doubles hold both intermediate results exactly enough that rounding them to binary32 is the correct rounding.
    return f32(math.sqrt(f32(6.0 / (math.prod(shape) // shape[0]))))


def watermark(candidate_hash, shapes, ppm):
    """[(index into the flat model, value)] for every frozen weight."""
    frozen = []
    offset = 0
    for tensor, shape in enumerate(shapes):
        n = math.prod(shape)
        if len(shape) >= 2:
            k = (n * ppm + 999_999) // 1_000_000
            values = Stream(candidate_hash, "value", tensor)
            scale = fan_in_scale(shape)
            for position in Stream(candidate_hash, "index", tensor).choose(n, k):
                frozen.append((offset + position, f32(values.uniform() * scale)))
        offset += n
    return frozen


# Augmentation (section 5)


def draw_views(candidate_hash, step, batch, crop_padding, flip):
    """[(dy, dx, mirrored)] for the samples of one batch."""
    stream = Stream(candidate_hash, "augment", step)
    views = []
    for _ in range(batch):
        dy = stream.bounded(2 * crop_padding + 1) if crop_padding else 0
        dx = stream.bounded(2 * crop_padding + 1) if crop_padding else 0
        views.append((dy, dx, bool(flip) and stream.u32() >= 1 << 31))
    return views


def augment(pixels, shape, crop_padding, view):
    """The bytes of one sample as the view shows them."""
    channels, height, width = shape
    dy, dx, mirrored = view

    def byte(c, y, x):
        y, x = y + dy - crop_padding, (width - 1 - x if mirrored else x) + dx - crop_padding
        return pixels[(c * height + y) * width + x] if 0 <= y < height and 0 <= x < width else 0

    return bytes(byte(c, y, x) for c in range(channels) for y in range(height) for x in range(width))


# BIP340 over secp256k1

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if a[1] != b[1]:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(point, scalar):
    result = None
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def be32(n):
    return n.to_bytes(32, "big")


def public_key(secret):
    return be32(multiply(G, int.from_bytes(secret, "big"))[0])


def sign(secret, message, aux=bytes(32)):
    d = int.from_bytes(secret, "big")
    point = multiply(G, d)
    if point[1] % 2:
        d = N - d
    t = bytes(a ^ b for a, b in zip(be32(d), tagged("BIP0340/aux", aux)))
    k = int.from_bytes(tagged("BIP0340/nonce", t + be32(point[0]) + message), "big") % N
    r = multiply(G, k)
    if r[1] % 2:
        k = N - k
    e = int.from_bytes(tagged("BIP0340/challenge", be32(r[0]) + be32(point[0]) + message), "big") % N
    return be32(r[0]) + be32((k + e * d) % N)


def verify(key, message, signature):
    x, r, s = (int.from_bytes(v, "big") for v in (key, signature[:32], signature[32:]))
    if x >= P or r >= P or s >= N:
        return False
    square = (x**3 + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        return False
    point = (x, y if y % 2 == 0 else P - y)
    e = int.from_bytes(tagged("BIP0340/challenge", signature[:32] + key + message), "big") % N
    result = add(multiply(G, s), multiply(point, N - e))
    return result is not None and result[1] % 2 == 0 and result[0] == r


# Blocks (section 3)


class Header:
    """Candidate fields by name, then the seal."""

    FIELDS = ("version", "prev_block", "body_root", "task_id", "start_root", "miner_key", "time", "bits", "nonce")
    FORMAT = "<I32s32s32s32s32sQIQ"

    def __init__(self, data):
        for name, value in zip(self.FIELDS, struct.unpack(self.FORMAT, data[:184])):
            setattr(self, name, value)
        self.trace_root, self.model_root, self.signature = data[184:216], data[216:248], data[248:312]

    def candidate(self):
        return struct.pack(self.FORMAT, *(getattr(self, name) for name in self.FIELDS))

    def candidate_hash(self):
        return tagged("FreezeNet/candidate", self.candidate())

    def hash(self):
        return tagged("FreezeNet/block", self.candidate() + self.trace_root + self.model_root)

    def encode(self):
        return self.candidate() + self.trace_root + self.model_root + self.signature

    def ticket(self):
        return int.from_bytes(self.hash(), "little")


def target_of(bits):
    mantissa, length = bits & 0x007FFFFF, bits >> 24
    return mantissa << (8 * (length - 3)) if length > 3 else mantissa >> (8 * (3 - length))


def body(digests):
    """Without transactions: ledger.py knows the others."""
    return compact_size(0) + compact_size(0) + compact_size(len(digests)) + b"".join(digests)
