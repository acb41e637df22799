"""The wallet of a real node: keys, passphrase, backup, and what is left of them after a kill."""

import json
import os
import pty
import stat
import subprocess
import threading
import time

from harness import check, check_equal, run
from node import BIN, Node, RpcError, wait_for_agreement

COIN = 10**8
SUBSIDY = 50 * COIN
PHRASE, OTHER = "correct horse battery", "another phrase entirely"


def refused(node, method, *params):
    """The error of a call that must fail, as text."""
    try:
        node.rpc(method, *params)
    except RpcError as error:
        return str(error)
    raise AssertionError(f"{method} was not refused")


def asked(node, *words, typed):
    """freezenet-cli with `typed` as its standard input."""
    command = [str(BIN / "freezenet-cli"), "--network=regtest", f"--datadir={node.datadir}", *words]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=120)


def at_terminal(node, *words, typed):
    """freezenet-cli at a terminal, whose user types each line at its prompt; exit status and all that the terminal showed."""
    user, terminal = pty.openpty()
    command = [str(BIN / "freezenet-cli"), "--network=regtest", f"--datadir={node.datadir}", *words]
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = b""
    for prompts, line in enumerate(typed, 1):
        while shown.count(b": ") < prompts:
            shown += os.read(user, 1000)
        os.write(user, line.encode() + b"\n")
    try:
        while piece := os.read(user, 1000):
            shown += piece
    except OSError:
        pass  # how a terminal ends
    os.close(user)
    return process.wait(120), shown.decode()


def addresses(node):
    return [a["address"] for a in node.rpc("listaddresses")]


def test_keys(folder):
    with Node(folder / "node").start() as node:
        file = folder / "node" / "wallet.dat"
        check_equal(stat.S_IMODE(os.stat(file).st_mode), 0o600, "mode of the wallet")
        check_equal(addresses(node), [node.miner], "the miner's key is the wallet's first")
        rent = node.rpc("getnewaddress", "rent")
        check(rent.startswith("fzrt1"), rent)
        check_equal(node.rpc("listaddresses")[1]["label"], "rent", "label")
        check("-32000" in refused(node, "getnewaddress", "x" * 101), "a long label")
        check("-32000" in refused(node, "getnewaddress", "a\nb"), "a label of two lines")
        info = node.rpc("getwalletinfo")
        check_equal((info["encrypted"], info["locked"], info["keys"], info["not_backed_up"]), (False, False, 2, 2), "getwalletinfo")
        check("backupwallet" in info["reminder"], "the reminder")
        node.wait_for_line("make one with backupwallet")
        # Killed right behind the answer: the address was shown, so it is kept.
        last = node.rpc("getnewaddress")
        node.kill()
        node.start()
        check_equal(addresses(node), [node.miner, rent, last], "addresses after a kill")
        check_equal(node.stop(), 0, "exit status")


