"""The active chain moves back 1, 2, 3 ... blocks with transactions and claims in them to a branch of more work: each time the state is that of a node that only ever
saw the winning branch.

With --long: up to 100 blocks deep, else 40."""

import itertools
import shutil

from attack import NETWORK, Honest
from check_chain import ChainChecker, connect, fetch_and_check
from harness import check, check_equal, run
from ledger import body, read_transaction
from node import Node, wait_for_agreement
from reference import shown
from scripted_peer import ScriptedPeer
from spender import Spender
from trials import count, record

DEEPEST = count(40, 100)
COMMON = NETWORK.maturity + 1  # blocks of both branches: what they earned is spent on each in its own way
FRESH_AT = (1, 5, 20, 40, 100)  # depths after which a node learns the winning branch from nothing


class Branch:
    """A chain that one node went on with alone, and the state that it had at every height, computed here from its blocks."""

    def __init__(self, folder, name, common, blocks):
        shutil.copytree(common, folder / name)
        with Node(folder / name) as node:
            spender = Spender(name, bytes.fromhex((node.datadir / "miner.key").read_text().strip()), NETWORK.genesis_hash)
            spender.spend(node, 0)
            node.rpc("setmining", True)
            for height in range(COMMON + 1, COMMON + blocks + 1):
                node.wait_for_height(height)
                spender.spend(node, height)
            node.rpc("setmining", False)
            count = COMMON + blocks
            reports = [node.rpc("getblock", h) for h in range(1, count + 1)]
            self.adopted = [r["adopted"] for r in reports]
            self.transactions = [[read_transaction(bytes.fromhex(t["hex"]), 0)[0] for t in r["transactions"]] for r in reports]
            self.blocks = [(header, body(t, digests), model)
                           for (header, digests, model), t in zip(Honest.read(node, count), self.transactions)]
        checker = ChainChecker(NETWORK)
        self.states = []
        for block, adopted in zip(self.blocks, self.adopted):
            checker.add(*block)
            self.states.append(checker.state_hashes()[-1 if adopted else 0])
        check_equal([str(c) for c in checker.complaints], [], f"complaints about the blocks of {name}")
        self.ledger = checker.ledger

    def tip(self, height):
        return shown(self.blocks[height - 1][0].hash())


def mixed_branch(folder, name, common):
    """With models that were adopted and models that were not: nine of ten are adopted, so that the first forty nearly always hold both."""
    for attempt in range(5):
        branch = Branch(folder, f"{name}{attempt}", common, DEEPEST + 1)
        if {*branch.adopted[COMMON : COMMON + DEEPEST]} == {True, False}:
            return branch
    raise AssertionError("five branches of which no model was refused")


def common_beginning(folder):
    """A data folder of COMMON blocks."""
    with Node(folder / "common") as node:
        node.rpc("setmining", True)
        node.wait_for_height(COMMON)
        node.rpc("setmining", False)
        while node.rpc("getblockchaininfo")["height"] > COMMON:  # a ticket that was on its way
            node.rpc("invalidateblock", node.rpc("getblockhash", COMMON + 1))
        check_equal(node.stop(), 0, "exit status")
    return folder / "common"


