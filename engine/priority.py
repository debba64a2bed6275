"""Standing back for other processes: a nice value, and the same for the session's group where Linux makes those."""

from __future__ import annotations

import contextlib
import os
import time

# Linux may share a processor out between sessions first (sched(7), autogroup): a nice value then counts within one
# session alone, and each session has one of its own, which begins at 0.
GROUP = "autogroup"
TRIES, PAUSE = 20, 0.03  # Linux takes such a change every tenth of a second, from whomever


def set_nice(pid: int, nice: int) -> None:
    """Gives a process that leads a session this nice value (0 to 19). It should not have forked yet, since those that
    it forks inherit it. Does what the system allows."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, nice)
        _group(f"/proc/{pid}/{GROUP}", nice)


def reapply_autogroup(proc: int | None = None) -> None:
    """To be called after setsid: the new session stands back as its process does. `proc`: a descriptor of /proc, where
    that has no path any more."""
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    if nice > 0:
        _group(f"self/{GROUP}" if proc is not None else f"/proc/self/{GROUP}", nice, proc)


def _group(path: str, nice: int, proc: int | None = None) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            for _ in range(TRIES):
                with contextlib.suppress(BlockingIOError):
                    os.write(fd, str(nice).encode())
                    break
                time.sleep(PAUSE)
        finally:
            os.close(fd)
