"""freezenet-lab as a user runs it, and the files that it writes."""

import json
import struct
import subprocess

from harness import check, check_equal
from node import BIN, DEADLINE

LAB = str(BIN / "freezenet-lab")


def lab(*arguments, status=0, folder=None):
    """The completed process, which ended with the status."""
    done = subprocess.run([LAB, *map(str, arguments)], capture_output=True, text=True, timeout=DEADLINE, cwd=folder)
    check_equal(done.returncode, status, f"status of {arguments}: {done.stderr}")
    return done


def refused(*arguments, words, status=1, folder=None):
    done = lab(*arguments, status=status, folder=folder)
    *_, before, last = ["", *done.stderr.splitlines()]
    if last == "Run with --help for more information.":  # refused before any command of ours ran
        last = before
    else:
        check(last.startswith("freezenet-lab: "), last)
    for word in words:
        check(str(word) in last, f"{word!r} is not in: {last}")


def read_tensors(file):
    """({name: (dtype, shape, bytes)} in the order of the data, the header's text) by the format's text."""
    data = file.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    text = data[8 : 8 + length]
    header = json.loads(text)
    header.pop("__metadata__", None)
    placed = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
    body = data[8 + length :]
    return {name: (t["dtype"], t["shape"], body[slice(*t["data_offsets"])]) for name, t in placed}, text


def write_tensors(file, tensors, metadata=None):
    """A safetensors file of {name: (dtype, shape, bytes)}; its data begins at an odd byte, as the format allows."""
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (1 - len(text) % 2)
    file.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))


def read_safetensors(file):
    """(metadata, {name: list of numbers}) of a file of F32 tensors with metadata."""
    tensors, text = read_tensors(file)
    for name, (dtype, _, _) in tensors.items():
        check_equal(dtype, "F32", f"type of {name}")
    return json.loads(text)["__metadata__"], {n: struct.unpack(f"<{len(d) // 4}f", d) for n, (_, _, d) in tensors.items()}
