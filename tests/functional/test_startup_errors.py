"""What stops a node at its start says so in one line, which names the thing and what to do, and ends with status 1."""

import json
import os
import re
import shutil
import socket
import subprocess

from harness import check, check_equal, run
from node import BIN, DEADLINE, Node

UNPRIVILEGED = "nobody"


def freezenetd(*arguments, user=None, program=None):
    return subprocess.run(
        [str(program or BIN / "freezenetd"), *map(str, arguments)],
        capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL, user=user,
    )


def quiet(folder, *more):
    """Arguments of a node that meets no other and mines nothing."""
    return ["--network=regtest", f"--datadir={folder}", "--no-mine", "--port=0", "--rpc-port=0", *more]


def check_refused(done, *words):
    """One line on standard error that holds all the words; status 1."""
    check_equal(done.returncode, 1, f"status ({done.stdout}{done.stderr})")
    lines = done.stderr.splitlines()
    check_equal(len(lines), 1, f"lines of error: {done.stderr}")
    check(lines[0].startswith("freezenetd: "), lines[0])
    for word in words:
        check(str(word) in lines[0], f"{word!r} is not in: {lines[0]}")


def stopped_node(folder):
    """A data folder that a node has used and left in order."""
    node = Node(folder)
    node.start()
    check_equal(node.stop(), 0, "status of a clean stop")


def program_for_others(folder):
    """A copy of the program that any user may run, beside a folder that any user may enter."""
    folder.chmod(0o755)
    copy = folder / "freezenetd"
    shutil.copy2(BIN / "freezenetd", copy)
    copy.chmod(0o755)
    return copy


def test_unknown_option_names_the_nearest(folder):
    check_refused(freezenetd(*quiet(folder / "d"), "--max-imbound=3"), "unknown option --max-imbound", "did you mean --max-inbound?")
    check(not (folder / "d").exists(), "a mistake in the options makes no folder")


def test_unknown_config_key_names_file_and_nearest(folder):
    (folder / "freezenetd.json").write_text('{ "minning-threads": 2 }')
    done = freezenetd(*quiet(folder))
    check_refused(done, folder / "freezenetd.json", "unknown key minning-threads", "did you mean mining-threads?")


def test_config_that_is_no_json_names_the_line(folder):
    (folder / "freezenetd.json").write_text('{\n  "mining-threads": 2,\n  oops\n}')
    check_refused(freezenetd(*quiet(folder)), folder / "freezenetd.json", "line 3")


def test_value_out_of_bounds_says_the_bounds(folder):
    check_refused(freezenetd(*quiet(folder / "d"), "--mining-nice=20"), "mining-nice cannot be '20'", "0 to 19")
    check_refused(freezenetd(*quiet(folder / "d"), "--models=some"), "models cannot be 'some'", "send derive")


def test_unknown_network_lists_the_known(folder):
    done = freezenetd("--network=regtets", f"--datadir={folder / 'd'}")
    check_refused(done, "there is no network 'regtets'", "did you mean regtest?", "localnet")


def test_unreadable_data_folder_names_it_and_the_user(folder):
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:  # root may read everything
        program, user = program_for_others(folder), UNPRIVILEGED
    else:
        program, user = None, None
    data.chmod(0)
    done = freezenetd(*quiet(data), user=user, program=program)
    data.chmod(0o700)
    check_refused(done, f"cannot read the data folder {data}", "Permission denied", f"the user {user or ''}")


def test_unwritable_data_folder_names_it_and_the_user(folder):
    data = folder / "data"
    data.mkdir()
    program, user = (program_for_others(folder), UNPRIVILEGED) if os.geteuid() == 0 else (None, None)
    data.chmod(0o555)
    done = freezenetd(*quiet(data), user=user, program=program)
    below = freezenetd(*quiet(data / "new"), user=user, program=program)
    data.chmod(0o700)
    check_refused(done, f"cannot write to the data folder {data}", "Permission denied", f"the user {user or ''}")
    check_refused(below, f"cannot create the data folder {data / 'new'}", "Permission denied")


def test_data_folder_that_is_a_file(folder):
    (folder / "data").write_text("x")
    check_refused(freezenetd(*quiet(folder / "data")), f"the data folder {folder / 'data'} is not a folder")


