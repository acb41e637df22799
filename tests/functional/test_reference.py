"""The Python that judges the nodes is judged itself, by published vectors and by a second library."""

import csv
import hashlib
import pathlib

import difficulty
from harness import check, check_equal, run
from reference import augment, compact_size, draw_views, public_key, sha256, sign, target_of, verify
from scripted_peer import read_compact_size
from signing import fast_public_key, fast_sign

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "vectors"


def test_signatures_follow_bip340(_):
    with (VECTORS / "bip340.csv").open() as file:
        rows = list(csv.DictReader(file))
    check(len(rows) >= 15, "all vectors are there")
    for row in rows:
        key, message, signature = (bytes.fromhex(row[k]) for k in ("public key", "message", "signature"))
        check_equal(verify(key, message, signature), row["verification result"] == "TRUE", f"vector {row['index']}")
        if row["secret key"]:
            secret = bytes.fromhex(row["secret key"])
            check_equal(public_key(secret), key, f"key of vector {row['index']}")
            check_equal(sign(secret, message, bytes.fromhex(row["aux_rand"])), signature, f"signature of vector {row['index']}")


def test_fast_signatures_are_the_same(_):
    for i in range(20):
        secret, message = (hashlib.sha256(f"{what} {i}".encode()).digest() for what in ("secret", "message"))
        check_equal(fast_public_key(secret), public_key(secret), "public key")
        check_equal(fast_sign(secret, message), sign(secret, message), "signature")


def test_targets_follow_aserti3(_):
    """The Bitcoin Cash vectors: iteration, height, time, target."""
    lines = 0
    for path in sorted((VECTORS / "asert").iterdir()):
        fields = {}
        for line in path.read_text().splitlines():
            if line.startswith("##"):
                name, _, value = line.removeprefix("##").strip().partition(":")
                fields[name.strip()] = value.strip()
                continue
            if line.startswith("#") or not line.strip():
                continue
            _, height, time, bits = line.split()
            difference = int(time) - int(fields["anchor ancestor time"])
            target = difficulty.asert(target_of(int(fields["anchor nBits"], 16)), difference, int(height) - int(fields["anchor height"]),
                                      600, 172_800, target_of(0x1D00FFFF))
            check_equal(f"{difficulty.compact(target):08x}", f"{int(bits, 16):08x}", f"{path.name}, height {height}")
            lines += 1
    check(lines > 100, f"{lines} lines of vectors")


def test_augmentation_follows_the_shared_vectors(_):
    """The node's own tests read the same file."""
    with (VECTORS / "augmentation.csv").open() as file:
        rows = list(csv.DictReader(file))
    check(len(rows) >= 6, "all vectors are there")
    for row in rows:
        step, batch, crop_padding, flip, *shape = (
            int(row[k]) for k in ("step", "batch", "crop_padding", "flip", "channels", "height", "width"))
        size = shape[0] * shape[1] * shape[2]
        samples = [bytes((17 * i + 101 * n + 1) % 256 for i in range(size)) for n in range(batch)]
        views = draw_views(sha256(row["seed"].encode()), step, batch, crop_padding, flip)
        found = b"".join(augment(sample, shape, crop_padding, view) for sample, view in zip(samples, views))
        check_equal(sha256(found).hex(), row["sha256"], f"a batch by {row}")


def test_sizes_have_one_form(_):
    for n in (0, 0xFC, 0xFD, 0xFFFF, 0x10000, 0xFFFFFFFF, 0x100000000):
        check_equal(read_compact_size(compact_size(n)), (n, len(compact_size(n))), "a size read back")
    for data in (b"\xfd\xfc\x00", b"\xfe\xff\xff\x00\x00", b"\xfd\x00"):
        try:
            read_compact_size(data)
        except (ValueError, IndexError):
            continue
        raise AssertionError(f"{data.hex()} was read")


if __name__ == "__main__":
    run(globals())
