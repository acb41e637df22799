"""A disk that fills at random points: the node waits, answers, and goes on when there is room; nothing is damaged."""

import os
import shutil

from faults_disk import own_mounts, small_disk
from faults_world import acknowledged_by, discard, meet_control, world
from harness import check, check_equal, run
from node import DEADLINE
from trials import count, run_trials

MEGABYTES = 64
LEAST = 20  # --min-free-space of local networks, MB


def leave(disk, bytes_left):
    """Fills the disk but for so many bytes."""
    stat = os.statvfs(disk)
    want = stat.f_bavail * stat.f_frsize - bytes_left
    ballast = disk / "ballast"
    fd = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        if want > 0:
            os.posix_fallocate(fd, 0, want)
    finally:
        os.close(fd)
    return ballast


def filled(number, bytes_left, *arguments, patience=DEADLINE):
    """A node whose disk has so many bytes left meets the control node: it pauses, and goes on when the rest is given back."""
    w = world()
    with small_disk(w.folder / f"disk{number}-{bytes_left}", MEGABYTES) as disk:
        folder = w.copy()
        shutil.copytree(folder, disk / "node")
        discard(folder)
        node = w.trial(disk / "node", *arguments, connect=False).start()
        try:
            ballast = leave(disk, bytes_left)
            meet_control(node)
            node.wait_for_line("mining and accepting pause: ", patience)
            info = node.rpc("getblockchaininfo")
            check(info["paused"], "getblockchaininfo says that it pauses")
            check_equal(node.rpc("status")["chain"]["paused"], info["paused"], "status")
            node.rpc("setmining", True)
            check("paused: " in node.rpc("getmininginfo")["state"], "getmininginfo says that it pauses")
            node.rpc("setmining", False)
            ballast.unlink()
            node.wait_for_line("mining and accepting go on")
            w.check_running(node, w.acknowledged, again=2)  # those for which there was no room
            check_equal(node.rpc("getblockchaininfo")["paused"], None, "paused, at the end")
            pauses = [line for line in node.lines if "pause: " in line]
            check(len(pauses) <= 8, f"one line each time: {pauses}")
            check_equal(node.stop(), 0, "exit status")
            w.check_recovers(w.trial(disk / "node"), w.acknowledged | acknowledged_by(node.lines))
        finally:
            node.kill()
    return "paused and went on"


def test_disk_that_fills_while_blocks_are_connected(_):
    """Without the guard: each write may be the one that fails."""
    own_mounts()
    world()

    def trial(number, dice):
        return filled(number, dice.randrange(1_200_000), "--min-free-space=0")

    run_trials("disk full", trial, range(count(3, 30)), workers=1)


def test_guard_pauses_before_the_disk_is_full(_):
    own_mounts()
    world()
    run_trials("disk nearly full", lambda n, dice: filled(n, dice.randrange(LEAST * 1_000_000)), range(count(1, 5)), workers=1)


def test_a_disk_with_room_is_no_trial(_):
    """The harness itself: a node that never pauses has not met the fault, and does not pass."""
    own_mounts()
    try:
        filled("roomy", 40_000_000, "--min-free-space=0", patience=5)
    except AssertionError as why:
        check("mining and accepting pause" in str(why), str(why))
        return
    raise AssertionError("a disk that never filled passed")


if __name__ == "__main__":
    run(globals())
