"""The warm parent: torch and pytest are imported once, then every job is a fork away.

It speaks JSON lines on its standard input and output. In: {"id", "target": "module:function", "job", "limit"}
or {"id", "cancel": true}. Out: {"ready": true}, {"id", "event": …} for each line a job writes, and
{"id", "end": exit code, or minus the signal}. It runs no job itself and imports nothing of a learner's.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine import reap, scratch

Emit = Callable[[dict[str, Any]], None]
# so many jobs without a pause make it worth loading for them all what each would load for itself
PATIENCE = 4
MAX_EVENTS = 4 * 2**20


@dataclass
class Running:
    id: int
    pid: int
    pipe: int
    deadline: float
    unread: bytearray = field(default_factory=bytearray)
    seen: int = 0


def warm_up() -> None:
    """Loads what every job needs. All torch work stays on one thread: a fork after a threaded one hangs."""
    import pytest
    import torch

    torch.set_num_threads(1)
    torch.testing.assert_close(torch.ones(1), torch.ones(1))  # pulls in most of a second of lazy imports
    torch.nn.Linear(1, 1)(torch.ones(1, 1)).sum().backward()
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-c", os.devnull, os.devnull])


class Warm:
    """The loop: reads requests, forks jobs, forwards their lines, reaps them."""

    def __init__(self, later: list[Callable[[], object]]) -> None:
        self.later = later
        self.served = 0
        self.selector = selectors.DefaultSelector()
        self.jobs: dict[int, Running] = {}
        self.unread = bytearray()
        self.out = os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)  # whatever an import prints must not look like an answer
        os.close(null)
        os.set_blocking(0, True)
        self.selector.register(0, selectors.EVENT_READ, None)

    def run(self) -> None:
        self.say({"ready": True})
        while True:
            nearest = min((job.deadline for job in self.jobs.values()), default=None)
            wait = None if nearest is None else max(0.0, nearest - time.monotonic())
            ready = self.selector.select(0.3 if self.later and not self.jobs else wait)
            for key, _ in ready:
                if key.data is None:
                    if not self.read_requests():
                        return
                elif key.data.id in self.jobs:
                    self.forward(key.data)
            for job in list(self.jobs.values()):
                if time.monotonic() > job.deadline:
                    self.finish(job, kill=True)
            idle = not ready and not self.jobs
            if self.later and (idle or self.served > PATIENCE):
                self.load_one_more()

    def load_one_more(self) -> None:
        self.served = 0
        with contextlib.suppress(Exception):
            self.later.pop(0)()
        gc.collect()
        gc.freeze()

    def say(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self.out, data) :]

    def read_requests(self) -> bool:
        chunk = os.read(0, 2**20)
        self.unread += chunk
        *lines, rest = self.unread.split(b"\n")
        self.unread = bytearray(rest)
        for line in lines:
            request = json.loads(line)
            if request.get("cancel"):
                if job := self.jobs.get(request["id"]):
                    self.finish(job, kill=True)
            else:
                self.start(request)
        if not chunk:  # the app is gone, so nobody wants these any more
            for job in list(self.jobs.values()):
                self.finish(job, kill=True)
        return bool(chunk)

    def start(self, request: dict[str, Any]) -> None:
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            self.selector.close()
            for other in self.jobs.values():
                os.close(other.pipe)
            os.close(read)
            os.close(self.out)
            run_job(request, write)
        os.close(write)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        job = Running(request["id"], pid, read, time.monotonic() + request["limit"])
        self.jobs[job.id] = job
        self.selector.register(read, selectors.EVENT_READ, job)

    def forward(self, job: Running) -> None:
        chunk = os.read(job.pipe, 2**16)
        job.seen += len(chunk)
        job.unread += chunk
        *lines, rest = job.unread.split(b"\n")
        job.unread = bytearray(rest)
        for line in lines:
            self.say({"id": job.id, "event": json.loads(line)})
        if not chunk or job.seen > MAX_EVENTS:
            self.finish(job, kill=bool(chunk))

    def finish(self, job: Running, kill: bool) -> None:
        self.selector.unregister(job.pipe)
        os.close(job.pipe)
        del self.jobs[job.id]
        self.served += 1
        if kill:
            reap.kill_tree(job.pid)
        _, status = os.waitpid(job.pid, 0)
        reap.kill_strays({other.pid for other in self.jobs.values()})
        self.say({"id": job.id, "end": os.waitstatus_to_exitcode(status)})


def run_job(request: dict[str, Any], pipe: int) -> None:
    """In the job's own process: calls the target with the job and an `emit`; never returns."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)

    def emit(event: dict[str, Any]) -> None:
        data = json.dumps(event).encode() + b"\n"
        while data:
            data = data[os.write(pipe, data) :]

    status = 0
    try:
        module, _, name = request["target"].partition(":")
        getattr(importlib.import_module(module), name)(request["job"], emit)
    except BaseException:
        status = 70
        with contextlib.suppress(OSError):
            emit({"fault": traceback.format_exc()})
    finally:
        os._exit(status)


def main(preload: list[str]) -> None:
    """`preload` names modules to import. What they list as AT_ONCE is called before the first job, what they list
    as LATER one by one when nothing else is to do."""
    reap.become_subreaper()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the app's to handle
    warm_up()
    later: list[Callable[[], object]] = []
    for name in preload:
        module = importlib.import_module(name)
        for step in getattr(module, "AT_ONCE", ()):
            step()
        later += getattr(module, "LATER", ())
    gc.collect()
    gc.freeze()
    scratch.open_base()
    try:
        Warm(later).run()
    finally:
        scratch.close_base()


if __name__ == "__main__":
    main(sys.argv[1:])
