"""Worker processes and the RPC methods that they use: several workers, a node that dies, workers that lie, nodes that lie."""

import dataclasses
import http.server
import json
import re
import struct
import subprocess
import threading
import time

import ledger
from harness import check, check_equal, run
from ledger import Transaction
from network_file import Network
from node import BIN, ROOT, Node, RpcError
from reference import Header, body, merkle_root
from signing import fast_public_key, fast_sign
from worker import Worker

NETWORK = Network(ROOT / "configs/regtest.json")
COIN = 10**8
FEE = 1_000


def refused(call, *arguments):
    """The error of a call that must fail, as text."""
    try:
        answer = call(*arguments)
    except RpcError as error:
        return str(error)
    raise AssertionError(f"not refused: {answer}")


class Work:
    """A template of the node, to be filled with lies."""

    def __init__(self, node, *miner):
        self.template = node.rpc("getblocktemplate", *miner)
        self.candidate = bytes.fromhex(self.template["header"])
        self.steps = node.rpc("gettasks")[0]["steps"]

    def forged(self, first_salt=0, secret=None, transactions=None, **fields):
        """A header whose ticket wins, found by trying other digests; nothing was trained. Header, body."""
        header = Header(self.candidate + bytes(128))
        if transactions is not None:
            header.body_root = ledger.body_root(transactions)
        for name, value in fields.items():
            setattr(header, name, value)
        header.model_root = b"m" * 32
        for salt in range(first_salt, first_salt + 10_000):
            digests = [struct.pack("<QQQQ", salt, i, 0, 1) for i in range(self.steps)]
            header.trace_root = merkle_root(digests)
            if header.ticket() <= int(self.template["target"], 16):
                break
        encoded = header.encode()[:248]
        if secret:
            encoded += fast_sign(secret, header.hash())
        return encoded.hex(), ledger.body(transactions or [], digests).hex(), header


def payment(node, nonce=0, amount=COIN):
    """Of the node's miner key, which has something once its first reward is of age."""
    secret = bytes.fromhex((node.datadir / "miner.key").read_text().strip())
    receiver = fast_public_key(b"\x09" * 32)
    return Transaction(b"", nonce, FEE, to=receiver, amount=amount).signed(secret, NETWORK.genesis_hash)


def test_three_workers_and_a_node_that_dies(folder):
    node = Node(folder / "node").start()
    workers = [Worker(node.datadir).start() for _ in range(3)]
    try:
        for worker in workers:
            worker.wait_for_accepted(1)
        height = node.rpc("getblockchaininfo")["height"]
        check(height >= 3, f"height {height}")
        check_equal({node.rpc("getblock", h)["miner"] for h in range(1, height + 1)}, {node.miner}, "the node's key is rewarded")
        check_equal(node.rpc("getmininginfo")["blocks_found"], 0, "blocks that the node itself found")
        check(node.rpc("getmininginfo")["workers"]["accepted"] >= 3, "the node counts them")

        node.kill()
        for worker in workers:
            worker.wait_for_line("the node is away")
        before = [worker.accepted() for worker in workers]
        node.start()  # on other ports, with another cookie
        for worker, count in zip(workers, before):
            worker.wait_for_line("the node is back")
            worker.wait_for_accepted(count + 1)
            check_equal(worker.said("the node is away"), 1, "said once, not for each try")
        check(node.rpc("getblockchaininfo")["height"] > height, "the chain goes on")
        for worker in workers:
            check_equal(worker.stop(), 0, "exit status")
            check(worker.said("status: height") >= 1, "a line of status every so often")
        check_equal(node.stop(), 0, "exit status of the node")
    finally:
        for process in [*workers, node]:
            process.kill()