def test_passphrase(folder):
    with Node(folder / "node", "--log-level=trace").start() as node:
        rent = node.rpc("getnewaddress", "rent")
        for method, params in (("walletpassphrase", ["x", 5]), ("walletlock", []), ("walletpassphrasechange", ["x", "y"])):
            check("wallet-state" in refused(node, method, *params), f"{method} of a plain wallet")
        check("config" in refused(node, "encryptwallet", ""), "an empty passphrase")

        done = asked(node, "encryptwallet", typed=PHRASE + "\n")
        check_equal(done.returncode, 0, done.stderr)
        check("destroy the ones from before" in done.stdout, done.stdout)
        info = node.rpc("getwalletinfo")
        check_equal((info["encrypted"], info["locked"], info["unlocked_seconds"]), (True, True, 0), "after encryptwallet")
        check("wallet-locked" in refused(node, "getnewaddress"), "a locked wallet makes no keys")
        check("walletpassphrase" in refused(node, "getnewaddress"), "and says what to do")
        check_equal(addresses(node), [node.miner, rent], "a locked wallet shows its addresses")

        for wrong in (PHRASE.upper(), PHRASE + " ", PHRASE[:-1], OTHER):
            check("wrong-passphrase" in refused(node, "walletpassphrase", wrong, 5), f"{wrong!r} opened it")
        for seconds in (0, 86_401, 2**63):
            check("config" in refused(node, "walletpassphrase", PHRASE, seconds), f"{seconds} seconds")
        check_equal(node.rpc("getwalletinfo")["locked"], True, "still locked")

        check_equal(asked(node, "walletpassphrase", "60", typed=PHRASE + "\n").returncode, 0, "the client asks")
        check(0 < node.rpc("getwalletinfo")["unlocked_seconds"] <= 60, "unlocked")
        second = node.rpc("getnewaddress", "second")
        check_equal(node.rpc("walletlock"), True, "walletlock")
        check("wallet-locked" in refused(node, "getnewaddress"), "locked again")

        check("wrong-passphrase" in refused(node, "walletpassphrasechange", OTHER, OTHER), "another's old passphrase")
        done = asked(node, "walletpassphrasechange", typed=f"{PHRASE}\n{OTHER}\n")
        check_equal(done.returncode, 0, done.stderr)
        check("wrong-passphrase" in refused(node, "walletpassphrase", PHRASE, 5), "the old passphrase")

        # It locks itself: asked until it does, and by then no key is made.
        node.rpc("walletpassphrase", OTHER, 1)
        end = time.monotonic() + 60
        while not node.rpc("getwalletinfo")["locked"]:
            check(time.monotonic() < end, "it never locked itself")
        check("wallet-locked" in refused(node, "getnewaddress"), "locked by its time")

        node.kill()
        node.start()
        info = node.rpc("getwalletinfo")
        check_equal((info["encrypted"], info["locked"]), (True, True), "locked after a start")
        check_equal(addresses(node), [node.miner, rent, second], "addresses after a kill")
        node.rpc("walletpassphrase", OTHER, 60)
        check_equal(node.stop(), 0, "exit status")

        # Neither the log nor any file of the data folder holds a passphrase.
        for path in (folder / "node").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                check(PHRASE.encode() not in content and OTHER.encode() not in content, f"{path} holds a passphrase")
        check(not any(PHRASE in line or OTHER in line for line in node.lines), "standard output holds a passphrase")


def test_terminal(folder):
    with Node(folder / "node").start() as node:
        status, shown = at_terminal(node, "encryptwallet", typed=[PHRASE, OTHER])
        check_equal(status, 2, "two different passphrases")
        check("two different passphrases" in shown, shown)
        check_equal(node.rpc("getwalletinfo")["encrypted"], False, "nothing was done")
        status, shown = at_terminal(node, "encryptwallet", typed=[PHRASE, PHRASE])
        check_equal(status, 0, shown)
        check("new passphrase, once more: " in shown and PHRASE not in shown, shown)
        status, shown = at_terminal(node, "walletpassphrase", "60", typed=[PHRASE])
        check_equal((status, PHRASE in shown), (0, False), "unlocked without an echo")
        check_equal(node.rpc("getwalletinfo")["locked"], False, "unlocked")
        node.stop()


def test_guesses_hold_up_nobody(folder):
    with Node(folder / "node").start() as node:
        node.rpc("encryptwallet", PHRASE)
        outcomes, lock = [], threading.Lock()

        def guess():
            other = Node(folder / "node")
            other.rpc_port, other._auth = node.rpc_port, node._auth
            text = refused(other, "walletpassphrase", OTHER, 5)
            with lock:
                outcomes.append("busy" if "'reject': 'busy'" in text else "wrong" if "wrong-passphrase" in text else text)

        guesses = [threading.Thread(target=guess) for _ in range(20)]
        for thread in guesses:
            thread.start()
        slowest = 0.0
        while any(thread.is_alive() for thread in guesses):
            started = time.monotonic()
            node.rpc("getblockchaininfo")
            node.rpc("getwalletinfo")
            node.rpc("listaddresses")
            slowest = max(slowest, time.monotonic() - started)
        for thread in guesses:
            thread.join()
        check_equal(set(outcomes), {"busy", "wrong"}, "what 20 guesses at once came to")
        check(outcomes.count("wrong") >= 8, f"{outcomes.count('wrong')} were tried")
        check(slowest < 0.5, f"others waited for {slowest:.2f} s")
        check_equal(node.rpc("getwalletinfo")["locked"], True, "locked")