def test_reorganisations_of_every_depth(folder):
    """Two branches take turns, each one block longer than the other: every depth occurs once, with blocks that real nodes mined."""
    common = common_beginning(folder)
    odd, even = mixed_branch(folder, "odd", common), mixed_branch(folder, "even", common)
    for branch in (odd, even):
        made = sum(len(t) for t in branch.transactions)
        check(made > DEEPEST and len(branch.ledger.claims) > DEEPEST // 4, f"{made} transactions, {len(branch.ledger.claims)} claims")
    with Node(folder / "node") as node:
        peer = ScriptedPeer(folder / "peer", node.port, NETWORK.magic, NETWORK.name, NETWORK.genesis_hash)
        for height, branch in zip(range(COMMON + 1, COMMON + DEEPEST + 2), itertools.cycle([odd, even])):
            peer.show_chain(branch.blocks[:height])
            peer.serve_until_tip(branch.blocks[height - 1][0].hash())
            depth = height - COMMON - 1
            if depth:
                node.wait_for_line(f"reorganisation: {depth} blocks left the chain and {depth + 1} joined it; they part after height {COMMON}")
            state = node.rpc("getstatehash")
            check_equal((state["height"], state["tip"]), (height, branch.tip(height)), "tip")
            check_equal(state["state_hash"], shown(branch.states[height - 1]), f"state after a reorganisation {depth} deep")
            if depth in FRESH_AT:
                check_fresh(folder / f"fresh{depth}", node, state)
        peer.close()
        check_equal(node.rpc("getblockchaininfo")["stale_blocks"], DEEPEST, "stale blocks")
        record(f"reorganisation 1 to {DEEPEST} deep, with transactions and claims", DEEPEST, DEEPEST, {"state of the winning branch": DEEPEST})
        # And after a restart, from what is on disk.
        check_equal(node.stop(), 0, "exit status")
        node.start()
        check_equal(node.rpc("getstatehash"), state, "state after a restart")


def check_fresh(datadir, source, state):
    with Node(datadir, f"--connect={source.address}") as fresh:
        fresh.wait_for_block(state["tip"])
        check_equal(fresh.rpc("getstatehash"), state, "state of a fresh sync")


def mine_apart(node, blocks):
    """Until there are so many blocks, and among them models that were adopted and models that were not."""
    node.rpc("setmining", True)
    for height in range(blocks, blocks + 100):
        node.wait_for_height(height)
        if {b["fate"] for b in node.blocks() if int(b["height"]) > 2} == {"adopted", "kept"}:
            break
    node.rpc("setmining", False)


def test_real_nodes_that_mined_apart(folder):
    """A common beginning, then two real nodes mine apart; connected, the lighter one goes back over models that were adopted and models that were not."""
    first, second, third = (Node(folder / name) for name in ("first", "second", "third"))
    try:
        first.start()
        first.rpc("setmining", True)
        first.wait_for_height(2)
        first.rpc("setmining", False)
        second.command.append(f"--connect={first.address}")
        second.start()
        second.wait_for_block(first.rpc("getbestblockhash"))
        second.stop()  # a restart without the link is the way apart
        second.command.pop()
        second.start()
        common = first.rpc("getblockchaininfo")["height"]
        mine_apart(first, common + 12)
        mine_apart(second, common + 20)
        heights = {n: n.rpc("getblockchaininfo")["height"] for n in (first, second)}
        if heights[first] == heights[second]:
            second.rpc("setmining", True)
            second.wait_for_height(heights[second] + 1)
            second.rpc("setmining", False)
        lighter, heavier = sorted((first, second), key=lambda n: n.rpc("getblockchaininfo")["height"])
        old = [lighter.rpc("getblock", h)["adopted"] for h in range(common + 1, lighter.rpc("getblockchaininfo")["height"] + 1)]
        lighter.rpc("addnode", heavier.address, "add")
        best = wait_for_agreement([first, second])
        new = [heavier.rpc("getblock", h)["adopted"] for h in range(common + 1, heavier.rpc("getblockchaininfo")["height"] + 1)]
        check({*old} == {*new} == {True, False}, f"models adopted and not on both branches: {old}, {new}")
        moved = lighter.wait_for_line(r"reorganisation: (\d+) blocks left the chain and (\d+) joined it; they part after height (\d+)")
        check_equal(int(moved[1]), len(old), "blocks that left the chain")
        check_equal(int(moved[3]), common, "where the branches part")
        tips = lighter.rpc("getchaintips")
        check_equal((tips[0]["hash"], tips[0]["status"]), (best, "active"), "the active branch")
        # A ticket that was in flight when mining ended may have left a branch of its own.
        check((common + len(old), len(old), "valid-fork") in [(t["height"], t["branch_length"], t["status"]) for t in tips[1:]], f"the branch that was left: {tips}")
        state = lighter.rpc("getstatehash")
        check_equal(state, heavier.rpc("getstatehash"), "state")
        third.command.append(f"--connect={lighter.address}")  # the one that moved is the one that is asked
        third.start()
        third.wait_for_block(best)
        check_equal(third.rpc("getstatehash"), state, "state of a fresh sync")
        # Without any of the nodes' code: the chain that came out is one chain.
        checker = ChainChecker(NETWORK)
        fetch_and_check(connect(NETWORK, "127.0.0.1", lighter.port, folder / "checker"), checker)
        check_equal([str(c) for c in checker.complaints], [], "complaints")
        check(state["state_hash"] in [shown(s) for s in checker.state_hashes()], "the state computed from the chain")
    finally:
        for node in (first, second, third):
            if node.process:
                node.kill()


if __name__ == "__main__":
    run(globals())