def test_a_worker_with_a_key_of_its_own(folder):
    with Node(folder / "node").start() as node:
        key = folder / "own.key"
        key.write_text("07" * 32 + "\n")
        key.chmod(0o600)
        worker = Worker(node.datadir, f"--miner-key={key}", "--blocks=2").start()
        check_equal(worker.wait(), 0, "exit status after --blocks")
        check_equal(worker.accepted(), 2, "accepted")
        blocks = [node.rpc("getblockheader", h) for h in range(1, node.rpc("getblockchaininfo")["height"] + 1)]
        check(len(blocks) >= 2 and all(b["miner"] != node.miner for b in blocks), "the worker's key is rewarded")
        own = fast_public_key(bytes.fromhex("07" * 32))
        check_equal({bytes.fromhex(b["header_hex"])[132:164] for b in blocks}, {own}, "miner key in the headers")
        check_equal(node.stop(), 0, "exit status of the node")


def test_a_worker_that_is_a_user_of_the_node(folder):
    password = folder / "password"
    made = subprocess.run([str(BIN / "freezenet-cli"), "rpcauth", "worker", str(password)], capture_output=True, text=True, check=True).stdout
    (folder / "node").mkdir(mode=0o700)
    (folder / "node" / "freezenetd.json").write_text('{"rpc-auth": ' + re.search(r'"rpc-auth": (\[.*\])', made)[1] + "}")
    with Node(folder / "node").start() as node:
        remote = [f"--rpc-connect=127.0.0.1:{node.rpc_port}", "--rpc-user=worker", f"--rpc-password-file={password}"]
        with Worker(folder / "elsewhere", *remote, "--once").start() as worker:
            check_equal(worker.wait(), 0, "exit status")
        check(node.rpc("getmininginfo")["workers"]["accepted"] >= 1, "its block")
        password.write_text("0" * 64)
        with Worker(folder / "elsewhere", *remote).start() as worker:
            worker.wait_for_line("the node is away .*password")
            check_equal(worker.stop(), 0, "exit status with a wrong password")
        check_equal(node.stop(), 0, "exit status of the node")


def test_every_lie_has_its_name_and_harms_nobody(folder):
    with Node(folder / "node").start() as node:
        node.rpc("generatetoaddress", 2)
        tip = node.rpc("getbestblockhash")
        submit = lambda header, content: refused(node.rpc, "submitblock", header, content)  # noqa: E731
        work = Work(node)
        header, content, parsed = work.forged()
        check("'wrong-trace'" in submit(header, content), "digests that nobody trained")
        check("'wrong-trace'" in submit(header, content), "the same once more")
        check_equal(refused(node.rpc, "getblockheader", parsed.hash()[::-1].hex()).count("not-found"), 1, "no trace of it in the tree")
        check("wrong-trace-root" in submit(header, work.forged(first_salt=20_000)[1]), "another block's digests")
        check("wrong-digest-count" in submit(header, body([]).hex()), "no digests")
        check("trailing-bytes" in submit(header, content + "00"), "bytes behind the body")
        check("bad-encoding" in submit(header[2:], content), "a header that is too short")
        check("bad-encoding" in submit("zz" + header[2:], content), "no hexadecimal")
        for field, value in (("time", parsed.time + 1), ("bits", parsed.bits - 1), ("body_root", b"b" * 32), ("start_root", b"s" * 32),
                             ("miner_key", fast_public_key(b"\x05" * 32))):
            check("not-issued" in submit(*work.forged(**{field: value})[:2]), f"another {field} than the node's")
        check("unknown-parent" in submit(*work.forged(prev_block=b"p" * 32)[:2]), "another network")
        losing = next(h for h in map(lambda n: Header(parsed.encode()[:176] + struct.pack("<Q", n) + parsed.encode()[184:]), range(99))
                      if h.ticket() > int(work.template["target"], 16))
        check("high-hash" in submit(losing.encode()[:248].hex(), content), "a ticket that loses")

        # With a key of one's own the rules of the chain are what refuses.
        secret = b"\x05" * 32
        own = Work(node, fast_public_key(secret).hex())
        check_equal(own.template["signed_by"], "miner", "who signs")
        signed, content, parsed = own.forged(secret=secret)
        check("'wrong-trace'" in submit(signed, content), "signed lies")
        check("bad-signature" in submit(signed[:-2] + ("00" if signed[-2:] != "00" else "01"), content), "a broken signature")
        check("wrong-bits" in submit(*own.forged(secret=secret, bits=parsed.bits - 1)[:2]), "another difficulty")
        check("not-issued" in submit(signed[:496], content), "a key that is not the node's")

        check_equal(node.rpc("getbestblockhash"), tip, "the tip")
        check(node.rpc("getmininginfo")["workers"]["refused"] >= 10, "refusals are counted")
        stale = work.forged()
        with Worker(node.datadir, "--once").start() as honest:
            check_equal(honest.wait(), 0, "an honest worker beside the liar")
        check("stale-work" in submit(*stale[:2]), "the tip moved")
        block = node.rpc("getblock", node.rpc("getbestblockhash"))
        sealed = block["header_hex"]
        check("duplicate" in submit(sealed, body([bytes.fromhex(d)[::-1] for d in block["digests"]]).hex()), "a block that is known")
        check_equal(node.rpc("getpeerinfo"), [], "nobody was blamed")
        check_equal(node.stop(), 0, "exit status")


