"""What Linux counts of a process: `/proc/PID/stat` and `status`, see proc(5)."""

import os
from pathlib import Path

__all__ = ["cpu_s", "memory_mb"]


def cpu_s(pid: int) -> float:
    """Return the processor time of all its threads, in user and in kernel mode."""
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, 14 and 15


def memory_mb(pid: int, name: str) -> float:
    """Return its resident memory now (`VmRSS`) or at most (`VmHWM`)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return int(kilobytes) / 1024
