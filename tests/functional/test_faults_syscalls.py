"""The n-th write, sync, cut, rename and removal that a node makes while it connects blocks: as the last thing that it did, and as one that fails."""

import contextlib
import functools

from faults_strace import Strace, calls_of_busiest_thread, killed_in
from faults_world import acknowledged_by, died_connecting, discard, meet_control, world
from harness import check, check_equal, run
from trials import count, run_trials

CALLS = ["pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "rename"]
FIRST = count(20, 200)
SYNCS = count(5, 100)


@functools.cache
def usual():
    """How many of each call the busiest thread makes from the trial's tip to the control node's."""
    folder = world().copy()
    node = world().trial(folder, connect=False).start()
    try:
        trace = Strace(node, folder.with_suffix(".strace"), CALLS)
        meet_control(node)
        world().check_running(node, world().acknowledged)
        calls = calls_of_busiest_thread(trace.detach())
    finally:
        node.kill()
    print("     calls while blocks are connected: " + ", ".join(f"{calls[c]} {c}" for c in CALLS), flush=True)
    return calls


def line_of_tip(line):
    return "block height=" in line and world().state["tip"] in line


def injected(injection):
    """A node that met the control node while `injection` was in force, when it has ended: itself, its folder, what strace wrote."""
    folder = world().copy()
    node = world().trial(folder, connect=False).start()
    try:
        trace = Strace(node, folder.with_suffix(".strace"), CALLS, injection)
        meet_control(node)
        with contextlib.suppress(AssertionError):  # it ends, or it is not disturbed
            node.wait_for_block(world().state["tip"])
        if not any(line_of_tip(line) for line in node.lines):
            node.process.wait(120)
    finally:
        node.kill()
    return node, folder, trace.finish()


def kill_at(call):
    def trial(n, _):
        node, folder, trace = injected(f"{call}:signal=KILL:when={n}")
        check_equal(node.process.returncode, -9, "how it ended")
        ends = killed_in(trace)
        check(any(f"{call}(" in line or f"<... {call} resumed>" in line for line in ends), f"the kill came in {ends}")
        counted = died_connecting(node.lines) is not None
        # The models of a block are written before its transaction, by another thread: that belongs to it, too.
        counted = counted or call in ("rename", "fsync")
        world().check_recovers(world().trial(folder), world().acknowledged | acknowledged_by(node.lines))
        discard(folder)
        check(counted, "the kill fell into the connecting of a block")
        return "killed while connecting"

    fault = f"SIGKILL at the n-th {call}"
    # Of the last few the other thread may come first, or none: blocks do not arrive in the same order each time.
    most = min(FIRST, usual()[call] * 9 // 10)
    outcomes = run_trials(fault, trial, range(1, most + 1))
    check_equal(outcomes, {"killed while connecting": most} if most else {}, "trials that count")


def test_kill_at_each_pwrite64(_):
    kill_at("pwrite64")


def test_kill_at_each_fdatasync(_):
    kill_at("fdatasync")


def test_kill_at_each_ftruncate(_):
    kill_at("ftruncate")


def test_kill_at_each_unlink(_):
    kill_at("unlink")


def test_kill_at_each_rename(_):
    kill_at("rename")


def fails_with_eio(call):
    def trial(n, _):
        node, folder, trace = injected(f"{call}:error=EIO:when={n}")
        if any(f"<{folder}>" in line and "INJECTED" in line for line in trace):
            # SQLite syncs the folder of its log once more, and looks away; the node has done it before the first commit.
            check_equal(node.process.returncode, -9, "it ran until it was killed")
            world().check_recovers(world().trial(folder), world().acknowledged | acknowledged_by(node.lines))
            discard(folder)
            return "not disturbed: the folder was synced before"
        check_equal(node.process.returncode, 1, "exit status")
        said = [line for line in node.lines if " C chain: " in line]
        check_equal(len(said), 1, f"lines that tell of it: {said}")
        check("this node stops" in said[0] and "check the disk" in said[0] or "check it, and its cable" in said[0], said[0])
        after = node.lines[node.lines.index(said[0]) :]
        check_equal(acknowledged_by(after), set(), "blocks that were acknowledged after the failure")
        world().check_recovers(world().trial(folder), world().acknowledged | acknowledged_by(node.lines))
        discard(folder)
        return "stopped and came back"

    run_trials(f"{call} fails with EIO", trial, range(1, min(SYNCS, usual()[call] * 9 // 10) + 1))


def test_fdatasync_that_fails_stops_the_node(_):
    fails_with_eio("fdatasync")


def test_fsync_that_fails_stops_the_node(_):
    fails_with_eio("fsync")


if __name__ == "__main__":
    run(globals())