def waiting_call(node, longpollid, answers):
    def ask():
        try:
            answers.append(node.rpc("getblocktemplate", None, longpollid)["previous"])
        except RpcError as error:
            answers.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_long_polls_end_with_the_tip_and_with_the_node(folder):
    with Node(folder / "node").start() as node:
        seen = node.rpc("getblocktemplate")["longpollid"]
        check_equal(node.rpc("getblocktemplate", None, "another")["longpollid"], seen, "an id of another run is news")
        answers = []
        threads = [waiting_call(node, seen, answers) for _ in range(16)]
        while node.rpc("getmininginfo")["workers"]["waiting"] < 16:
            pass
        check("busy" in refused(node.rpc, "getblocktemplate", None, seen), "one more than may wait")
        began = time.monotonic()
        tip = node.rpc("generatetoaddress", 1)[-1]
        for thread in threads:
            thread.join()
        check(time.monotonic() - began < 25, "answered by the tip, not by patience")
        check_equal(set(answers), {tip}, "what the new templates stand on")

        answers.clear()
        thread = waiting_call(node, node.rpc("getblocktemplate")["longpollid"], answers)
        while node.rpc("getmininginfo")["workers"]["waiting"] < 1:
            pass
        began = time.monotonic()
        check_equal(node.stop(), 0, "exit status")
        thread.join()
        check(time.monotonic() - began < 25, "a node that stops does not wait for its callers")


def test_generate_to_address(folder):
    with Node(folder / "node").start() as node:
        hashes = node.rpc("generatetoaddress", 3, node.miner)
        check_equal([node.rpc("getblockhash", h) for h in (1, 2, 3)], hashes, "blocks, oldest first")
        check("not-found" in refused(node.rpc, "generatetoaddress", 1, "11" * 32), "a key that the node lacks")
        check("bad-encoding" in refused(node.rpc, "generatetoaddress", 1, "fz1nonsense"), "no address")
        check("too-large" in refused(node.rpc, "generatetoaddress", 1001), "too many")
        check("too-large" in refused(node.rpc, "generatetoaddress", 0), "none")
        slow = threading.Thread(target=lambda: refused_or_done(node, 1000))
        slow.start()
        node.wait_for_height(4)
        check("busy" in refused(node.rpc, "generatetoaddress", 1), "one request at a time")
        worst = 0.0
        for _ in range(20):
            began = time.monotonic()
            node.rpc("getblockchaininfo")
            worst = max(worst, time.monotonic() - began)
        check(worst < 2, f"RPC answers meanwhile: {worst:.3f} s at worst")
        check_equal(node.stop(), 0, "exit status")
        slow.join()


