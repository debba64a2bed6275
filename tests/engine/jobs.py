"""Jobs for the engine's tests."""

from __future__ import annotations

import os
import sys
import time
from typing import Any


def echo(job: dict[str, Any], emit: Any) -> None:
    print("this must not reach the engine's output")
    emit({"pid": os.getpid(), "job": job, "torch": "torch" in sys.modules})


def fail(job: dict[str, Any], emit: Any) -> None:
    raise ValueError("on purpose")


def sleep(job: dict[str, Any], emit: Any) -> None:
    emit({"pid": os.getpid()})
    time.sleep(job["seconds"])


def family(job: dict[str, Any], emit: Any) -> None:
    """A process that starts others which leave its group, then waits."""
    pids = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)
        pids.append(pid)
    emit({"pids": [*pids, os.getpid()]})
    time.sleep(job["seconds"])


def environment(job: dict[str, Any], emit: Any) -> None:
    with open("/proc/self/environ") as began_with:
        emit({"now": sorted(os.environ), "began with": began_with.read().split("\0")})
