"""Measures other processes from outside: CPU time and peak memory of a process and its descendants."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from engine import reap

CPU_CLOCK = 2  # CPUCLOCK_SCHED of Linux: nanoseconds of all threads of a process, those that have ended included
STOP_TIMEOUT = 2.0  # seconds


def is_supported() -> bool:
    """Whether the system can tell the CPU time of another process (Linux)."""
    return sys.platform == "linux"


class ProcessGroup:
    """A process and all its descendants, which run only between `resume` and `suspend`.

    So nothing can compute in advance, or slow another process down, outside of its own turn.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def pids(self) -> list[int]:
        return [self.pid, *reap.descendants(self.pid)]

    def suspend(self) -> None:
        """Stops all processes, and waits until they have stopped."""
        deadline = time.monotonic() + STOP_TIMEOUT
        while running := [pid for pid in self.pids() if _state(pid) not in "TZX"]:
            for pid in running:
                _signal(pid, signal.SIGSTOP)
            if time.monotonic() > deadline:
                return
            time.sleep(0.0005)

    def resume(self) -> None:
        for pid in self.pids():
            _signal(pid, signal.SIGCONT)

    def cpu_seconds(self) -> float:
        """Returns the CPU seconds of all threads of all processes, those that have ended included."""
        return sum(_clock(pid) + _waited(pid) for pid in self.pids())

    def reset_peak(self) -> int | None:
        """Starts a new measurement of peak memory. Returns the bytes in memory now, or None if that is impossible."""
        try:
            for pid in self.pids():
                Path(f"/proc/{pid}/clear_refs").write_text("5")
        except OSError:
            return None
        return self._memory("VmRSS")

    def peak_bytes(self) -> int:
        """Returns the largest number of bytes in memory since `reset_peak`."""
        return self._memory("VmHWM")

    def _memory(self, key: str) -> int:
        return sum(_status_bytes(pid, key) for pid in self.pids())


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def _clock(pid: int) -> float:
    try:
        return time.clock_gettime((~pid << 3) | CPU_CLOCK)
    except OSError:
        return 0.0


def _fields(pid: int) -> list[str]:
    """Returns the fields of /proc/PID/stat from the state on; none if the process has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _state(pid: int) -> str:
    fields = _fields(pid)
    return fields[0] if fields else "X"


def _waited(pid: int) -> float:
    """Returns the CPU seconds of a process's children that have ended and been waited for."""
    fields = _fields(pid)
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _status_bytes(pid: int, key: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:")), 0)
