"""Finds, kills and reaps the descendants of a process, so that none outlives its job."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from typing import Any

from engine import scratch

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        libc.prctl(option, value, 0, 0, 0)


def become_subreaper() -> None:
    """Makes orphaned descendants children of this process, where it can find them (Linux)."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Lets the kernel kill this process when its parent exits (Linux)."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """Returns the direct children of a process; none if the kernel does not list them."""
    pids: list[int] = []
    with contextlib.suppress(OSError):  # it exits meanwhile
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/children") as listed:
                pids += [int(pid) for pid in listed.read().split()]
    return pids


def descendants(pid: int) -> list[int]:
    pids = [pid]
    for parent in pids:
        pids += children(parent)
    return pids[1:]


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)  # a sandboxed child leads its own group
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def kill_tree(pid: int) -> None:
    """Kills a process and all its descendants."""
    for _ in range(20):  # a fork bomb adds processes between two listings
        pids = descendants(pid)
        for descendant in pids:
            _kill(descendant)
        if not pids:
            break
    _kill(pid)


def wait(pid: int) -> int:
    """Waits for a child's exit and removes its scratch folders; returns its exit code, or minus the signal."""
    _, status = os.waitpid(pid, 0)
    scratch.remove_folders_of(pid)
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
