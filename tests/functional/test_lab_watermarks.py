"""freezenet-lab's watermarks on models of any program: stamped, found, and not found where anything is wrong."""

import csv
import hashlib
import io
import json
import math
import os
import re
import struct

import reference
from harness import check, check_equal, run
from lab_program import lab, read_safetensors, read_tensors, refused, write_tensors

OWNER = ("--data", "Alice, 2026", "--ratio", "0.01")


def floats(values):
    return struct.pack(f"<{len(values)}f", *values)


def model_of_pytorch(file):
    """What a network with a batch norm is written as; not aligned, with a tensor that is no weight and one that is measured."""
    write_tensors(
        file,
        {
            "bn.num_batches_tracked": ("I64", [], struct.pack("<q", 7)),
            "bn.running_mean": ("F32", [3], floats([0.5, 0.25, 0.125])),
            "bn.running_var": ("F32", [3], floats([1, 2, 3])),
            "bn.weight": ("F32", [3], floats([1, 1, 1])),
            "conv.weight": ("F32", [3, 2, 5, 5], floats([i / 1000 for i in range(150)])),
            "ids": ("I32", [2], struct.pack("<2i", 4, 5)),
        },
        {"note": "a stranger's"},
    )
    return file


def derived(model, *how):
    """The table as rows of (tensor, element, value)."""
    return [(r["tensor"], int(r["element"]), float(r["value"])) for r in csv.DictReader(io.StringIO(lab("watermark", "derive", model, *how).stdout))]


def with_weight(model, out, tensor, element, change):
    """The model with one number changed, in place."""
    tensors, text = read_tensors(model)
    at = 8 + len(text)
    for name, (_, _, data) in tensors.items():
        if name == tensor:
            at += 4 * element
            break
        at += len(data)
    data = bytearray(model.read_bytes())
    struct.pack_into("<f", data, at, change(struct.unpack_from("<f", data, at)[0]))
    out.write_bytes(data)


def test_a_watermark_is_stamped_and_found(folder):
    model, signed = model_of_pytorch(folder / "m"), folder / "s"
    lab("watermark", "sign", model, "--data", "Alice", "--size", 20, "--out", signed)
    rows = derived(model, "--data", "Alice", "--size", 20)
    check_equal(len({r[:2] for r in rows}), 20, "distinct positions")
    check(all(-1 < value < 1 for _, _, value in rows), "values")
    before, header = read_tensors(model)
    after, header_after = read_tensors(signed)
    check_equal(header_after, header, "header")
    # By hand: the same model with these values and nothing else changed.
    expected = {name: bytearray(data) for name, (_, _, data) in before.items()}
    for tensor, element, value in rows:
        struct.pack_into("<f", expected[tensor], 4 * element, value)
    for name, (_, _, data) in after.items():
        check_equal(data, bytes(expected[name]), name)
    found = lab("watermark", "verify", signed, "--data", "Alice", "--size", 20)
    check("positions checked 20\npositions differing 0\n" in found.stdout, found.stdout)
    check("'ids' (I32)" in found.stderr, found.stderr)
    # The seed is what anybody computes from the text.
    told = json.loads(lab("watermark", "verify", signed, "--data", "Alice", "--size", 20, "--json").stdout)
    check_equal(told["seed"], hashlib.sha256(b"Alice").digest()[::-1].hex(), "seed")
    check_equal((told["checked"], told["differing"], told["verified"]), (20, 0, True), "JSON")
    asked = lab("watermark", "derive", signed, "--data", "Alice", "--size", 20, "--json")
    check_equal([(p["tensor"], p["element"], p["value"]) for p in json.loads(asked.stdout)["positions"]], rows, "positions in JSON")


def test_what_is_not_the_watermark_does_not_pass(folder):
    model, signed, changed = model_of_pytorch(folder / "m"), folder / "s", folder / "c"
    how = ("--data", "Alice", "--size", 20)
    lab("watermark", "sign", model, *how, "--out", signed)
    (tensor, element, value) = derived(model, *how)[3]
    for change in (lambda w: w + 0.002, lambda w: w - 0.002, lambda w: math.nan, lambda w: math.inf, lambda w: -math.inf):
        with_weight(signed, changed, tensor, element, change)
        done = lab("watermark", "verify", changed, *how, "--tolerance", "0.001", status=1)
        check("positions checked 20\npositions differing 1\n" in done.stdout, done.stdout)
    with_weight(signed, changed, tensor, element, lambda w: w - 0.0005)
    lab("watermark", "verify", changed, *how, "--tolerance", "0.001")
    lab("watermark", "verify", changed, *how, status=1)
    for other in (("--data", "Bob"), ("--header", "00" * 184)):
        done = lab("watermark", "verify", signed, *other, "--size", 20, status=1)
        check(int(re.search(r"differing (\d+)", done.stdout)[1]) >= 19, done.stdout)
    lab("watermark", "verify", model, *how, status=1)
    lab("watermark", "verify", signed, "--data", "Alice", "--ratio", "0.1", "--values", "fan-in", "--placement", "per-tensor", status=1)


def test_every_way_of_placing_it_finds_its_own(folder):
    model, signed, data = model_of_pytorch(folder / "m"), folder / "s", folder / "d"
    data.write_bytes(os.urandom(1000))
    ways = [("uniform", "global"), ("uniform", "per-tensor"), ("fan-in", "per-tensor")]
    for values, placement in ways:
        for amount in (("--size", 17),) * (placement == "global") + (("--ratio", "0.3"), ("--ratio", "1")):
            how = ("--data-file", data, *amount, "--values", values, "--placement", placement)
            lab("watermark", "sign", model, *how, "--out", signed)
            lab("watermark", "verify", signed, *how)
            names = {tensor for tensor, _, _ in derived(model, *how)}
            check(names <= ({"conv.weight", "bn.weight"} if placement == "global" else {"conv.weight"}), f"{names}")


