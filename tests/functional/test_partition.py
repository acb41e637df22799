"""Five nodes whose wires are cut and mended: one tip soon after, that of the most work, and the state of a node that was never cut off.

`--long` makes ten cuts instead of three, up to 100 s long.
"""

import threading
import time

from harness import Skipped, check, check_equal, run
from network_namespaces import NotPermitted, Switch
from node import Node
from trials import LONG, record

SECONDS_TO_AGREE = 30
# Who is together, and for how many seconds. The kernel and the node each have waiting times of about 20 s: cuts end before and after them.
SHORT = [([[0, 1, 2], [3, 4]], 2), ([[0], [1, 2, 3, 4]], 14), ([[0, 1], [2], [3, 4]], 24)]
FULL = [*SHORT, ([[0, 4], [1], [2], [3]], 6), ([[1, 3], [0, 2, 4]], 33), ([[4], [0, 1, 2, 3]], 45), ([[0], [1], [2], [3], [4]], 18),
        ([[0, 3], [1, 2, 4]], 60), ([[2], [0, 1], [3, 4]], 100), ([[0, 1, 2, 3], [4]], 10)]


class Machines:
    def __init__(self, folder, switch):
        self.folder, self.switch = folder, switch
        self.nodes = []
        for i, machine in enumerate(switch.machines):
            dials = [f"--connect={n.address}" for n in self.nodes]
            self.nodes.append(Node(folder / f"n{i}", *dials, host=switch.address(i), namespace=machine).start())
        for node in self.nodes:
            node.wait_for_peers(len(self.nodes) - 1)

    def mine(self, i, blocks):
        node = self.nodes[i]
        height = node.rpc("getblockchaininfo")["height"]
        node.rpc("setmining", True)
        node.wait_for_height(height + blocks)
        node.rpc("setmining", False)

    def best(self):
        """The tip of the most work on any machine, once no two branches have the same."""
        while True:
            infos = [n.rpc("getblockchaininfo") for n in self.nodes]
            most = max(int(i["total_work"], 16) for i in infos)
            tips = {i["hash"] for i in infos if int(i["total_work"], 16) == most}
            if len(tips) == 1:
                return tips.pop()
            self.mine(next(k for k, i in enumerate(infos) if i["hash"] in tips), 1)

    def wait_for_one_tip(self, best, started):
        for node in self.nodes:
            left = SECONDS_TO_AGREE - (time.monotonic() - started)
            node.wait_until(lambda n=node: n.rpc("getbestblockhash") == best, f"not on tip {best[:16]}", max(left, 0.1))
        return time.monotonic() - started

    def check_fresh(self, number, best):
        """The state of everybody is that of a node that learns the chain now, from nothing."""
        states = {n.rpc("getstatehash")["state_hash"] for n in self.nodes}
        check_equal(len(states), 1, "state hashes")
        with Node(self.folder / f"fresh{number}", f"--connect={self.nodes[0].address}", host=self.switch.address(0),
                  namespace=self.switch.machines[0]) as fresh:
            fresh.wait_for_block(best)
            check_equal(fresh.rpc("getstatehash")["state_hash"], states.pop(), "state hash of a fresh sync")

    def close(self):
        for node in self.nodes:
            node.kill()


def cut_and_heal(machines, number, groups, seconds):
    end = time.monotonic() + seconds
    machines.switch.cut(groups)
    miners = [group[0] for group in groups]
    for k, i in enumerate(miners):
        machines.mine(i, 1 + (number + k) % 4)
    # The cut itself takes this long; there is nothing to wait for.
    threading.Event().wait(max(0, end - time.monotonic()))
    for i in miners:
        machines.mine(i, 1)
    best = machines.best()
    tips = {machines.nodes[i].rpc("getbestblockhash") for i in miners}
    check_equal(len(tips), len(miners), "branches")
    machines.switch.heal()
    took = machines.wait_for_one_tip(best, time.monotonic())
    sizes = "/".join(str(len(g)) for g in groups)
    print(f"     cut {number}: {sizes} for {seconds} s, {len(tips)} branches, one tip after {took:.1f} s", flush=True)
    machines.check_fresh(number, best)
    return took


def partition(folder, plan):
    try:
        switch = Switch(5)
    except NotPermitted as why:
        raise Skipped(f"no network namespaces here ({why})") from why
    machines = None
    try:
        machines = Machines(folder, switch)
        machines.mine(0, 2)
        machines.wait_for_one_tip(machines.best(), time.monotonic())
        longest = max(cut_and_heal(machines, k, *cut) for k, cut in enumerate(plan, 1))
        check(longest <= SECONDS_TO_AGREE, f"one tip within {SECONDS_TO_AGREE} s, {longest:.1f} s at most")
        lost = [n for n in machines.nodes if any("refused block" in line for line in n.lines)]
        check_equal(lost, [], "nodes that refused a block of the others")
    finally:
        if machines:
            machines.close()
        switch.close()


def test_partition_and_heal(folder):
    plan = FULL if LONG else SHORT
    partition(folder, plan)
    record("wires cut and mended", len(plan), len(plan), {"one tip of the most work": len(plan)})


if __name__ == "__main__":
    run(globals())
