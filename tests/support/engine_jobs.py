"""Jobs for the engine's tests."""

from __future__ import annotations

import os
import sys
import time
from typing import Any


def echo(request: dict[str, Any], emit: Any) -> None:
    print("this must not reach the engine's output")
    emit({"pid": os.getpid(), "request": request, "torch": "torch" in sys.modules})


def fail(request: dict[str, Any], emit: Any) -> None:
    raise ValueError("on purpose")


def sleep(request: dict[str, Any], emit: Any) -> None:
    emit({"pid": os.getpid()})
    time.sleep(request["seconds"])


def fork_sessions(request: dict[str, Any], emit: Any) -> None:
    """Forks processes that leave the job's process group, then waits."""
    pids = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)
        pids.append(pid)
    emit({"pids": [*pids, os.getpid()]})
    time.sleep(request["seconds"])


def environment(request: dict[str, Any], emit: Any) -> None:
    with open("/proc/self/environ") as initial:
        emit({"current": sorted(os.environ), "initial": initial.read().split("\0")})


def count_in_memory(request: dict[str, Any], emit: Any) -> None:
    """Counts a word in this process's memory; the request has it reversed, so that it does not match itself."""
    word, count = request["reversed"].encode(), 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        spans = [line.split()[:2] for line in maps.read().splitlines()]
        for low, high in ((int(end, 16) for end in span.split("-")) for span, rights in spans if rights[:2] == "rw"):
            memory.seek(low)
            try:
                data = memory.read(high - low)
            except OSError:
                continue
            count += data[::-1].count(word)
    emit({"count": count})


def repeat(request: dict[str, Any], emit: Any, read_message: Any) -> None:
    """A session that sends each message back."""
    while (message := read_message()) is not None:
        emit({"pid": os.getpid(), "repeats": message})