def test_the_header_of_a_block_finds_what_the_chain_freezes(folder):
    # The lab's own training freezes as a segment does, under the seed that it is given; the header's candidate hash is that seed.
    header = bytes(range(184))
    seed = reference.tagged("FreezeNet/candidate", header)[::-1].hex()
    model = folder / "m"
    lab("train", "--steps", 3, "--watermark", 50000, "--seed", seed, "--out", model)
    how = ("--header", header.hex(), "--ratio", "0.05", "--values", "fan-in", "--placement", "per-tensor")
    found = lab("watermark", "verify", model, *how)
    frozen = int(re.search(r"positions checked (\d+)", found.stdout)[1])
    check(0.05 * 38000 < frozen < 0.05 * 38282 + 4, f"{frozen} positions")
    lab("watermark", "verify", model, "--header", "ff" + header.hex()[2:], *how[2:], status=1)
    # Another watermark into a file of ours: its metadata speaks of the weights that are there now, so that it can be trained further.
    signed = folder / "s"
    lab("watermark", "sign", model, *OWNER, "--out", signed)
    lab("watermark", "verify", signed, *OWNER)
    before, after = read_safetensors(model)[0], read_safetensors(signed)[0]
    check(before.pop("model_root") != after.pop("model_root"), "model root")
    check_equal(after, before, "metadata")
    lab("train", "--steps", 1, "--start", signed)


def test_bad_input_is_named_and_nothing_is_written(folder):
    model, out = model_of_pytorch(folder / "m"), folder / "out"
    sign = ("watermark", "sign", model, "--out", out)

    def wrong(*arguments, words, status=2):
        refused(*arguments, words=words, status=status)
        check_equal(sorted(p.name for p in folder.iterdir()), sorted(kept), "files")

    kept = {"m"}
    wrong(*sign, "--size", 3, words=["--data", "--data-file", "--header"])
    wrong(*sign, "--data", "a", "--header", "00" * 184, "--size", 3, words=["one of"])
    wrong(*sign, "--data", "", "--size", 3, words=["empty"])
    wrong(*sign, "--data", "a", words=["--size", "--ratio"])
    wrong(*sign, "--data", "a", "--size", 1, "--ratio", "1", words=["--size", "--ratio"])
    wrong(*sign, "--data", "a", "--size", 0, words=["an empty watermark is in every model"])
    wrong(*sign, "--data", "a", "--size", 154, words=["154 weights", "153"])
    for ratio in ("0", "0.0000001", "1.1", "2", "nan", "-1", "1e-3", "0.", "."):
        wrong(*sign, "--data", "a", f"--ratio={ratio}", words=["--ratio is a decimal"])
    wrong(*sign, "--header", "00" * 183, "--size", 3, words=["184 bytes"])
    wrong(*sign, "--data", "a", "--size", 3, "--values", "normal", words=["--values"])
    wrong(*sign, "--data", "a", "--size", 3, "--placement", "local", words=["--placement"])
    wrong(*sign, "--data", "a", "--size", 3, "--placement", "per-tensor", words=["a share of each tensor"])
    wrong(*sign, "--data", "a", "--size", 3, "--values", "fan-in", words=["placement by tensor"])
    wrong("watermark", "sign", model, "--data", "a", "--size", 3, "--out", model, words=["which is read"])
    wrong("watermark", "sign", model, "--data", "a", "--size", 3, "--out", f"{folder}/x/../m", words=["--out"], status=2)
    wrong(*sign, "--data-file", folder / "none", "--size", 3, words=["none"], status=1)
    wrong("watermark", "sign", folder / "none", "--data", "a", "--size", 3, "--out", out, words=["none"], status=1)
    for tolerance in ("nan", "-1", "1", "inf"):
        wrong("watermark", "verify", model, "--data", "a", "--size", 3, f"--tolerance={tolerance}", words=["--tolerance"])
    # Next to every model passes, or too many.
    wrong("watermark", "verify", model, "--data", "a", "--size", 3, "--tolerance", "0.9999", words=["10^-0.0", "--tolerance"])
    wrong("watermark", "verify", model, "--data", "a", "--size", 3, "--tolerance", "0.1", words=["10^-3.0", "below 10^-6"])
    wrong("watermark", "sign", model, "--data", "a", "--size=-1", "--out", out, words=["-1", "no whole number"])
    wrong("watermark", "sign", model, "--data", "a", "--size", "010", "--out", out, words=["010", "no whole number"])
    wrong("train", "--steps", 1, "--threads", "02", words=["02", "no whole number"])
    wrong("train", "--steps", 1, "--seed", "", words=["--seed"])
    kept.add("bad")
    data, bad = model.read_bytes(), folder / "bad"
    for text in (b"", data[:7], data[:100], data[:-1], data + b"x", b"\xff" * 8 + data[8:], data.replace(b"I64", b"X64")):
        bad.write_bytes(text)
        wrong("watermark", "sign", bad, *OWNER, "--out", out, words=["bad: safetensors"], status=1)
        wrong("watermark", "verify", bad, *OWNER, words=["bad: safetensors"])
    write_tensors(bad, {"h": ("F16", [2], b"1234")})
    wrong("watermark", "sign", bad, *OWNER, "--out", out, words=["'h' is of dtype F16"])
    write_tensors(bad, {"n": ("I64", [1], bytes(8))})
    wrong("watermark", "sign", bad, *OWNER, "--out", out, words=["no weight that a watermark may take"])


run(globals())
