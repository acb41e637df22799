"""The support bundle of a node: everything that helps, and no secret, wherever one was put."""

import base64
import json
import os
import re
import stat
import subprocess

from harness import check, check_equal, run
from node import BIN, Node

PLANTED = "c0ffee5ec2e7" * 4  # stands for a secret of the operator's; no file of a bundle may hold it


def plant(datadir):
    """A secret in every place that has room for one."""
    for name in ("wallet.dat", "wallet.json", "wallet.backup", "password", "miner.key.old"):
        (datadir / name).write_text(PLANTED)
    (datadir / "models").mkdir(exist_ok=True)
    (datadir / "models" / "note").write_text(PLANTED)
    with open(datadir / "freezenetd.log", "a", encoding="ascii") as log:
        log.write(f"2026 info rpc: Authorization: Basic {base64.b64encode(PLANTED.encode()).decode()}\n")
        log.write(f"2026 info rpc: password={PLANTED}\n2026 info rpc: \"passphrase\": \"{PLANTED}\"\n")
        log.write(f"2026 info rpc: cookie __cookie__:{PLANTED}\n2026 info rpc: alice:{'0' * 32}${PLANTED}{'0' * 16}\n")
        log.write(f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----\nthe last line\n")


def bundle(node, folder, *options):
    done = node.cli(*options, "supportbundle", str(folder))
    check("look through it" in done.stdout, done.stdout)
    check_equal(stat.S_IMODE(os.stat(folder).st_mode), 0o700, "mode of the folder")
    return {file.name: file.read_text() for file in folder.iterdir()}


def check_clean(files, secrets):
    for name, text in files.items():
        for what, secret in secrets.items():
            for form in (secret, base64.b64encode(secret.encode()).decode()[:24], secret.upper()):
                check(form not in text, f"{name} holds {what}")


def test_nothing_secret_is_in_it(folder):
    made = subprocess.run([str(BIN / "freezenet-cli"), "rpcauth", "alice", str(folder / "pw")], capture_output=True, text=True, check=True).stdout
    line = re.search(r'\["(.*)"\]', made)[1]
    datadir = folder / "node"
    datadir.mkdir(mode=0o700)
    (datadir / "freezenetd.json").write_text(f'{{\n  // password: {PLANTED}\n  "rpc-auth": ["{line}"], "log-level": "info,net=debug"\n}}')
    node = Node(datadir).start()
    try:
        plant(datadir)
        secrets = {
            "what was planted": PLANTED,
            "the cookie": (datadir / ".cookie").read_text().strip().split(":")[1],
            "the miner's key": (datadir / "miner.key").read_text().strip(),
            "the node's key": (datadir / "node.key").read_text().splitlines()[1],
            "the salt of rpc-auth": line.split(":")[1].split("$")[0],
            "the hash of rpc-auth": line.split("$")[1],
            "the password": (folder / "pw").read_text().strip(),
        }
        # Secrets that are known get out of no line, whatever stands around them.
        with open(datadir / "freezenetd.log", "a", encoding="ascii") as log:
            log.write(" ".join(s for s in secrets.values() if s != PLANTED) + "\n")
        files = bundle(node, folder / "bundle", f"--rpc-password-file={folder / 'pw'}", "--rpc-user=alice")
        check_clean(files, secrets)
        answers = json.loads(files["node.json"])
        check_equal(answers["status"]["network"], "regtest", "what the node says")
        for method in ("getpeerinfo", "getnetworkinfo", "getmemoryinfo", "gettasks", "logging"):
            check("error" not in answers[method], f"{method}: {answers[method]}")
        check("self-test passed" in files["start.log"] and "libraries: OpenSSL" in files["start.log"], "how the node started")
        check("the last line" in files["node.log"], "the log goes to its end")
        check("log-level = info,net=debug" in files["options.txt"] and "rpc-auth = (redacted)" in files["options.txt"], files["options.txt"])
        check("MiB free" in files["folder.txt"] and "wallet.dat" in files["folder.txt"], "names and sizes")
        check("Linux" in files["machine.txt"] and "OpenSSL" in files["machine.txt"], files["machine.txt"])

        # A folder that is there already is left alone.
        again = node.cli("supportbundle", str(folder / "bundle"), check=False)
        check_equal(again.returncode, 1, "exit code")
        check("bundle" in again.stderr, again.stderr)

        node.stop()
        stopped = bundle(node, folder / "stopped", f"--rpc-password-file={folder / 'pw'}", "--rpc-user=alice")
        del secrets["the cookie"]  # it went with the node, and opens nothing any more
        check_clean(stopped, secrets)
        check_equal(list(json.loads(stopped["node.json"])), ["no_answer"], "why the node says nothing")
        check("self-test passed" in stopped["start.log"], "the log of a node that does not run")
    finally:
        node.kill()


if __name__ == "__main__":
    run(globals())
