"""A network whose task learns from files that each user fetches: a node finds them, proves them, and mines; without them it says so."""

import json

import dataset_files
from harness import check, check_equal, run
from node import ROOT, Node


def make_network(folder, tasks):
    """configs/files.json below the folder, as regtest with other tasks."""
    network = json.loads((ROOT / "configs/regtest.json").read_text())
    network.update(name="files", magic="0x6e6c5a99", tasks=tasks)
    (folder / "configs").mkdir()
    (folder / "configs/files.json").write_text(json.dumps(network))


def refusal(folder, *arguments):
    node = Node(folder / "d", *arguments, network="files", folder=folder).start(wait=False)
    check(node.wait() != 0, "a node without its dataset does not start")
    check(node.lines[-1].startswith("freezenetd: "), f"lines: {node.lines}")
    return node.lines[-1]


def test_a_node_mines_on_files_of_both_formats(folder):
    idx = dataset_files.write_idx(folder / "d/datasets/made-up")
    cifar10 = dataset_files.write_cifar10(folder / "d/datasets/made-up-rgb")
    layers = dataset_files.dense(10)
    make_network(folder, [dataset_files.task(idx, layers), dataset_files.task(cifar10, layers, name="rgb", evaluation_slice=8)])
    with Node(folder / "d", network="files", mine=True, folder=folder) as miner:
        line = miner.wait_for_line(r"tasks loaded in [\d.]+ s: (.*)")
        check_equal(line[1], "small: dataset made-up, 200 + 50 samples; rgb: dataset made-up-rgb, 40 + 8 samples", "log")
        miner.wait_for_height(4)
        # Another node reads the same files from another place, and finds the same bits.
        (folder / "d/datasets").rename(folder / "elsewhere")
        follower = Node(folder / "f", f"--connect={miner.address}", f"--datasets={folder / 'elsewhere'}", network="files", folder=folder)
        with follower:
            follower.wait_for_height(4)


def test_a_node_without_its_dataset_says_what_to_put_where(folder):
    made = dataset_files.write_idx(folder / "made-up")
    make_network(folder, [dataset_files.task(made, dataset_files.dense(10))])
    line = refusal(folder)
    for word in ("task 'small' needs the dataset 'made-up'", folder / "d/datasets/made-up", "put train-images-idx3-ubyte"):
        check(str(word) in line, f"{word!r} is not in: {line}")
    (folder / "made-up/t10k-labels-idx1-ubyte").rename(folder / "made-up/t10k-labels-idx1-ubyte.gz")
    line = refusal(folder, f"--datasets={folder}")
    check("run gunzip on" in line, line)
    (folder / "made-up/t10k-labels-idx1-ubyte.gz").rename(folder / "made-up/t10k-labels-idx1-ubyte")
    images = folder / "made-up/train-images-idx3-ubyte"
    images.write_bytes(images.read_bytes()[:-1] + b"\xff")
    line = refusal(folder, f"--datasets={folder}")
    for word in (folder / "made-up", "another content", f"expected {made['root']}"):
        check(str(word) in line, f"{word!r} is not in: {line}")


run(globals())