def test_backup(folder):
    with Node(folder / "node").start() as node:
        rent = node.rpc("getnewaddress", "rent")
        plain, sealed = folder / "plain.dat", folder / "sealed.dat"
        check_equal(node.rpc("backupwallet", str(plain))["not_backed_up"], 0, "keys without a backup")
        check_equal(stat.S_IMODE(os.stat(plain).st_mode), 0o600, "mode of the backup")
        check_equal(node.rpc("getwalletinfo")["reminder"], None, "the reminder ends")
        before = plain.read_bytes()
        check("wallet-state" in refused(node, "backupwallet", str(plain)), "a name that is taken")
        check_equal(plain.read_bytes(), before, "the file that was there")
        check("config" in refused(node, "backupwallet", "relative.dat"), "a relative name")
        check("storage" in refused(node, "backupwallet", str(folder / "none" / "x")), "a folder that is not there")

        node.rpc("encryptwallet", PHRASE)
        check_equal(node.rpc("getwalletinfo")["not_backed_up"], 2, "the plain backup counts no more")
        written = subprocess.run([str(BIN / "freezenet-cli"), "--network=regtest", f"--datadir={node.datadir}", "backupwallet", "sealed.dat"],
                                 cwd=folder, capture_output=True, text=True, timeout=120)
        check_equal((written.returncode, written.stderr), (0, ""), "a locked wallet is backed up, under a relative name of the client's")
        check(sealed.exists(), "the file lies where the client was")
        miner = node.miner
        node.stop()

        # The data folder is lost, miner.key too.
        with Node(folder / "fresh").start() as fresh:
            check(fresh.miner != miner, "another miner's key")
            check("wrong-passphrase" in refused(fresh, "restorewallet", str(sealed)), "without the passphrase")
            check("wrong-passphrase" in refused(fresh, "restorewallet", str(sealed), OTHER), "with another passphrase")
            check_equal(addresses(fresh), [fresh.miner], "nothing was taken in")
            damaged = folder / "damaged.dat"
            data = bytearray(sealed.read_bytes())
            data[len(data) // 2] ^= 1
            damaged.write_bytes(data)
            check("damaged" in refused(fresh, "restorewallet", str(damaged), PHRASE), "a flipped bit")
            done = asked(fresh, "restorewallet", str(sealed), "-", typed=PHRASE + "\n")
            check_equal(done.returncode, 0, done.stderr)
            check_equal(json.loads(done.stdout), {"added": 2, "known": 0, "encrypted_now": True}, "what was restored")
            check_equal(addresses(fresh), [fresh.miner, miner, rent], "addresses")
            check_equal(fresh.rpc("getwalletinfo")["locked"], True, "it is encrypted as the backup was")
            fresh.rpc("walletpassphrase", PHRASE, 60)
            check_equal(fresh.rpc("restorewallet", str(plain)), {"added": 0, "known": 2, "encrypted_now": False}, "once more")
            fresh.stop()


def test_bad_files(folder):
    node = Node(folder / "node").start()
    node.rpc("getnewaddress")
    node.stop()
    file = folder / "node" / "wallet.dat"
    good = file.read_bytes()
    for change, sentence in ((good[:-1], "damaged"), (good[:30] + bytes([good[30] ^ 1]) + good[31:], "damaged"), (b"", "ends too early|needs 8 bytes"),
                             (b"x" * 200, "no wallet"), (good[:8] + b"\x02" + good[9:], "format 2")):
        file.write_bytes(change)
        node.start(wait=False)
        line = node.wait_for_line("wallet.dat: ")
        check(any(s in line.string for s in sentence.split("|")), line.string)
        check_equal(node.wait(), 1, "exit status")
        check_equal(file.read_bytes(), change, "the file is left as it is")
    file.write_bytes(good)
    file.chmod(0o644)
    node.start(wait=False)
    node.wait_for_line("chmod 600")
    check_equal(node.wait(), 1, "exit status")
    file.chmod(0o600)
    node.start()
    check_equal(len(addresses(node)), 2, "keys")
    node.stop()


def test_without_a_wallet(folder):
    with Node(folder / "node", "--no-wallet").start() as node:
        check("wallet-state" in refused(node, "getnewaddress"), "no wallet")
        check("--no-wallet" in refused(node, "getwalletinfo"), "says why")
        check(not (folder / "node" / "wallet.dat").exists(), "no file is made")
        node.stop()
    elsewhere = folder / "keys.dat"
    with Node(folder / "node", f"--wallet-file={elsewhere}").start() as node:
        check_equal(node.rpc("getwalletinfo")["file"], str(elsewhere), "the file that was named")
        second = Node(folder / "second", f"--wallet-file={elsewhere}").start(wait=False)
        second.wait_for_line("in use by another process")
        check_equal(second.wait(), 1, "exit status of a second node on one wallet")
        node.stop()


def units(amount):
    """An amount of an answer, exactly."""
    coins, behind = amount.split(".")
    check_equal(len(behind), 8, f"digits of {amount}")
    return int(coins) * COIN + int(behind)


def mine(node, height):
    node.rpc("setmining", True)
    node.wait_for_height(height)
    node.rpc("setmining", False)


def mine_until(node, condition, what):
    """Mines until the condition holds; it is asked after each line that the node prints."""
    node.rpc("setmining", True)
    result = node.wait_until(condition, what)
    node.rpc("setmining", False)
    return result


def earned(node):
    """What the node's wallet has in all; it mined every block, so fees come back to it."""
    balance = node.rpc("getbalance")
    return units(balance["spendable"]) + units(balance["immature"])


def test_spending(folder):
    with Node(folder / "a").start() as a, Node(folder / "b", f"--connect={a.address}").start() as b:
        a.wait_for_peers(1)
        mine(a, 15)
        check_equal(units(a.rpc("getbalance")["immature"]), 10 * SUBSIDY, "the rewards of ten blocks are immature")
        height = a.rpc("getblockchaininfo")["height"]
        check_equal(earned(a), height * SUBSIDY, "rewards")
        check_equal({t["kind"] for t in a.rpc("listtransactions", 100)}, {"reward"}, "so far")
        check_equal(len(a.rpc("listtransactions", 1000)), height, "one for each block")
        check_equal(len(a.rpc("listtransactions", 4, height - 2)), 2, "count and skip")

        to = b.rpc("getnewaddress", "from a")
        a.rpc("encryptwallet", PHRASE)
        check("wallet-locked" in refused(a, "sendtoaddress", to, "1.5"), "a locked wallet signs nothing")
        check_equal(a.rpc("listtransactions", 1)[0]["kind"], "reward", "and shows what it has")
        for amount in ("0", "-1", "1e3", "1.000000001", "x", ""):
            check("-32000" in refused(a, "sendtoaddress", to, amount), f"the amount {amount!r}")
        check("-32602" in refused(a, "sendtoaddress", to, 1.5), "a number is no amount")
        check("-32000" in refused(a, "sendtoaddress", to[:-1] + ("q" if to[-1] != "q" else "p"), "1"), "a mistyped address")
        a.rpc("walletpassphrase", PHRASE, 600)
        check("insufficient-funds" in refused(a, "sendtoaddress", to, "9999999"), "more than there is")
        check("1,000 bytes" in refused(a, "sendtoaddress", to, "1", "100000"), "a fee by mistake")

        sent = a.rpc("sendtoaddress", to, "1.50000001")
        check_equal((sent["kind"], sent["to"], sent["from"], sent["amount"], sent["nonce"]),
                    ("sent", to, a.miner, "1.50000001", 0), "what was sent")
        waiting = a.rpc("listtransactions", 1)[0]
        check_equal((waiting["txid"], waiting["confirmations"], waiting["block"]), (sent["txid"], 0, None), "it waits")
        # Killed right behind the acknowledgement: it waits still.
        a.kill()
        a.start()
        check_equal(a.rpc("listtransactions", 1)[0]["txid"], sent["txid"], "after a kill")
        check("wallet-locked" in refused(a, "sendtoaddress", to, "1"), "locked by the restart")
        a.rpc("walletpassphrase", PHRASE, 600)

        # Ten at a time: each has its own nonce, and none takes another's place.
        answers = []

        def send(amount):
            other = Node(folder / "a")
            other.rpc_port, other._auth = a.rpc_port, a._auth
            answers.append(other.rpc("sendtoaddress", to, amount, f"0.0000{amount}"))

        senders = [threading.Thread(target=send, args=(str(i),)) for i in range(1, 8)]
        for thread in senders:
            thread.start()
        for thread in senders:
            thread.join()
        check_equal(sorted(t["nonce"] for t in answers), list(range(1, 8)), "nonces of sends at one time")
        check_equal(len({t["txid"] for t in a.rpc("listtransactions", 8)}), 8, "all of them wait")

        root = a.rpc("getblock", 1)["model_root"]
        claim = a.rpc("claimmodel", 1, "gradsigns", "ab" * 32)
        check_equal((claim["kind"], claim["model_root"], claim["nonce"]), ("claimed", root, 8), "a claim")
        check_equal(a.rpc("getclaim", root), [], "not in a block yet")

        total = 150_000_001 + 28 * COIN
        b.stop()
        b = Node(folder / "b", f"--connect={a.address}").start()
        a.wait_for_peers(1)
        mine_until(a, lambda: a.rpc("listtransactions", 1)[0]["confirmations"] > 0, "not in a block")
        tip = wait_for_agreement([a, b])
        check_equal(b.rpc("getbalance"), {"spendable": f"{total // COIN}.{total % COIN:08}", "immature": "0.00000000", "pending": "0.00000000"}, "b's balance")
        check_equal(earned(a), a.rpc("getblockchaininfo")["height"] * SUBSIDY - total, "a's balance")
        received = b.rpc("listtransactions", 20)
        check_equal(({t["kind"] for t in received}, len(received)), ({"received"}, 8), "b received")
        check_equal(sum(units(t["amount"]) for t in received), total, "amounts")
        record = b.rpc("getclaim", root)
        check_equal([(c["claimant"], c["scheme"], c["commitment"], c["transaction"]) for c in record], [(a.miner, "gradsigns", "ab" * 32, claim["txid"])], "the claim")
        check_equal((a.rpc("getstatehash"), a.rpc("getbestblockhash")), (b.rpc("getstatehash"), tip), "state")

        # The wallet and the miner's key are lost; the backup brings the same balance.
        before = a.rpc("getbalance")
        a.rpc("backupwallet", str(folder / "copy.dat"))
        a.stop()
        for name in ("wallet.dat", "miner.key"):
            (folder / "a" / name).unlink()
        a.start()
        check_equal(units(a.rpc("getbalance")["spendable"]), 0, "without the wallet")
        check("wrong-passphrase" in refused(a, "restorewallet", str(folder / "copy.dat"), OTHER), "another passphrase")
        check_equal(a.rpc("restorewallet", str(folder / "copy.dat"), PHRASE)["added"], 1, "keys")
        check_equal(a.rpc("getbalance"), before, "the same balance")
        a.rpc("walletpassphrase", PHRASE, 600)
        check_equal(a.rpc("sendtoaddress", to, "1")["nonce"], 9, "it can be spent")
        a.stop()
        b.stop()


run(globals())
