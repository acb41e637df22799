"""The RPC server and freezenet-cli against a real node: every method, access, models from file to proof."""

import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import time

from harness import check, check_equal, run
from ledger import Transaction
from memory import status_kib
from node import BIN, ROOT, Node, RpcError
from reference import from_shown, shown
from result_shape import mismatch, result_section


def refused(node, method, *params):
    """The error of a call that must fail, as text."""
    try:
        node.rpc(method, *params)
    except RpcError as error:
        return str(error)
    raise AssertionError(f"{method}{params} was not refused")


def mined(folder, blocks):
    """A node that mined `blocks` blocks or a few more, and stopped mining."""
    node = Node(folder / "node").start()
    node.rpc("setmining", True)
    node.wait_for_height(blocks)
    node.rpc("setmining", False)
    return node


def post(node, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=30)
    try:
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def cookie_header(node):
    return {"Authorization": "Basic " + base64.b64encode((node.datadir / ".cookie").read_bytes().strip()).decode()}


def test_access(folder):
    with Node(folder / "node").start() as node:
        check_equal(stat.S_IMODE(os.stat(node.datadir / ".cookie").st_mode), 0o600, "mode of the cookie")
        call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "uptime"})
        status, headers, _ = post(node, call, {})
        check_equal(status, 401, "without a cookie")
        check("Basic" in headers["WWW-Authenticate"], "the challenge")
        wrong = base64.b64encode(b"__cookie__:" + b"0" * 64).decode()
        check_equal(post(node, call, {"Authorization": "Basic " + wrong})[0], 401, "with another cookie")
        check_equal(post(node, call, cookie_header(node))[0], 200, "with the cookie")

        # Hostile requests of somebody who has the cookie: an answer each, and the node goes on.
        for body, code in (("[" * 100_000, -32600), ("{", -32700), ("[]", -32600), (json.dumps([1] * 1000), -32600)):
            status, _, text = post(node, body, cookie_header(node))
            check_equal((status, json.loads(text)["error"]["code"]), (200, code), f"answer to {body[:10]}")
        check_equal(post(node, b"x" * (64 << 20), cookie_header(node))[0], 413, "answer to 64 MiB")
        with socket.create_connection(("127.0.0.1", node.rpc_port), timeout=30) as raw:
            raw.sendall(b"\x16\x03\x01\r\n\r\n")
            check(raw.recv(64).startswith(b"HTTP/1.1 400"), "answer to what is not HTTP")

        batch = [{"jsonrpc": "2.0", "id": i, "method": "getblockhash", "params": {"height": 0}} for i in range(3)]
        _, _, text = post(node, json.dumps(batch), cookie_header(node))
        check_equal([a["id"] for a in json.loads(text)], [0, 1, 2], "answers of a batch")
        check_equal(len({a["result"] for a in json.loads(text)}), 1, "genesis hashes")

        cookie = (node.datadir / ".cookie").read_text()
        node.stop()
        check(not (node.datadir / ".cookie").exists(), "the cookie goes with the node")
        check(not (node.datadir / "rpc-address").exists(), "the address goes with the node")
        node.start()
        check((node.datadir / ".cookie").read_text() != cookie, "a new cookie at every start")
        node.stop()


def test_chain_methods(folder):
    with mined(folder, 3) as node:
        info = node.rpc("getblockchaininfo")
        check_equal(info["network"], "regtest", "network")
        check_equal(node.rpc("getbestblockhash"), info["hash"], "best hash")
        check_equal(node.rpc("getblockhash", info["height"]), info["hash"], "hash of the tip's height")
        check_equal(node.rpc("getstatehash"), {"height": info["height"], "tip": info["hash"], "state_hash": info["state_hash"]}, "state")
        check(0 <= info["useful_fraction_ppm"] <= 1_000_000, "useful fraction")

        previous = node.rpc("getblockhash", 0)
        check_equal(previous, info["genesis"], "genesis")
        for height in range(1, info["height"] + 1):
            block = node.rpc("getblock", height)
            check_equal(block, node.rpc("getblock", block["hash"]), "by height and by hash")
            check_equal(block["previous"], previous, "the parent")
            check_equal(block["confirmations"], info["height"] - height + 1, "confirmations")
            check(int(block["hash"], 16) <= int(block["target"], 16), "the ticket meets its target")
            check_equal(block["state"], "verified", "state")
            check(block["miner"].startswith("fzrt1"), "the miner's address")
            check(len(block["digests"]) > 0, "digests")
            check_equal(block["transactions"], [], "nobody sent anything")
            del block["digests"], block["transactions"]
            check_equal(node.rpc("getblockheader", height), block, "header")
            previous = block["hash"]
        check_equal(previous, info["hash"], "the last block")

        check("not-found" in refused(node, "getblock", info["height"] + 1), "beyond the tip")
        check("not-found" in refused(node, "getblock", "f" * 64), "an unknown hash")
        check("-32602" in refused(node, "getblock"), "without an argument")
        check("-32602" in refused(node, "getblock", "tip"), "neither height nor hash")
        check("did you mean getblock?" in refused(node, "getblok", 1), "the nearest method")
        node.stop()


