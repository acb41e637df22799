"""Money between real nodes: earned, sent, claimed, relayed, kept over a restart and over a kill, checked by the text of the protocol alone."""

import signal
import time

from check_chain import ChainChecker, connect, fetch_and_check
from harness import check, check_equal, run
from ledger import SCHEMES, Transaction
from network_file import Network
from node import ROOT, Node, RpcError, wait_for_agreement
from reference import from_shown, public_key, sha256, shown

NETWORK = Network(ROOT / "configs/regtest.json")
FEE = 1_000


class Purse:
    """A node's miner key: it earns, and this test spends."""

    def __init__(self, node):
        self.secret = bytes.fromhex((node.datadir / "miner.key").read_text().strip())
        self.nonce = 0

    def signed(self, nonce=None, fee=FEE, **action):
        made = Transaction(b"", self.nonce if nonce is None else nonce, fee, **action).signed(self.secret, NETWORK.genesis_hash)
        self.nonce += nonce is None
        return made

    def transfer(self, to, amount, **more):
        return self.signed(to=to, amount=amount, **more)

    def claim(self, model_root, scheme="gradsigns", commitment=sha256(b"evidence"), **more):
        return self.signed(model_root=model_root, scheme=SCHEMES.index(scheme) + 1, commitment=commitment, **more)


def send(node, transaction):
    check_equal(node.rpc("sendrawtransaction", transaction.encode().hex()), shown(transaction.id()), "id")
    return shown(transaction.id())


def refusal(call, *arguments):
    try:
        return call(*arguments)
    except RpcError as why:
        return str(why)


def mine(node, blocks):
    """So many blocks more at least; the height afterwards."""
    height = node.rpc("getblockchaininfo")["height"]
    node.rpc("setmining", True)
    # Not by the heights in the log: after invalidateblock some of them come twice.
    node.wait_until(lambda: node.rpc("getblockchaininfo")["height"] >= height + blocks, f"no {blocks} blocks more")
    node.rpc("setmining", False)
    return node.rpc("getblockchaininfo")["height"]


def pair(folder):
    miner = Node(folder / "miner").start()
    other = Node(folder / "other", f"--connect={miner.address}").start()
    other.wait_for_peers(1)
    return miner, other


def wait_for_transaction(node, transaction):
    """It comes over the wire, which no line tells of: the node is asked until it says so."""
    end = time.monotonic() + 60
    while transaction not in node.rpc("getrawmempool"):
        check(time.monotonic() < end, "the transaction was not relayed")


def test_money_is_earned_sent_and_claimed(folder):
    miner, other = pair(folder)
    receiver = public_key(sha256(b"receiver"))
    try:
        mine(miner, NETWORK.maturity + 1)
        wait_for_agreement([miner, other])
        purse = Purse(miner)
        model = from_shown(miner.rpc("getblock", 1)["model_root"])
        transactions = [purse.transfer(receiver, 250_000_000), purse.claim(model), purse.transfer(receiver, 1)]
        ids = [send(other, t) for t in transactions]  # the other one has it first
        for id_ in ids:
            wait_for_transaction(miner, id_)
        waiting = other.rpc("gettransaction", ids[0])
        check_equal((waiting["confirmations"], waiting["amount"], waiting["height"]), (0, "2.50000000", None), "while it waits")
        mine(miner, 2)
        wait_for_agreement([miner, other])
        for node in (miner, other):
            check_equal(node.rpc("getrawmempool"), [], "nothing waits any more")
            made = node.rpc("gettransaction", ids[1])
            check(made["confirmations"] >= 1 and made["position"] == 1, f"where the claim is: {made}")
            account = node.rpc("getaccount", waiting["to"])
            check_equal(account["balance"], "2.50000001", "what the receiver has")
            claims = node.rpc("getclaim", shown(model))
            check_equal(node.rpc("getclaim", 1), claims, "by the block of the model")
            check_equal([(c["scheme"], c["claimant"], c["transaction"]) for c in claims], [("gradsigns", miner.miner, ids[1])], "claims")
            check_equal([t["id"] for t in node.rpc("getblock", made["height"])["transactions"]], ids, "the block's transactions")
        checker = ChainChecker(NETWORK)
        fetch_and_check(connect(NETWORK, "127.0.0.1", other.port, folder / "checker"), checker)
        check_equal([str(c) for c in checker.complaints], [], "complaints")
        check(other.rpc("getstatehash")["state_hash"] in [shown(s) for s in checker.state_hashes()], "the state computed from the chain")
        check_equal(sum(balance for balance, _ in checker.ledger.accounts.values())
                    + sum(amount for _, amount in checker.ledger.rewards[-NETWORK.maturity:]),
                    sum(NETWORK.reward(h) for h in range(1, checker.height + 1)), "all coins together")
    finally:
        miner.kill()
        other.kill()


