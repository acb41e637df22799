"""Power cuts: the data folder lies on an ext4 that forgets, in the middle of a block, all that was not synced. Nothing acknowledged may be lost.

With a library in front whose syncs do nothing, the same harness must see losses."""

import os
import random
import shutil
import subprocess

from faults_disk import PowerCutDisk, own_mounts
from faults_library import library
from faults_world import BEFORE, acknowledged_by, died_connecting, discard, meet_control_while_paying, spin, world
from harness import check, run
from trials import count, run_trials

LONGEST = 0.004  # seconds from a block's first line to the cut
NO_SYNC = "int fsync(int f) { (void)f; return 0; }\nint fdatasync(int f) { (void)f; return 0; }\n"


def cut_power(disk, dice, env=None):
    """A node on the disk that meets the control node loses its power in some block. The blocks and the payments that it had acknowledged by
    then, and whether the cut came while a block was connected."""
    node = world().trial(disk.folder / "node", connect=False)
    node.env = env
    skip, delay = dice.randrange(14), dice.uniform(0, LONGEST)
    done = False

    def watch(line):
        nonlocal skip, done
        if done or not BEFORE.search(line):
            return
        if skip > 0:
            skip -= 1
            return
        spin(delay)
        disk.cut()
        node.process.kill()
        done = True

    node.listener = watch
    payments = meet_control_while_paying(node)
    # A line that was written before the cut is an acknowledgement; between the cut and the kill nothing could be synced any more.
    killed = done and node.process.returncode == -9
    return acknowledged_by(node.lines), payments, killed and died_connecting(node.lines) is not None


def start_disk(name):
    disk = PowerCutDisk(world().folder / name)
    folder = world().copy()
    shutil.copytree(folder, disk.folder / "node")
    discard(folder)
    subprocess.run(["sync", "-f", str(disk.folder)], check=True)
    return disk


def one_cut(name, dice, env=None):
    """Cuts until one counts, then starts again without the fault."""
    for attempt in range(20):
        disk = start_disk(f"{name}-{attempt}")
        try:
            acknowledged, payments, counts = cut_power(disk, dice, env)
            if not counts:
                continue
            disk.unmount()
            disk.mount()
            world().check_recovers(world().trial(disk.folder / "node"), world().acknowledged | acknowledged, payments)
            return "cut while connecting"
        finally:
            disk.close()
    raise AssertionError("no cut fell into the connecting of a block")


def test_power_cuts(_):
    own_mounts()
    run_trials("power cut", lambda n, dice: one_cut(f"cut{n}", dice), range(count(4, 100)), workers=1)


def test_without_syncs_blocks_are_lost(_):
    """The harness itself: with syncs that do nothing, it sees losses."""
    own_mounts()
    env = dict(os.environ, LD_PRELOAD=str(library(world().folder, "no_sync", NO_SYNC)))
    for number in range(10):
        try:
            one_cut(f"lost{number}", random.Random(number), env)
        except AssertionError as why:
            # That, or the node itself says at the start what it misses; nothing else is a loss.
            said = [line for line in str(why).splitlines() if "acknowledged" in line or "is damaged" in line]
            check(said, str(why))
            print(f"     without syncs: {said[0]}", flush=True)
            return
    raise AssertionError("ten power cuts without any sync lost nothing: the harness would not see a loss")


if __name__ == "__main__":
    run(globals())
