"""kill -9 while a block is connected beside the chain, by a reorganisation, with pruning: what was acknowledged is there, the rest comes as if nothing had been."""

import time

from faults_world import BEFORE, acknowledged_by, died_connecting, discard, lost_payments, meet_control_while_paying, spin, world
from harness import check, run
from trials import count, run_trials

LONGEST = 0.004  # seconds from a block's first line to the kill; most blocks take no longer
REINDEX = 0.06  # the same from the first line of a reindex
TRIES = 40  # for a kill that falls between the two lines of one block


def kill_while(folder_world, dice, where):
    """Kills a node while it connects a block of which where(height) is true. The folder, and the blocks and payments that it had acknowledged."""
    for _ in range(TRIES):
        folder = folder_world.copy()
        node = folder_world.trial(folder, connect=False)
        delay = dice.uniform(0, LONGEST)
        skip = dice.randrange(3)

        def watch(line):
            nonlocal skip
            found = BEFORE.search(line)
            if not found or not where(int(found["height"])):
                return
            if skip > 0 and where(int(found["height"]) + 1):
                skip -= 1
                return
            spin(delay)
            node.process.kill()

        node.listener = watch
        payments = meet_control_while_paying(node)
        if node.process.returncode == -9 and died_connecting(node.lines):
            return folder, acknowledged_by(node.lines), payments
        discard(folder)
    raise AssertionError(f"none of {TRIES} kills fell into the connecting of a block")


def trials(fault, where, number):
    w = world()

    def trial(_, dice):
        found, acknowledged, payments = kill_while(w, dice, where)
        w.check_recovers(w.trial(found), w.acknowledged | acknowledged, payments)
        discard(found)
        return "killed while connecting"

    outcomes = run_trials(fault, trial, range(number))
    check(outcomes == {"killed while connecting": number}, f"every trial is one: {outcomes}")


def test_kill_while_blocks_beside_the_chain_are_verified(_):
    trials("kill -9 while blocks connect", lambda h: h <= world().height, count(5, 75))


def test_kill_while_the_chain_reorganises(_):
    trials("kill -9 while it reorganises", lambda h: h == world().height + 1, count(5, 75))


def test_kill_while_blocks_prune_models(_):
    trials("kill -9 while it prunes", lambda h: h > world().height + 1, count(5, 75))


def test_kill_while_the_database_is_rebuilt(_):
    """Started again with the option or without it, the database is rebuilt and nothing is fetched again."""
    w = world()

    def trial(number, dice):
        for _ in range(TRIES):
            folder = w.copy()
            node = w.trial(folder, "--reindex")
            delay = dice.uniform(0, REINDEX)

            def watch(line, victim=node, wait=delay):
                if "reindex begins" in line:
                    time.sleep(wait)  # the moment of the fault, not a wait for something
                    victim.process.kill()

            node.listener = watch
            node.start(wait=False)
            try:
                node.process.wait(60)
            finally:
                node.kill()
            if node.process.returncode == -9 and any("reindex begins" in line for line in node.lines) and not any("reindex ends" in line for line in node.lines):
                again = w.trial(folder, *["--reindex"] * (number % 2))
                w.check_recovers(again, w.acknowledged)
                check(any("reindex ends" in line for line in again.lines) or (folder / "chain.sqlite").exists(), "there is a database")
                check(not [f.name for f in folder.iterdir() if ".building" in f.name or ".rebuilt" in f.name], "nothing is left of it")
                discard(folder)
                return "killed while rebuilding"
            discard(folder)
        raise AssertionError(f"none of {TRIES} kills fell into the rebuilding")

    run_trials("kill -9 while the database is rebuilt", trial, range(count(5, 75)))


def test_the_harness_sees_what_is_lost(_):
    """A folder without its database is one of a node that lost what it had acknowledged; with another state than the control node's, or blocks fetched
    that it should have had, no trial passes."""
    w = world()
    folder = w.copy()
    for file in folder.glob("chain.sqlite*"):
        file.unlink()
    fails("acknowledged block", lambda: w.check_recovers(w.trial(folder), w.acknowledged))
    discard(folder)
    folder = w.copy()
    with w.trial(folder) as node:
        w.check_running(node, w.acknowledged)
        fails("bytes were fetched", lambda: w.check_fetched(node, w.acknowledged | {w.state["tip"]}))
        fails("fetched and replayed again", lambda: w.check_running(node, w.acknowledged | {w.state["tip"]}))
        check(lost_payments(node, ["0" * 64]) == ["0" * 64], "a payment that is not there")
        right = w.state
        w.state = {**right, "state_hash": "0" * 64}
        try:
            fails("state, beside that of the control node", lambda: w.check_running(node, w.acknowledged))
        finally:
            w.state = right
    discard(folder)


def fails(what, judge):
    try:
        judge()
    except AssertionError as why:
        check(what in str(why), f"{what!r} was expected: {why}")
        return
    raise AssertionError(f"the harness does not see it: {what}")


if __name__ == "__main__":
    run(globals())
