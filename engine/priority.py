"""Lowers the priority of processes: their nice value, and that of their session's autogroup on Linux.

Linux can divide processor time between sessions first (autogroup, sched(7)). A process's nice value then counts only
within its session, and each new session's autogroup starts with the nice value 0.
"""

from __future__ import annotations

import contextlib
import os
import time

AUTOGROUP = "autogroup"
RETRIES, RETRY_DELAY = 20, 0.03  # Linux accepts one change in a tenth of a second, from all processes together


def set_nice(pid: int, nice: int) -> None:
    """Gives a session's leader this nice value (0 to 19), as far as the system allows it. Processes that it forks
    afterwards inherit the value."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, nice)
        _set_autogroup(f"/proc/{pid}/{AUTOGROUP}", nice)


def reapply_autogroup(proc: int | None = None) -> None:
    """Gives this process's nice value to the autogroup of its session; call it after setsid. `proc` is a descriptor of
    /proc for processes that cannot reach its path."""
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    if nice > 0:
        _set_autogroup(f"self/{AUTOGROUP}" if proc is not None else f"/proc/self/{AUTOGROUP}", nice, proc)


def _set_autogroup(path: str, nice: int, proc: int | None = None) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            for _ in range(RETRIES):
                with contextlib.suppress(BlockingIOError):
                    os.write(fd, str(nice).encode())
                    break
                time.sleep(RETRY_DELAY)
        finally:
            os.close(fd)
