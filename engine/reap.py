"""Leaves no process behind: finds and kills everything that descends from a process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any

from engine import scratch

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        libc.prctl(option, value, 0, 0, 0)


def become_subreaper() -> None:
    """Orphans below this process become its own children, where it can find them (Linux)."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """The kernel kills this process when its parent ends (Linux)."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """The direct children of a process; empty where the kernel does not tell."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


def descendants(pid: int) -> list[int]:
    below = [pid]
    for one in below:
        below += children(one)
    return below[1:]


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)  # learner's children lead a group of their own
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def kill_tree(pid: int) -> None:
    """Kills a process and all that descends from it, until no more appear."""
    for _ in range(20):  # a fork bomb makes new ones while we look
        found = descendants(pid)
        for one in found:
            _kill(one)
        if not found:
            break
    _kill(pid)


def wait(pid: int) -> int:
    """Waits for a child that is about to end, and removes what it left in scratch folders; its exit code, or minus
    the signal."""
    _, status = os.waitpid(pid, 0)
    scratch.tidy(pid)
    return os.waitstatus_to_exitcode(status)


def kill_strays(keep: set[int]) -> None:
    """Kills and reaps every child of this process that is not in `keep`."""
    for _ in range(1000):
        strays = [pid for pid in children(os.getpid()) if pid not in keep]
        if not strays:
            return
        for pid in strays:
            kill_tree(pid)
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)