def test_transactions_come_into_the_blocks_of_workers(folder):
    with Node(folder / "node").start() as node:
        node.rpc("generatetoaddress", NETWORK.maturity + 1)
        before = node.rpc("getblocktemplate")
        check_equal((before["transactions"], before["reward"]), (0, "50.00000000"), "an empty template")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(node.rpc("getblocktemplate", None, before["longpollid"])))
        thread.start()
        while node.rpc("getmininginfo")["workers"]["waiting"] < 1:
            pass
        began = time.monotonic()
        paid = [payment(node, nonce) for nonce in range(2)]
        ids = [node.rpc("sendrawtransaction", p.encode().hex()) for p in paid]
        thread.join()
        waited = time.monotonic() - began
        check(waited < 25, f"ended by the transaction, not by patience: {waited:.1f} s")
        after, = answers
        check_equal((after["transactions"], after["reward"]), (2, "50.00002000"), "the new template")
        check(after["body_root"] != before["body_root"] and after["longpollid"] != before["longpollid"], "is another one")
        check_equal(after["previous"], before["previous"], "on the same tip")
        check_equal(after["body"], ledger.body(paid, []).hex(), "with what waits, in its order")
        # Whoever asks again at each transaction is not answered at each.
        began = time.monotonic()
        node.rpc("getblocktemplate", None, before["longpollid"])
        check(time.monotonic() - began > 4.5, "a body is no reason to answer at once")

        with Worker(node.datadir, "--once").start() as worker:
            check_equal(worker.wait(), 0, "exit status of the worker")
        first = node.rpc("gettransaction", ids[0])
        check_equal(first["height"], NETWORK.maturity + 2, "height of the block that has it")
        block = node.rpc("getblock", first["height"])
        check_equal([t["id"] for t in block["transactions"]], ids, "both, in order")
        check_equal(node.rpc("getrawmempool"), [], "nothing waits any more")
        check_equal(node.rpc("getmininginfo")["blocks_found"], 0, "the node itself found none")

        # A worker with a key of its own takes the fees; generatetoaddress makes blocks of the same kind.
        third = node.rpc("sendrawtransaction", payment(node, 2).encode().hex())
        key = folder / "own.key"
        key.write_text("07" * 32 + "\n")
        key.chmod(0o600)
        with Worker(node.datadir, f"--miner-key={key}", "--once").start() as worker:
            check_equal(worker.wait(), 0, "exit status of the worker with a key")
        made = node.rpc("gettransaction", third)
        check_equal(made["confirmations"] >= 1, True, "confirmed")
        header = node.rpc("getblockheader", made["height"])["header_hex"]
        check_equal(bytes.fromhex(header)[132:164], fast_public_key(b"\x07" * 32), "who is rewarded")
        fourth = node.rpc("sendrawtransaction", payment(node, 3).encode().hex())
        block, = node.rpc("generatetoaddress", 1)
        check_equal(node.rpc("gettransaction", fourth)["block"], block, "the block that was generated")
        check_equal(node.stop(), 0, "exit status")


def test_money_that_is_not_there_is_refused_before_any_replay(folder):
    with Node(folder / "node").start() as node:
        node.rpc("generatetoaddress", NETWORK.maturity + 1)
        replayed = node.rpc("getmininginfo")["replay"]["steps"]
        secret = b"\x05" * 32
        own = Work(node, fast_public_key(secret).hex())
        good = payment(node)
        for lies, why in (
            ([payment(node, amount=10_000 * COIN)], "more than there is"),
            ([payment(node, nonce=1)], "a nonce too early"),
            ([good, good], "the same twice"),
            ([dataclasses.replace(good, signature=payment(node, nonce=1).signature)], "another one's signature"),
        ):
            header, content, _ = own.forged(secret=secret, transactions=lies)
            check("'invalid-transaction'" in refused(node.rpc, "submitblock", header, content), why)
        header, content, _ = own.forged(secret=secret, transactions=[good])
        check("wrong-body-root" in refused(node.rpc, "submitblock", header, own.forged(secret=secret)[1]), "a body without its payment")
        check_equal(node.rpc("getmininginfo")["replay"]["steps"], replayed, "steps that were replayed for them")
        check("'wrong-trace'" in refused(node.rpc, "submitblock", header, content), "true money and false work")
        check_equal(node.rpc("getrawmempool"), [], "nothing of it waits here")
        check_equal(node.stop(), 0, "exit status")


