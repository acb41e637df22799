"""Models of final blocks are removed, and computed again where a fork needs them."""

from harness import check, check_equal, run
from node import Node, RpcError, wait_for_agreement

KEPT = 32


def mine_to(node, height):
    node.rpc("setmining", True)
    node.wait_for_height(height)
    node.rpc("setmining", False)
    return node.rpc("getblockchaininfo")["height"]


def keeps(node, height, kind="canonical"):
    try:
        return bool(node.rpc("getmodel", height, kind))
    except RpcError as why:
        check("does not keep the model" in str(why), f"why there is no model of block {height}: {why}")
        return False


def files(node):
    return {f.name for f in (node.datadir / "models").iterdir()}


def test_a_fork_below_the_kept_models_is_followed(folder):
    a, b = (Node(folder / name, f"--keep-models={KEPT}") for name in "ab")
    try:
        a.start()
        fork = mine_to(a, 4)
        b.command.append(f"--connect={a.address}")
        b.start()
        b.wait_for_height(fork)
        b.stop()
        b.command.pop()
        b.start()
        height = mine_to(a, 2 * KEPT + fork)
        for kind in ("canonical", "sealed"):
            check(keeps(a, height, kind) and keeps(a, height - KEPT + 1, kind), f"the newest {kind} models are there")
            check(not keeps(a, fork, kind), f"the {kind} model at the fork is gone")
        check(len(files(a)) <= 2 * KEPT + 1, f"{len(files(a))} files for {height} blocks")
        mine_to(b, height + KEPT)
        a.rpc("addnode", b.address, "add")
        wait_for_agreement([a, b])
        check_equal(a.rpc("getstatehash"), b.rpc("getstatehash"), "state")
        check(any(f"part after height {fork}" in line for line in a.lines), "the log tells how deep the fork was")
        # What the other branch held is let go as it becomes final, and a restart finds just what it left.
        mine_to(b, height + 3 * KEPT)
        wait_for_agreement([a, b])
        before = files(a)
        check(len(before) <= 4 * KEPT, f"{len(before)} files")
        a.stop()
        (a.datadir / "models" / ("0" * 64 + ".f32")).write_bytes(b"left by a crash")
        a.start()
        check(files(a) <= before, "files that appeared")
        tip = a.rpc("getblockchaininfo")["height"]
        check(keeps(a, tip) and not keeps(a, tip - 2 * KEPT), "the newest are kept, the old ones are not")
    finally:
        a.kill()
        b.kill()


if __name__ == "__main__":
    run(globals())
