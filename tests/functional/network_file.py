"""Sections 10 and 11 of docs/protocol.md: a network file (configs/*.json), and the bytes of which its genesis and its tasks are the hashes."""

import dataclasses
import json
import math
import struct

from reference import Stream, compact_size, f32, fan_in_scale, from_shown, tagged


def text(value):
    return compact_size(len(value)) + value.encode()


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def floats(values):
    return struct.pack(f"<{len(values)}f", *values)


LAYERS = {
    "conv2d": (0, ("out_channels", "kernel", "stride", "padding")),
    "relu": (1, ()),
    "max_pool": (2, ("kernel", "stride")),
    "flatten": (3, ()),
    "linear": (4, ("out_features",)),
    "avg_pool": (5, ("kernel", "stride")),
    "group_norm": (6, ("groups", "epsilon")),
    "residual_add": (7, ("activation",)),
}


def encode_layer(layer):
    kind, fields = LAYERS[layer["kind"]]
    return bytes([kind]) + b"".join(floats([layer[f]]) if f == "epsilon" else u32(layer[f]) for f in fields)


def encode_augmentation(task):
    """Format 1 has none, and format 2 is for tasks that have some."""
    augmentation = task.get("augmentation")
    return u32(augmentation["crop_padding"]) + bytes([augmentation["flip"]]) if augmentation else b""


def tensors_of(task):
    """(shape, genesis value where the rank is 1) for weight and bias of every layer that has some, in order."""
    data = task["dataset"]
    shape = (data["channels"], data["height"], data["width"])
    tensors = []
    for layer in task["layers"]:
        if layer["kind"] == "conv2d":
            k, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
            tensors += [((layer["out_channels"], shape[0], k, k), 0.0), ((layer["out_channels"],), 0.0)]
            shape = (layer["out_channels"], *((n + 2 * padding - k) // stride + 1 for n in shape[1:]))
        elif layer["kind"] in ("max_pool", "avg_pool"):
            shape = (shape[0], *((n - layer["kernel"]) // layer["stride"] + 1 for n in shape[1:]))
        elif layer["kind"] == "flatten":
            shape = (math.prod(shape),)
        elif layer["kind"] == "linear":
            tensors += [((layer["out_features"], shape[0]), 0.0), ((layer["out_features"],), 0.0)]
            shape = (layer["out_features"],)
        elif layer["kind"] == "group_norm":
            tensors += [((shape[0],), 1.0), ((shape[0],), 0.0)]
    return tensors


@dataclasses.dataclass
class Task:
    encoding: bytes
    id: bytes
    shapes: list  # of the tensors
    initial: list  # of each tensor of rank 1
    steps: int
    watermark_ppm: int
    target_num: int
    target_den: int

    @property
    def weights(self):
        return sum(math.prod(s) for s in self.shapes)


def read_task(task):
    data, augmentation = task["dataset"], encode_augmentation(task)
    encoding = b"".join([
        u32(2 if augmentation else 1), text(task["name"]), text(data["name"]),
        u32(data["channels"], data["height"], data["width"], data["classes"], data["train_count"], data["evaluation_count"]),
        from_shown(data["root"]),
        compact_size(len(task["inputs"])), *(floats(table) for table in task["inputs"]), augmentation,
        compact_size(len(task["layers"])), *(encode_layer(layer) for layer in task["layers"]),
        u32(task["batch"], task["steps"]), floats([task["momentum"], task["weight_decay"], task["label_smoothing"]]),
        u32(task["rate_period"]), compact_size(len(task["rates"])), floats(task["rates"]),
        u32(*(task[k] for k in ("watermark_ppm", "evaluation_slice", "margin_ppm", "target_num", "target_den"))),
    ])
    shapes, initial = zip(*tensors_of(task))
    return Task(encoding, tagged("FreezeNet/task", encoding), list(shapes), list(initial), task["steps"], task["watermark_ppm"],
                task["target_num"], task["target_den"])


def genesis_model(task):
    """The bytes of the model that block 1 starts from (section 6)."""
    values = []
    for i, shape in enumerate(task.shapes):
        n = math.prod(shape)
        if len(shape) < 2:
            values += [task.initial[i]] * n
            continue
        stream, scale = Stream(task.id, "genesis", i), fan_in_scale(shape)
        values += [f32(stream.uniform() * scale) for _ in range(n)]
    return floats(values)


class Network:
    """Attributes: the file's fields, tasks read."""

    def __init__(self, path, genesis_time=None):
        fields = json.loads(path.read_text())
        self.name, self.magic = fields["name"], int(fields["magic"], 16)
        self.genesis_time = genesis_time or fields["genesis_time"]
        self.genesis_bits, self.limit_bits = (int(fields[k], 16) for k in ("genesis_bits", "limit_bits"))
        self.retarget, self.interval, self.half_life = fields["retarget"], fields["interval"], fields["half_life"]
        self.subsidy, self.halving_interval = fields["subsidy"], fields["halving_interval"]
        self.maturity, self.adoption_window = fields["maturity"], fields["adoption_window"]
        self.tasks = [read_task(t) for t in fields["tasks"]]
        encoding = b"".join([
            u32(1), text(self.name), u32(self.magic), text(fields["address_prefix"]),
            struct.pack("<QII?", self.genesis_time, self.genesis_bits, self.limit_bits, self.retarget),
            u32(self.interval, self.half_life), struct.pack("<Q", self.subsidy),
            u32(self.halving_interval, self.maturity, self.adoption_window),
            compact_size(len(self.tasks)), *(compact_size(len(t.encoding)) + t.encoding for t in self.tasks),
        ])
        self.genesis_hash = tagged("FreezeNet/genesis", encoding)

    def task_at(self, height):
        """The number of the task and the task."""
        index = height % len(self.tasks)
        return index, self.tasks[index]

    def reward(self, height):
        halvings = (height - 1) // self.halving_interval
        return self.subsidy >> halvings if halvings < 64 else 0
