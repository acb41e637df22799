"""Machines that share nothing but wires: network namespaces of Linux, joined by bridges in a namespace of their own. Standard library and `ip`.

The namespaces have no names: they live as long as a file descriptor of this process or a process inside them, so nothing is left behind,
however a test ends. No interface outside of them is touched.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class NotPermitted(Exception):
    """This user, this kernel or this container makes no network namespaces."""


def _call(function, *arguments):
    if function(*arguments) != 0:
        code = ctypes.get_errno()
        raise NotPermitted(f"{function.__name__}: {os.strerror(code)}")


class Namespace:
    def __init__(self):
        if shutil.which("ip") is None:
            raise NotPermitted("there is no program `ip`")
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _call(_libc.unshare, CLONE_NEWNET)
            try:
                self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            finally:
                _call(_libc.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        self.ip("link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self):
        """This thread is inside: sockets that it opens and processes that it starts belong there, also afterwards."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _call(_libc.setns, self.fd, CLONE_NEWNET)
            try:
                yield
            finally:
                _call(_libc.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)

    def ip(self, *arguments):
        with self.entered():
            done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise NotPermitted(f"ip {' '.join(arguments)}: {done.stderr.strip()}")

    def close(self):
        os.close(self.fd)


class Switch:
    """`count` machines 10.99.0.1, 10.99.0.2, ... on one wire, which can be cut into several and mended."""

    def __init__(self, count):
        self.machines = []
        self.hub = Namespace()
        try:
            for group in range(count):
                self.hub.ip("link", "add", "name", f"wire{group}", "type", "bridge")
                self.hub.ip("link", "set", f"wire{group}", "up")
            for i in range(count):
                machine = Namespace()
                self.machines.append(machine)
                self.hub.ip("link", "add", "name", f"port{i}", "type", "veth", "peer", "name", "eth0", "address", self.hardware(i), "netns",
                            machine.path)
                machine.ip("address", "add", f"{self.address(i)}/24", "dev", "eth0")
                machine.ip("link", "set", "eth0", "up")
                # Nobody asks who is on the wire: else the own system would notice a cut, which it does not where a router lies between.
                for k in set(range(count)) - {i}:
                    machine.ip("neighbour", "add", self.address(k), "lladdr", self.hardware(k), "dev", "eth0", "nud", "permanent")
            self.heal()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def address(i):
        return f"10.99.0.{i + 1}"

    @staticmethod
    def hardware(i):
        return f"02:00:00:00:00:{i + 1:02x}"

    def cut(self, groups):
        """Machines of different groups do not reach each other any more. Nobody is told; who is alone sees its link go down."""
        for wire, group in enumerate(groups):
            for i in group:
                self.hub.ip("link", "set", f"port{i}", "master", f"wire{wire}")
                self.hub.ip("link", "set", f"port{i}", "down" if len(group) == 1 else "up")

    def heal(self):
        self.cut([range(len(self.machines))])

    def close(self):
        for namespace in [self.hub, *self.machines]:
            namespace.close()