def test_other_methods(folder):
    with mined(folder, 2) as node:
        check(node.rpc("uptime") >= 0, "uptime")
        check("getblockchaininfo" in node.rpc("help"), "help")
        check("usage" not in node.rpc("help", "getblock").lower(), "help of a method")
        mining = node.rpc("getmininginfo")
        check_equal(mining["enabled"], False, "setmining false")
        check(mining["blocks_found"] >= 2 and mining["segments"] >= mining["blocks_found"], "what mining came to")
        check_equal(node.rpc("setmining", True)["enabled"], True, "setmining true")
        node.rpc("setmining", False)
        network = node.rpc("getnetworkinfo")
        check_equal((network["network"], network["connections"]), ("regtest", 0), "network")
        check_equal(node.rpc("getpeerinfo"), [], "peers")
        check_equal(node.rpc("addnode", "127.0.0.1:1", "add"), True, "addnode add")
        check_equal([d["address"] for d in node.rpc("getnetworkinfo")["dials"]], ["127.0.0.1:1"], "dialled addresses")
        check_equal(node.rpc("addnode", "127.0.0.1:1", "remove"), True, "addnode remove")
        check("not-found" in refused(node, "addnode", "127.0.0.1:1", "remove"), "removing it again")
        check("add, remove or onetry" in refused(node, "addnode", "127.0.0.1:1", "ban"), "an unknown action")
        status = node.rpc("status")
        for key in ("chain", "mining", "replay", "blocks", "peers", "dials", "last_reject", "version", "now", "uptime"):
            check(key in status, f"status has {key}")

        check_equal(node.rpc("stop"), "freezenetd is stopping", "stop answers before it stops")
        check_equal(node.process.wait(60), 0, "exit code after stop")


def examples(help_text):
    """The command lines below "Example", without the program's name."""
    return [line.split()[1:] for line in help_text.split("\nExample\n")[1].splitlines()]


