"""What a process holds in memory."""


def status_kib(pid, field):
    """A field of /proc/PID/status: VmRSS now, VmHWM the most so far."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise AssertionError(f"no {field} of process {pid}")
