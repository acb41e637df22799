"""Real freezenet-miner processes. Standard library only."""

from node import BIN, Node


class Worker(Node):
    """One freezenet-miner for the node of this data folder; what it prints is waited for as a node's lines are."""

    def __init__(self, datadir, *arguments, network="regtest"):
        super().__init__(datadir)
        self.command = [str(BIN / "freezenet-miner"), f"--network={network}", f"--datadir={datadir}", "--status-seconds=1", *arguments]

    def start(self, wait=False):
        return super().start(wait=False)

    def accepted(self):
        return sum(line.endswith(" accepted") for line in list(self.lines))

    def wait_for_accepted(self, count):
        return self.wait_until(lambda: self.accepted() >= count, f"no {count} accepted blocks")

    def said(self, text):
        return sum(text in line for line in list(self.lines))