def test_every_example_of_the_help_runs_and_answers_in_the_documented_shape(folder):
    with mined(folder, 12) as node:
        node.rpc("getmodel", 1, "sealed")
        shutil.copy(node_model(node, folder), folder / "model.safetensors")
        methods = re.findall(r"^  ([a-z]+) ", node.rpc("help"), re.MULTILINE)
        check(len(methods) > 20 and "stop" in methods, f"methods of the help: {methods}")

        def help_of(method):
            return node.rpc("help", method)

        def answer(method, words):
            text = node.cli(*words, *(["--json"] if method == "status" else ["--out", str(folder / "out")] if method == "getmodel" else []),
                            folder=folder).stdout
            if method == "getmodel":  # and what it writes to a file is not printed
                return node.rpc(method, 0, "canonical")
            try:
                return json.loads(text)
            except ValueError:
                return text.rstrip("\n")

        # What the examples leave open, because no two nodes have the same.
        secret = bytes.fromhex((node.datadir / "miner.key").read_text().strip())
        genesis = from_shown(node.rpc("getblockhash", 0))
        transactions = [Transaction(b"", nonce, 1_000, to=bytes(32), amount=1).signed(secret, genesis) for nonce in range(4)]
        unsent = iter(transactions)
        node.rpc("sendrawtransaction", next(unsent).encode().hex())
        fill = {
            "HEX": lambda: next(unsent).encode().hex(),
            "ADDRESS": lambda: node.miner,
            "0" * 64: lambda: shown(transactions[0].id()),
        }

        def filled(words):
            """The words of an example with what they leave open."""
            for word in words:
                name, equals, value = word.rpartition("=")
                yield name + equals + (fill[value]() if value in fill else value)

        # What changes what others find comes last, in this order.
        order = ["sendrawtransaction", "decoderawtransaction", "sendtoaddress", "claimmodel", "backupwallet", "restorewallet", "encryptwallet",
                 "walletpassphrase", "walletpassphrasechange", "walletlock", "invalidateblock", "reconsiderblock", "stop"]
        once = {"claimmodel", "backupwallet", "encryptwallet", "walletpassphrasechange"}  # a second time is refused, rightly
        for method in sorted(methods, key=lambda m: order.index(m) if m in order else -1):
            if method == "decoderawtransaction":
                unsent = iter(transactions)
            if method == "submitblock":  # HEADER and BODY are for whoever trained: what stands there is refused, by its name
                for words in examples(help_of(method)):
                    done = node.cli(*words, check=False)
                    check_equal(done.returncode, 1, "exit code of the example of submitblock")
                    check("the header has 6 hexadecimal digits" in done.stderr, done.stderr)
                check("'bad-encoding'" in refused(node, *words[:1], "HEADER", "BODY"), "the name of that refusal")
                continue
            if method == "invalidateblock":  # of which nothing is left on the active chain
                node.rpc("setmining", False)  # an example began it
                bad, tip = node.rpc("getblockhash", 1), node.rpc("getblockchaininfo")["height"]
            if method == "reconsiderblock":
                fill["1"] = lambda: bad
            text = help_of(method)
            lines = examples(text)
            check(lines and lines[0][0] == method, f"example of {method}")
            check(len(lines) == 2 or len(lines[0]) == 1, f"{method} has an example with named arguments")
            shape = result_section(text)
            for words in lines[:1] if method in once else lines:
                if method == "addnode":
                    wait_until_not_dialled(node, "127.0.0.1:19555")  # once at a time, and the first try may last
                if method == "invalidateblock" and words is lines[1]:
                    node.rpc("reconsiderblock", bad)
                why = mismatch(answer(method, list(filled(words))), shape, help_of)
                check(not why, f"{' '.join(words)}: {why}")
                if method == "addnode":  # until that dial has ended, the address is refused as one that is dialled already
                    node.wait_until(lambda: not node.rpc("getnetworkinfo")["dials"], "the end of the dial")
            if method == "reconsiderblock":
                check(node.rpc("getblockchaininfo")["height"] >= tip, "the chain is as high as it was")
        check_equal(node.process.wait(60), 0, "exit code after the example of stop")


def wait_until_not_dialled(node, address):
    """No line tells of the end of a try: the node is asked until it says so."""
    end = time.monotonic() + 60
    while any(dial["address"] == address for dial in node.rpc("getnetworkinfo")["dials"]):
        check(time.monotonic() < end, f"{address} is dialled for a minute")


def node_model(node, folder):
    node.cli("getmodel", "1", "--sealed", "--out", str(folder / "sealed"))
    return folder / "sealed"


def test_users_and_passwords(folder):
    password = folder / "password"
    made = subprocess.run([str(BIN / "freezenet-cli"), "rpcauth", "miner", str(password)], capture_output=True, text=True, check=True).stdout
    line = re.search(r'"rpc-auth": (\[.*\])', made)[1]
    secret = password.read_text().strip()
    check(secret not in made and stat.S_IMODE(os.stat(password).st_mode) == 0o600, "the password is in the file alone")
    (folder / "node").mkdir(mode=0o700)
    (folder / "node" / "freezenetd.json").write_text('{"rpc-auth": ' + line + "}")
    with Node(folder / "node").start() as node:
        def ask(*options):
            return subprocess.run([str(BIN / "freezenet-cli"), "--network=regtest", f"--datadir={folder / 'elsewhere'}", *options, "uptime"],
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True)

        remote = ("--rpc-connect=127.0.0.1", f"--rpc-port={node.rpc_port}", f"--rpc-password-file={password}")
        check_equal(ask(*remote, "--rpc-user=miner").returncode, 0, "with user and password")
        check_equal(node.cli("uptime").returncode, 0, "by the cookie")
        unknown = ask(*remote, "--rpc-user=digger")
        check_equal(unknown.returncode, 1, "another user")
        check("knows no user digger with this password" in unknown.stderr, unknown.stderr)
        check("needs --rpc-user" in ask(*remote).stderr, "a host without a user")
        check("no terminal" in ask(*remote[:2], "--rpc-user=miner").stderr, "nobody to ask for the password")
        password.write_text("0" * 64)
        check_equal(ask(*remote, "--rpc-user=miner").returncode, 1, "another password")
        log = (node.datadir / "freezenetd.log").read_text()
        check(secret not in log and "wrong login from 127.0.0.1" in log, "the log names the address and no secret")
        node.stop()


