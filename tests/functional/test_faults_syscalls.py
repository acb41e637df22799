"""The n-th write, sync, cut, rename and removal that a node makes while it connects blocks: as the last thing that it did, and as one that fails."""

import contextlib
import functools
import os
import re

from faults_library import library
from faults_strace import Strace, calls_of_busiest_thread, injected_at, killed_in
from faults_world import Payments, acknowledged_by, died_connecting, discard, meet_control, set_lead, world
from harness import check, check_equal, run
from trials import count, record, run_trials

CALLS = ["pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "rename"]
FIRST = count(20, 200)
SYNCS = count(5, 100)
# Blocks to connect, so that there are as many calls as are tried, and a tenth more: two runs differ a little.
LEAD = {"pwrite64": 20, "fdatasync": count(20, 225), "ftruncate": count(20, 225), "unlink": count(20, 115), "rename": count(20, 115)}
LEAD_OF_FAILURES = {"fdatasync": count(20, 115), "fsync": count(20, 32)}
HEARD = 0.1  # seconds, on a busy machine
MODEL = re.compile(r"models/([0-9a-f]{64})\.f32")
BLIND_SYNC = """#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
int fsync(int f) { syscall(SYS_fsync, f); return 0; }
int fdatasync(int f) { syscall(SYS_fdatasync, f); return 0; }
"""


def usual():
    return usual_in(world())


@functools.cache
def usual_in(_):
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


def injected(injection, paying=False, env=None):
    """A node that met the control node while `injection` was in force, when it has ended: itself, its payments, its folder, what strace wrote."""
    folder = world().copy()
    node = world().trial(folder, connect=False)
    node.env = env
    node.start()
    payments = Payments(node) if paying else None
    try:
        trace = Strace(node, folder.with_suffix(".strace"), CALLS, injection)
        if payments:
            payments.start()
        meet_control(node)
        with contextlib.suppress(AssertionError):  # it ends, or it is not disturbed
            node.wait_for_block(world().state["tip"])
        if not any(line_of_tip(line) for line in node.lines):
            node.process.wait(120)
    finally:
        node.kill()
        if payments:
            payments.end()
    return node, payments, folder, trace.finish()


def block_written(trace, end):
    """The block whose model the thread of the line `end` wrote last. The sealed model comes first, and every header names its root; nobody names
    that of a thawed model which is not adopted."""
    thread = end.split(" ", 1)[0] + " "
    known = [world().roots[root] for line in trace if line.startswith(thread) for root in MODEL.findall(line) if root in world().roots]
    return known[-1] if known else None


def was_connecting(node, trace, ends):
    """Whether the kill came between a block's replay and the end of its commit. What the replay thread does there is to write the models
    that the commit will name: those of a block that is not acknowledged, and of no other."""
    if died_connecting(node.lines):
        return True
    blocks = {block_written(trace, end) for end in ends if MODEL.search(end)}
    return bool(blocks - {None}) and not blocks & acknowledged_by(node.lines)


def kill_at(call):
    def trial(n, _):
        node, _, folder, trace = injected(f"{call}:signal=KILL:when={n}")
        check_equal(node.process.returncode, -9, "how it ended")
        ends = killed_in(trace)
        check(any(f"{call}(" in line for line in ends), f"the kill came in {ends}")
        counted = was_connecting(node, trace, ends)
        acknowledged = world().acknowledged | acknowledged_by(node.lines)
        stage = world().stage_after(acknowledged)
        world().check_recovers(world().trial(folder, stage=stage), acknowledged, stage=stage)
        discard(folder)
        check(counted, f"the kill fell into the connecting of a block: {ends}, {node.lines[-3:]}")
        return "killed while connecting"

    set_lead(LEAD[call])
    made = usual()[call]
    # The next to last blocks, so that small differences between two runs leave none out.
    most = min(FIRST, made * 9 // 10)
    fault = f"SIGKILL at the n-th {call}, n to {most} of {made} made"
    if most == 0:
        record(fault, 0, 0, {"never called" if made == 0 else "called once, too few to tell": 1})
        return
    outcomes = run_trials(fault, trial, range(1, most + 1))
    check_equal(outcomes, {"killed while connecting": most}, "trials that count")
    if call in ("pwrite64", "fdatasync", "rename", "unlink"):
        check_equal(most, FIRST, f"n that were tried of {call}")


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


def check_eio(call, n, env=None):
    node, payments, folder, trace = injected(f"{call}:error=EIO:when={n}", paying=True, env=env)
    failed = injected_at(trace)
    check(failed is not None, f"the {n}-th {call} was made")
    acknowledged = world().acknowledged | acknowledged_by(node.lines)
    if any(f"<{folder}>" in line and "INJECTED" in line for line in trace):
        # SQLite syncs the folder of its log once more, and looks away; the node has done it before the first commit.
        check_equal(node.process.returncode, -9, "it ran until it was killed")
        world().check_recovers(world().trial(folder), acknowledged, payments.acknowledged)
        discard(folder)
        return "not disturbed: the folder was synced before"
    check_equal(node.process.returncode, 1, "exit status")
    said = [line for line in node.lines if " C chain: " in line]
    check_equal(len(said), 1, f"lines that tell of it: {said}")
    check("this node stops" in said[0] and "check the disk" in said[0] or "check it, and its cable" in said[0], said[0])
    after = node.lines[node.lines.index(said[0]) :]
    stage = world().stage_after(acknowledged)
    check_equal(acknowledged_by(after), set(), "blocks that were acknowledged after the failure")
    # Where the thread of the replay failed, the chain's may be with a payment until it hears of it.
    late = [begun for begun in payments.begun if begun > failed + (HEARD if call == "fsync" else 0)]
    check_equal(late, [], f"payments that were asked for after the failure at {failed} and acknowledged")
    world().check_recovers(world().trial(folder, stage=stage), acknowledged, payments.acknowledged, stage)
    discard(folder)
    return "stopped and came back"


def fails_with_eio(call):
    set_lead(LEAD_OF_FAILURES[call])
    run_trials(f"{call} fails with EIO", lambda n, _: check_eio(call, n), range(1, min(SYNCS, usual()[call] * 9 // 10) + 1))


def test_fdatasync_that_fails_stops_the_node(_):
    fails_with_eio("fdatasync")


def test_fsync_that_fails_stops_the_node(_):
    fails_with_eio("fsync")


def test_a_node_that_looks_away_is_seen(_):
    """The harness itself: a node that is not told of the failure goes on, and that is no pass."""
    set_lead(LEAD_OF_FAILURES["fsync"])
    env = dict(os.environ, LD_PRELOAD=str(library(world().folder, "blind_sync", BLIND_SYNC)))
    for n in range(1, 5):  # one of them is the folder's, which disturbs nobody
        try:
            word = check_eio("fdatasync", n, env)
        except AssertionError as why:
            check("exit status: -9, expected 1" in str(why), str(why))
            print(f"     without an answer to the failure: {str(why).splitlines()[0]}", flush=True)
            return
        check("not disturbed" in word, f"a node that does not look at its syncs passed: {word}")
    raise AssertionError("no node that does not look at its syncs was seen")


if __name__ == "__main__":
    run(globals())