def test_rewards_to_a_key_of_the_wallet(folder):
    with Node(folder / "node").start() as node:
        rent = node.rpc("getnewaddress", "rent")
        work = Work(node, rent)
        check_equal((work.template["signed_by"], work.template["miner"]), ("node", rent), "a key of the open wallet")
        block, = node.rpc("generatetoaddress", 1, rent)
        check_equal(node.rpc("getblockheader", block)["miner"], rent, "who is rewarded")
        work = Work(node, rent)
        node.rpc("encryptwallet", "a passphrase")
        locked = (("getblocktemplate", rent), ("generatetoaddress", 1, rent), ("submitblock", *work.forged()[:2]))
        for call in locked:
            error = refused(node.rpc, *call)
            check("'wallet-locked'" in error and "walletpassphrase" in error, f"{call[0]} while it is locked: {error}")
        check_equal(node.rpc("getblocktemplate")["signed_by"], "node", "the miner's key is at hand all the same")
        node.rpc("walletpassphrase", "a passphrase", 600)
        check("'wrong-trace'" in refused(node.rpc, "submitblock", *work.forged()[:2]), "signed and replayed")
        block, = node.rpc("generatetoaddress", 1, rent)
        check_equal(node.rpc("getblockheader", block)["miner"], rent, "who is rewarded then")
        check_equal(node.stop(), 0, "exit status")


def refused_or_done(node, count):
    try:
        node.rpc("generatetoaddress", count)
    except (RpcError, OSError):
        pass  # the node stopped meanwhile


def test_no_mining_unless_asked_outside_local_networks(folder):
    node = Node(folder / "node", network="testnet")
    node.command = [word for word in node.command if not word.startswith("--mine")]
    with node.start():
        check_equal(node.wait_for_line(r"mining (on|off) to")[1], "off", "mining on testnet")
        check_equal(node.rpc("getmininginfo")["enabled"], False, "enabled")
        check("wrong-network" in refused(node.rpc, "generatetoaddress", 1), "generatetoaddress on testnet")
        worker = Worker(node.datadir, network="regtest").start()
        check_equal(worker.wait(), 1, "exit status of a worker for another network")
        check(worker.said("say the right --network") == 1, "and why")
        node.stop()


class LyingNode(http.server.BaseHTTPRequestHandler):
    """Answers every call with what the test says."""

    result = None

    def do_POST(self):  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        text = json.dumps({"jsonrpc": "2.0", "id": 1, "result": self.server.result}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def test_a_worker_refuses_what_a_node_makes_up(folder):
    with Node(folder / "node").start() as node:
        true = node.rpc("getblocktemplate")
        model = node.rpc("getstartmodel")
        check_equal(model["root"], true["start_root"], "the model of the next block")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LyingNode)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = folder / "password"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    arguments = [f"--rpc-connect=127.0.0.1:{server.server_port}", "--rpc-user=worker", f"--rpc-password-file={secret}"]
    try:
        for name, lie in (
            ("bad-encoding", {}),
            ("bad-encoding", {**true, "header": "00"}),
            ("bad-encoding", true | {"height": 1 << 60}),
            ("wrong-task", true | {"header": true["header"][:136] + "00" * 32 + true["header"][200:]}),
            ("wrong-body-root", true | {"header": true["header"][:72] + "00" * 32 + true["header"][136:]}),
            ("bad-encoding", true),  # the same answer as a start model: no data in it
        ):
            server.result = lie
            worker = Worker(folder / "none", *arguments).start()
            worker.wait_for_line(rf"the node is of no use \({name}")
            check_equal(worker.said("segments/s") == worker.said("waiting for the node"), True, "nothing is trained")
            check_equal(worker.stop(), 0, "exit status")
    finally:
        server.shutdown()


run(globals())