def test_log_levels_and_reopening(folder):
    with Node(folder / "node").start() as node:
        levels = node.rpc("logging")
        check_equal(set(levels), {"node", "chain", "net", "miner", "replay", "storage", "rpc", "wallet"}, "parts")
        check_equal(node.rpc("logging", "net=debug,rpc=warning"), {**levels, "net": "debug", "rpc": "warning"}, "changed levels")
        check("did you mean net?" in refused(node, "logging", "nett=debug"), "an unknown part")
        check_equal(node.rpc("logging")["net"], "debug", "levels after a refusal")
        log, moved = node.datadir / "freezenetd.log", node.datadir / "moved"
        log.rename(moved)
        node.process.send_signal(signal.SIGHUP)
        node.wait_for_line("the log file is opened anew")
        check("opened anew" in log.read_text() and "ready: peers" in moved.read_text(), "old lines in the old file, new ones in the new")
        check_equal(node.stop(), 0, "exit code")
        check("stopped" in log.read_text() and "stopped" not in moved.read_text(), "the last line")


def test_branches_tasks_and_memory(folder):
    with mined(folder, 2) as node:
        info = node.rpc("getblockchaininfo")
        check_equal(node.rpc("getchaintips"), [{"height": info["height"], "hash": info["hash"], "branch_length": 0, "status": "active"}], "one branch")
        task, = node.rpc("gettasks")
        check_equal((task["name"], task["score"], task["canonical_root"]),
                    (info["task"], info["score"], node.rpc("getblock", info["height"])["canonical_root"]), "the task")
        memory = node.rpc("getmemoryinfo")
        check(status_kib(node.process.pid, "VmRSS") * 512 < memory["resident"] <= memory["resident_peak"], f"memory {memory}")
        check_equal(memory["chain"]["active_blocks"], info["height"] + 1, "blocks")
        calls = node.rpc("getrpcinfo")
        check_equal([c["method"] for c in calls["active"]], ["getrpcinfo"], "the call at work is itself")
        node.stop()


def test_client(folder):
    with mined(folder, 2) as node:
        check_equal(node.cli("getblockhash", "0").stdout.strip(), node.rpc("getblockhash", 0), "a text is printed bare")
        check_equal(json.loads(node.cli("getblock", "block=1").stdout), node.rpc("getblock", 1), "a named argument")
        screen = node.cli("status").stdout
        check("FreezeNet regtest" in screen and "Height" in screen, "the status screen")
        check(all(len(line) <= 80 for line in screen.splitlines()), "80 columns")
        check("\x1b" not in screen, "no colour into a pipe")
        check_equal(json.loads(node.cli("status", "--json").stdout)["network"], "regtest", "status as JSON")
        unknown = node.cli("getblok", "1", check=False)
        check_equal((unknown.returncode, unknown.stderr), (1, "freezenet-cli: no method getblok; did you mean getblock?\n"), "an unknown method")
        check_equal(node.cli("getblock", "x", check=False).returncode, 2, "a wrong argument")
        check("getblockchaininfo" in node.cli("--help").stdout, "--help names the methods")

        # A node that died leaves its files: the client says where it asked.
        node.process.kill()
        node.process.wait(60)
        dead = node.cli("uptime", check=False)
        check_equal(dead.returncode, 3, "exit code without a node")
        check("no node answers at 127.0.0.1:" in dead.stderr and str(node.datadir) in dead.stderr, dead.stderr)
        other = Node(folder / "never-started")
        check_equal(other.cli("uptime", check=False).returncode, 3, "exit code without a cookie")
        check_equal(node.cli("help", "getblock").returncode, 0, "help needs no node")


