"""System calls of a running node that fail or kill it, by strace's injection.

strace counts calls of each thread by itself. It is attached when the node is ready and before it meets a peer, so the n-th call is the n-th
of the thread that connects blocks (or that writes their models) and lies within the connecting of some block.
"""

import collections
import re
import shutil
import subprocess

from harness import Skipped

LINE = re.compile(r"^(\d+) +(?P<time>[\d.]+) (?P<call>\w+)\(")
RESUMED = re.compile(r"^(\d+ +[\d.]+ )<\.\.\. \w+ resumed>")
UNFINISHED = " <unfinished ...>"


class Strace:
    def __init__(self, node, log, calls, *injections):
        if shutil.which("strace") is None:
            raise Skipped("there is no program strace; scripts/install-dependencies installs it")
        self.log = log
        command = ["strace", "-f", "-ttt", "-y", "-o", str(log), "-e", f"trace={','.join(calls)}", "-p", str(node.process.pid)]
        for injection in injections:
            command += ["-e", f"inject={injection}"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        first = self.process.stderr.readline()
        if "attached" not in first:
            self.process.wait()
            raise Skipped(f"strace may not trace here: {first.strip()}")

    def finish(self):
        """Waits for the traced process to be gone."""
        self.process.communicate()
        return list(whole(self.log.read_text(errors="replace").splitlines()))

    def detach(self):
        self.process.terminate()
        return self.finish()


def whole(lines):
    """With each call that another thread's interrupted in one line, under the time of its end."""
    begun = {}  # thread -> what of its call was written first
    for line in lines:
        thread = line.split(" ", 1)[0]
        if line.endswith(UNFINISHED):
            begun[thread] = line[: -len(UNFINISHED)]
        elif (found := RESUMED.match(line)) and thread in begun:
            yield found[1] + begun.pop(thread).split(None, 2)[2] + line[found.end() :]
        else:
            yield line
    yield from begun.values()


def calls_of_busiest_thread(lines):
    """call -> how often the thread made it that made it most."""
    count = collections.Counter()
    for line in lines:
        if found := LINE.match(line):
            count[found[1], found["call"]] += 1
    most = collections.Counter()
    for (_, call), times in count.items():
        most[call] = max(most[call], times)
    return most


def injected_at(lines):
    """When the call failed, in seconds since 1970; None where none did."""
    for line in lines:
        if "INJECTED" in line and (found := LINE.match(line)):
            return float(found["time"])
    return None


def killed_in(lines):
    """The call that the kill came in: the one that never returned and is not waiting for nothing."""
    return [line for line in lines if line.endswith("= ?")]
