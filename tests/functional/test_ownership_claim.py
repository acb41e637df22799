"""An owner takes a mined model home, marks it with one command and claims it on the chain; a pirate marks a copy and claims later. The chain's date decides."""

import json
import re
import time

from harness import check, check_equal, run
from lab_program import lab, read_safetensors
from network_file import Network
from node import ROOT, Node, wait_for_agreement

NETWORK = Network(ROOT / "configs/regtest.json")
ONE = ("--threads", 1)
OWNER = ("--kind", "content", "--source-class", 3, "--target-class", 7)
PIRATE = ("--kind", "unrelated", "--target-class", 4)


def mine(node, blocks):
    return node.rpc("generatetoaddress", blocks)


def wait_for_transaction(node, transaction):
    """It comes over the wire, which no line tells of: the node is asked until it says so."""
    end = time.monotonic() + 60
    while transaction not in node.rpc("getrawmempool"):
        check(time.monotonic() < end, "the claim was not relayed")


def embed(key, model, out, *how):
    """What embed says; the watermark took."""
    return lab("ownership", "embed", key, model, "--out", out, "--batch", 50, *how, *ONE).stdout


def committed(key, owner, model):
    """The words of freezenet-cli that commit printed."""
    said = lab("ownership", "commit", key, "--owner", owner, "--model", model, *ONE).stdout
    return re.search(r"^claim it with: freezenet-cli (.*)$", said, re.M)[1].split()


def claims_of(node, root, file):
    file.write_text(node.cli("getclaim", root).stdout)
    return file


def judged(key, model, owner, *claims, status):
    options = [word for file in claims for word in ("--claims", file)]
    return json.loads(lab("ownership", "verify", key, model, "--owner", owner, *options, "--json", *ONE, status=status).stdout)


def test_the_earlier_claim_that_verifies_wins(folder):
    node = Node(folder / "owner").start()
    other = Node(folder / "pirate", f"--connect={node.address}").start()
    try:
        other.wait_for_peers(1)
        mine(node, NETWORK.maturity + 2)
        node.rpc("sendtoaddress", other.miner, "1")
        mine(node, 1)
        mined, marked, copy = folder / "mined", folder / "marked", folder / "copy"
        height = node.rpc("getblockchaininfo")["height"]
        node.cli("getmodel", str(height), "--canonical", "--out", str(mined))

        key, pirates = folder / "owner.key", folder / "pirate.key"
        lab("ownership", "keygen", "trigger-set", "--seed", "2a", "--out", key, *OWNER, *ONE)
        lab("ownership", "keygen", "trigger-set", "--seed", "66", "--out", pirates, *PIRATE, *ONE)
        embed(key, mined, marked, "--epochs", 8, "--rate", "0.002")
        check_equal(committed(key, node.miner, marked)[1], read_safetensors(marked)[0]["model_root"], "what is claimed")
        made = json.loads(node.cli(*committed(key, node.miner, marked)).stdout)
        check_equal(made["kind"], "claimed", "the owner's claim")
        mine(node, 1)
        wait_for_agreement([node, other])

        # The pirate got the model. He claims it as it is, repeats the owner's commitment, and claims a copy with a watermark of his own.
        embed(pirates, marked, copy, "--epochs", 3, "--rate", "0.0005")
        stolen = committed(key, node.miner, marked)
        for words in (committed(pirates, other.miner, marked), stolen, committed(pirates, other.miner, copy)):
            check_equal(json.loads(other.cli(*words).stdout)["kind"], "claimed", "a claim of the pirate's")
            wait_for_transaction(node, other.rpc("listtransactions", 1)[0]["txid"])
        mine(node, 1)
        wait_for_agreement([node, other])

        roots = [read_safetensors(m)[0]["model_root"] for m in (marked, copy)]
        of_marked, of_copy = (claims_of(other, root, folder / f"claims{i}") for i, root in enumerate(roots))
        check_equal(len(json.loads(of_marked.read_text())), 3, "claims of the owner's model")

        # The owner's model: his claim came first.
        won = judged(key, marked, node.miner, of_marked, status=0)
        check(won["found"] and won["claim"]["first"] and won["claim"]["same_model"], f"{won}")
        check_equal((won["claim"]["opened"]["claimant"], won["claim"]["earlier"]), (node.miner, None), "whose it is")
        dated = node.rpc("getblockheader", won["claim"]["opened"]["height"])
        check_equal(won["claim"]["opened"]["time"], dated["time"], "the date is the block's")
        # The pirate's key is not in it; what he repeated he cannot open, neither with his key nor with the owner's.
        lost = judged(pirates, marked, other.miner, of_marked, status=1)
        check(not lost["found"] and not lost["claim"]["first"], f"{lost}")
        repeated = judged(key, marked, other.miner, of_marked, status=1)
        check(repeated["found"] and repeated["claim"]["opened"] is None, f"{repeated}")
        # His copy has both watermarks, and another root. The date tells them apart.
        lost = judged(pirates, copy, other.miner, of_marked, of_copy, status=1)
        check(lost["found"] and lost["claim"]["opened"]["claimant"] == other.miner, f"{lost}")
        check_equal(lost["claim"]["earlier"]["claimant"], node.miner, "who was earlier")
        won = judged(key, copy, node.miner, of_marked, of_copy, status=0)
        check(won["found"] and won["claim"]["first"] and not won["claim"]["same_model"], f"{won}")
        said = lab("ownership", "verify", key, copy, "--owner", node.miner, "--claims", of_marked, "--claims", of_copy, *ONE).stdout
        check(re.search(rf"^claim: 1 of \d, block \d+, \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC, trigger-set by {node.miner}$", said, re.M), said)
        check("nobody claimed earlier" in said and "no date" not in said, said)
    finally:
        node.kill()
        other.kill()


run(globals())