def changed(path, target, offset):
    """A copy with one bit of the weight at `offset` bytes into the data turned; negative: from the end."""
    data = bytearray(path.read_bytes())
    start = 8 + struct.unpack("<Q", data[:8])[0] if offset >= 0 else len(data)
    data[start + offset] ^= 1
    target.write_bytes(data)
    return target


def test_models(folder):
    with mined(folder, 2) as node:
        block = node.rpc("getblock", 1)
        sealed, canonical = folder / "sealed.safetensors", folder / "canonical.safetensors"
        written = json.loads(node.cli("getmodel", "1", "--sealed", "--out", str(sealed)).stdout)
        check_equal((written["root"], written["block"], written["file"]), (block["model_root"], block["hash"], str(sealed)), "what getmodel wrote")
        check_equal(json.loads(node.cli("getmodel", "1", "--canonical", f"--out={canonical}").stdout)["root"], block["canonical_root"], "the canonical root")

        length = struct.unpack("<Q", sealed.read_bytes()[:8])[0]
        metadata = json.loads(sealed.read_bytes()[8:8 + length])["__metadata__"]
        check_equal((metadata["block"], metadata["height"], metadata["kind"], metadata["network"]), (block["hash"], "1", "sealed", "regtest"), "metadata")

        proof = json.loads(node.cli("verifymodel", str(sealed)).stdout)
        check_equal((proof["valid"], proof["block"], proof["height"], proof["miner"], proof["differing"]),
                    (True, block["hash"], 1, block["miner"], 0), "the proof")
        check(proof["positions"] > 0, "frozen weights")

        # Every weight counts: the first belongs to a tensor with a watermark, frozen or not; the last is a bias.
        for offset in (0, -4):
            wrong = node.cli("verifymodel", str(changed(sealed, folder / "changed", offset)), check=False)
            verdict = json.loads(wrong.stdout)
            check_equal((wrong.returncode, verdict["valid"], verdict["block"]), (1, False, block["hash"]), f"one weight changed at {offset}")
            check("matches no block; the file claims block 1" in verdict["reason"], verdict["reason"])
            check(verdict["differing"] <= 1, "at most one frozen weight differs")
        # Changed metadata changes nothing: the root is over the weights.
        relabelled = folder / "relabelled"
        relabelled.write_bytes(sealed.read_bytes().replace(block["hash"].encode(), b"0" * 64))
        check_equal(json.loads(node.cli("verifymodel", str(relabelled)).stdout)["block"], block["hash"], "the block that it proves")

        other = node.cli("verifymodel", str(canonical), check=False)
        check_equal((other.returncode, json.loads(other.stdout)["valid"]), (1, False), "a canonical model proves nothing")
        garbage = folder / "garbage"
        for data in (b"", b"\xff" * 100, sealed.read_bytes()[:-1], struct.pack("<Q", 1 << 62) + b"{}"):
            garbage.write_bytes(data)
            answer = node.cli("verifymodel", str(garbage), check=False)
            check_equal((answer.returncode, json.loads(answer.stdout)["valid"]), (1, False), f"no model: {data[:10]}")
        check("genesis has no signed model" in refused(node, "getmodel", 0), "a sealed genesis")
        check_equal(node.rpc("getmodel", 0, "canonical")["root"], node.rpc("getblock", 1)["start_root"], "the genesis model is the start of block 1")
        node.stop()


def test_the_documented_loader_scores_a_mined_model_as_the_chain_does(folder):
    python = next((p for p in ("/usr/bin/python3", "python3") if subprocess.run([p, "-c", "import torch"], capture_output=True).returncode == 0), None)
    if python is None:
        print("SKIPPED: no PyTorch here; scripts/install-dependencies installs python3-torch", flush=True)
        return
    code = (ROOT / "docs/models.md").read_text().split("```python\n")[1].split("```")[0]
    with mined(folder, 3) as node:
        model = folder / "canonical.safetensors"
        node.cli("getmodel", "3", "--canonical", "--out", str(model))
        printed = subprocess.run([python, "-c", code, str(model), str(ROOT / "training/dataset/data/digits.bin")],
                                 capture_output=True, text=True, check=True).stdout
        check_equal(int(printed), node.rpc("getblock", 3)["canonical_score"], "the score that PyTorch counts")


if __name__ == "__main__":
    run(globals())