def test_refusals_have_names(folder):
    with Node(folder / "n") as node:
        mine(node, NETWORK.maturity + 1)
        purse = Purse(node)
        receiver = public_key(sha256(b"receiver"))
        account = node.rpc("getaccount", node.miner)
        rich = round(float(account["balance"]) * 1e8)
        good = purse.transfer(receiver, 5, nonce=0)
        for name, transaction in {
            "wrong-nonce": purse.transfer(receiver, 5, nonce=1),
            "insufficient-funds": purse.transfer(receiver, rich, nonce=0),
            "fee-too-low": purse.transfer(receiver, 5, nonce=0, fee=10),
        }.items():
            check(name in refusal(node.rpc, "sendrawtransaction", transaction.encode().hex()), f"{name} by its name")
        foreign = Transaction(b"", 0, FEE, to=receiver, amount=5).signed(purse.secret, sha256(b"another genesis"))
        check("bad-signature" in refusal(node.rpc, "sendrawtransaction", foreign.encode().hex()), "a signature for another network")
        for text in ("", "zz", good.encode().hex()[:-2], good.encode().hex() + "00", "00" * 153, "ab" * 100_000):
            check("error" in refusal(node.rpc, "sendrawtransaction", text) or "-32" in refusal(node.rpc, "sendrawtransaction", text), text[:20])
        send(node, good)
        check("duplicate" in refusal(node.rpc, "sendrawtransaction", good.encode().hex()), "twice the same")
        check_equal(node.rpc("getaccount", node.miner)["next_nonce"], 1, "next nonce")
        dearer = purse.transfer(receiver, 6, nonce=0, fee=3 * FEE)
        send(node, dearer)
        check_equal(node.rpc("getrawmempool"), [shown(dearer.id())], "the higher fee took the place")


def test_what_waits_outlives_a_kill(folder):
    """What was acknowledged is there after kill -9, and goes into a block then."""
    with Node(folder / "n") as node:
        mine(node, NETWORK.maturity + 1)
        purse = Purse(node)
        receiver = public_key(sha256(b"receiver"))
        ids = [send(node, purse.transfer(receiver, 7)) for _ in range(20)]
        node.stop(signal.SIGKILL)
        node.start()
        check_equal(set(node.rpc("getrawmempool")), set(ids), "what waits after the kill")
        mine(node, 2)
        check_equal({node.rpc("gettransaction", i)["confirmations"] >= 1 for i in ids}, {True}, "all are in blocks")
        node.stop(signal.SIGKILL)
        node.start()
        check_equal(node.rpc("getrawmempool"), [], "and wait no longer")


def test_the_operator_bounds_the_waiting_room(folder):
    """Full, it keeps those that pay more, refuses those that do not, and says so; over a restart too."""
    with Node(folder / "n", "--max-mempool=64") as node:
        mine(node, NETWORK.maturity + 1)
        purse = Purse(node)
        secrets = [sha256(name) for name in (b"cheap", b"dear", b"late")]
        for secret in secrets:
            send(node, purse.transfer(public_key(secret), 10**7))
        mine(node, 2)

        def pay(secret, nonce, fee):
            return Transaction(b"", nonce, fee, to=public_key(sha256(b"receiver")), amount=1).signed(secret, NETWORK.genesis_hash)

        cheap = [send(node, pay(secrets[0], nonce, FEE)) for nonce in range(64)]
        dear = [send(node, pay(secrets[1], nonce, 2 * FEE)) for nonce in range(64)]
        check("fee-too-low" in refusal(node.rpc, "sendrawtransaction", pay(secrets[2], 0, FEE).encode().hex()), "refused by its name")
        for moment in ("before", "after"):
            room = node.rpc("getmempoolinfo")
            check_equal(room["memory_limit_bytes"], 64 * 1024, "the limit")
            check(room["memory_bytes"] <= room["memory_limit_bytes"], f"{room['memory_bytes']} bytes {moment} the restart")
            waiting = set(node.rpc("getrawmempool", False, 1000))
            check(set(dear) <= waiting and 0 < len(waiting & set(cheap)) < 64 and waiting <= {*cheap, *dear}, f"{len(waiting)} wait {moment} the restart")
            node.stop(signal.SIGKILL)
            node.start()


def test_a_peer_that_connects_later_is_told(folder):
    with Node(folder / "first") as first:
        mine(first, NETWORK.maturity + 1)
        purse = Purse(first)
        ids = [send(first, purse.transfer(public_key(sha256(b"r")), 7)) for _ in range(3)]
        with Node(folder / "second", f"--connect={first.address}") as second:
            second.wait_for_block(first.rpc("getbestblockhash"))
            for id_ in ids:
                wait_for_transaction(second, id_)


def test_the_operator_sets_a_block_aside(folder):
    """Its transactions wait again, and come into the chain that goes on without it."""
    with Node(folder / "n") as node:
        fork = mine(node, NETWORK.maturity + 1)
        purse = Purse(node)
        id_ = send(node, purse.transfer(public_key(sha256(b"r")), 7))
        mine(node, 2)
        before = node.rpc("getstatehash")
        bad = node.rpc("getblockhash", fork + 1)
        after = node.rpc("invalidateblock", bad)
        check_equal(after["height"], fork, "height")
        check_equal(node.rpc("getrawmempool"), [id_], "what waits again")
        node.stop()
        node.start()
        check_equal(node.rpc("getstatehash"), after, "after a restart")
        check_equal(node.rpc("reconsiderblock", bad), before, "taken back")
        check_equal(node.rpc("getrawmempool"), [], "in its block again")
        node.rpc("invalidateblock", bad)
        mine(node, 2)
        check(node.rpc("gettransaction", id_)["confirmations"] >= 1, "it is in the other chain")
        check("not-found" in refusal(node.rpc, "invalidateblock", "00" * 32), "an unknown block")


if __name__ == "__main__":
    run(globals())