def test_port_in_use_names_it(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        check_refused(freezenetd(*quiet(folder / "a")[:-2], f"--port={port}", "--rpc-port=0"), port, "in use")
        check_refused(freezenetd(*quiet(folder / "b")[:-2], "--port=0", f"--rpc-port={port}"), port, "in use")


def test_second_process_names_the_first(folder):
    with Node(folder / "d") as node:
        done = freezenetd(*quiet(folder / "d"))
        check_refused(done, f"the data folder {folder / 'd'} is in use by process {node.process.pid}")
        check_equal(node.rpc("getblockchaininfo")["height"], 0, "the first one goes on")


def test_folder_of_another_network_is_refused(folder):
    stopped_node(folder / "d")
    done = freezenetd("--network=localnet", f"--datadir={folder / 'd'}", "--no-mine", "--port=0", "--rpc-port=0")
    check_refused(done, "belongs to the network regtest, not to localnet")


def test_damaged_database_says_what_to_do(folder):
    stopped_node(folder / "d")
    database = folder / "d" / "chain.sqlite"
    sound = database.read_bytes()
    advice = "start with --reindex to rebuild it from what is intact"

    database.write_bytes(b"x" * len(sound))
    check_refused(freezenetd(*quiet(folder / "d")), f"the database {database} is damaged", advice)

    database.write_bytes(sound[: len(sound) // 2])
    check_refused(freezenetd(*quiet(folder / "d")), f"the database {database} is damaged", advice)

    # One bit in the row that says where the chain stands: SQLite itself finds nothing wrong.
    at = re.search(rb"head(?!er)", sound).end()
    database.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
    check_refused(freezenetd(*quiet(folder / "d")), f"the database {database} is damaged", "meta row 'head' fails its checksum", advice)

    # And the advice works.
    database.unlink()
    stopped_node(folder / "d")


def test_database_that_cannot_be_opened(folder):
    (folder / "d" / "chain.sqlite").mkdir(parents=True)
    check_refused(freezenetd(*quiet(folder / "d")), f"the database {folder / 'd' / 'chain.sqlite'}")


def test_damaged_miner_key_is_never_replaced(folder):
    (folder / "miner.key").write_text("not a key\n")
    (folder / "miner.key").chmod(0o600)
    check_refused(freezenetd(*quiet(folder)), f"the miner key {folder / 'miner.key'}")
    check_equal((folder / "miner.key").read_text(), "not a key\n", "the file")


def test_check_shows_everything_that_is_wrong(folder):
    done = freezenetd(*quiet(folder / "d"), "--check")
    check_equal(done.returncode, 0, f"status ({done.stdout}{done.stderr})")
    for item in ("network", "data folder", "port for peers", "port for RPC", "clock", "kernel path", "self-test"):
        check(any(line.startswith("ok ") and item in line for line in done.stdout.splitlines()), f"{item}: {done.stdout}")
    check(not (folder / "d" / "chain.sqlite").exists(), "a check starts no node")

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Node(folder / "d"):
            done = freezenetd("--network=regtest", f"--datadir={folder / 'd'}", f"--port={port}", "--rpc-port=0", "--check")
    check_equal(done.returncode, 1, "status")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    check_equal(len(failed), 2, f"failures: {done.stdout}")
    check("is in use by process" in failed[0] and str(port) in failed[1], done.stdout)


def test_help_version_and_sample_need_no_folder(folder):
    for option, word in (("--help", "--datadir DIR"), ("--version", "freezenetd"), ("--print-config", '"max-inbound": 64')):
        done = freezenetd(option)
        check_equal(done.returncode, 0, option)
        check(word in done.stdout, f"{option}: {done.stdout}")
    sample = freezenetd("--print-config").stdout
    plain = "\n".join(line for line in sample.splitlines() if not line.lstrip().startswith("//"))
    check("network" in json.loads(plain), plain)
    (folder / "freezenetd.json").write_text(sample)
    done = freezenetd(*quiet(folder), "--check")
    check("unknown" not in done.stdout + done.stderr, done.stdout + done.stderr)


if __name__ == "__main__":
    run(globals())
