"""What the machine lets this process use: cores and memory."""

import os
import sys
from contextlib import suppress
from pathlib import Path

CONTAINER = Path("/sys/fs/cgroup")  # limits of the container that this process is in, on Linux
KIB = 1024


def usable_cores() -> int:
    """Count the cores that this process may use, in its container too."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # `max` where there is no limit
        limit, period = (CONTAINER / "cpu.max").read_text(encoding="ascii").split()
        cores = min(cores, max(int(limit) // int(period), 1))
    return cores


def free_bytes() -> float:
    """Find the memory that is free, in the container too; infinite where nobody says."""
    free = float("inf")
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = float(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]) * KIB
    with suppress(OSError, ValueError):
        limit = int((CONTAINER / "memory.max").read_text(encoding="ascii"))
        used_bytes = int((CONTAINER / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (CONTAINER / "memory.stat").read_text("ascii").splitlines())
        free = min(
            free, limit - used_bytes + int(stat.get("inactive_file", 0))
        )  # copies of files can go at any time
    return free


def peak_bytes() -> int:
    """Find the largest memory that this process has held so far; 0 where nobody says."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else KIB)
