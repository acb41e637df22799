"""File systems of a test's own: a small tmpfs that can be filled, and an ext4 in a file whose power can be cut. Root only; mounted in a mount
namespace of this process, so that nothing is left behind and nobody else sees them."""

import contextlib
import ctypes
import fcntl
import functools
import os
import pathlib
import shutil
import struct
import subprocess

from harness import Skipped

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2  # nothing that is not on the disk gets there any more
_libc = ctypes.CDLL(None, use_errno=True)


@functools.cache
def own_mounts():
    """What is mounted from now on is this process's and its children's alone."""
    # Of the thread group's first thread, before there are others: a namespace belongs to a thread.
    if _libc.unshare(CLONE_NEWNS) != 0 or _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise Skipped(f"no mount namespace: {os.strerror(ctypes.get_errno())}")


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Skipped(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


@contextlib.contextmanager
def small_disk(folder, megabytes):
    own_mounts()
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


class PowerCutDisk:
    """An ext4 in a file. cut() is the moment at which the machine loses its power; mount() is the next start."""

    def __init__(self, folder, megabytes=64):
        own_mounts()
        for program in ("mkfs.ext4", "losetup"):
            if shutil.which(program) is None:
                raise Skipped(f"there is no program {program}")
        self.image = folder.with_suffix(".ext4")
        self.folder = folder
        self.folder.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        _run("mkfs.ext4", "-q", "-F", str(self.image))
        self.mount()

    def mount(self):
        _run("mount", "-o", "loop", str(self.image), str(self.folder))

    def unmount(self):
        subprocess.run(["umount", str(self.folder)], check=True)

    def cut(self):
        """Whoever writes from now on gets an error; what no sync has brought to the disk is lost."""
        fd = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        except OSError as why:
            raise Skipped(f"this kernel's ext4 takes no shutdown: {why}") from why
        finally:
            os.close(fd)

    def close(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
        pathlib.Path(self.image).unlink(missing_ok=True)
