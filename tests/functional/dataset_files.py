"""Datasets in the files that people have, made up: small ones whose classes a network can tell apart."""

import struct

import reference

IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
CIFAR10 = tuple(f"data_batch_{i}.bin" for i in range(1, 6)) + ("test_batch.bin",)


def sample(label, index, size):
    """A bright part that tells the label, and some noise that tells the samples apart."""
    width = size // 10
    noise = [(index * 31 + i * 17) % 64 for i in range(size)]
    return bytes(min(255, n + (180 if label * width <= i < (label + 1) * width else 0)) for i, n in enumerate(noise))


def samples(first, count, size):
    return [(i % 10, sample(i % 10, i, size)) for i in range(first, first + count)]


def write_idx(folder, train=200, evaluation=50, side=8):
    """Returns what a task's file says of the dataset."""
    folder.mkdir(parents=True, exist_ok=True)
    splits = samples(0, train, side * side), samples(train, evaluation, side * side)
    for (images, labels), split in zip((IDX[:2], IDX[2:]), splits):
        (folder / images).write_bytes(struct.pack(">IIII", 0x803, len(split), side, side) + b"".join(p for _, p in split))
        (folder / labels).write_bytes(struct.pack(">II", 0x801, len(split)) + bytes(label for label, _ in split))
    canonical = b"".join(bytes([label]) + pixels for split in splits for label, pixels in split)
    return {
        "name": "made-up", "channels": 1, "height": side, "width": side, "classes": 10, "train_count": train,
        "evaluation_count": evaluation, "root": reference.shown(reference.merkle_root(reference.chunks(canonical))),
    }


def write_cifar10(folder, records=8):
    folder.mkdir(parents=True, exist_ok=True)
    canonical = b""
    for number, name in enumerate(CIFAR10):
        file = b"".join(bytes([label]) + pixels for label, pixels in samples(number * records, records, 3072))
        (folder / name).write_bytes(file)
        canonical += file
    return {
        "name": "made-up-rgb", "channels": 3, "height": 32, "width": 32, "classes": 10, "train_count": 5 * records,
        "evaluation_count": records, "root": reference.shown(reference.merkle_root(reference.chunks(canonical))),
    }


def task(dataset, layers, name="small", **changes):
    """A task's file on the dataset."""
    table = [round(v / 256, 8) for v in range(256)]
    made = {
        "name": name, "dataset": dataset, "inputs": [table] * dataset["channels"], "layers": layers, "batch": 16, "steps": 32,
        "momentum": 0.9, "weight_decay": 0, "label_smoothing": 0, "rate_period": 1, "rates": [0.02], "watermark_ppm": 50000,
        "evaluation_slice": min(32, dataset["evaluation_count"]), "margin_ppm": 20000, "target_num": 1, "target_den": 1,
    }
    return {**made, **changes}


def dense(*sizes):
    layers = [{"kind": "flatten"}]
    for size in sizes[:-1]:
        layers += [{"kind": "linear", "out_features": size}, {"kind": "relu"}]
    return layers + [{"kind": "linear", "out_features": sizes[-1]}]
