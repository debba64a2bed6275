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


def remembers(job: dict[str, Any], emit: Any) -> None:
    """How often a word, given backwards so that it is not found in the order itself, is in this process's memory."""
    word, found = job["backwards"].encode(), 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        spans = [line.split()[:2] for line in maps.read().splitlines()]
        for low, high in ((int(end, 16) for end in span.split("-")) for span, rights in spans if rights[:2] == "rw"):
            memory.seek(low)
            try:
                piece = memory.read(high - low)
            except OSError:
                continue
            found += piece[::-1].count(word)
    emit({"found": found})
