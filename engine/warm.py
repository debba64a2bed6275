"""The warm parent: torch and pytest are imported once, then every job is a fork away.

It speaks JSON lines on its standard input and output. In: {"id", "target": "module:function", "job", "limit"},
{"id", "cancel": true}, or {"expect": subject}, what the next job will be about. Out: {"ready": true},
{"id", "event": …} for each line a job writes, and {"id", "end": exit code, or minus the signal}. It runs no job
itself and imports nothing of a learner's.
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
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine import reap, scratch
from engine.job import Order, run_job

# so many jobs without a pause make it worth loading for them all what each would load for itself
PATIENCE = 4
IDLE, QUIET = 0.3, 0.02  # seconds without work before loading something, and before forking the spare
MAX_EVENTS = 4 * 2**20


@dataclass
class Running:
    id: int
    pid: int
    pipe: int
    deadline: float
    unread: bytearray = field(default_factory=bytearray)
    seen: int = 0


@dataclass
class Spare:
    """A process that waits for a job of one target about one subject (None: about any): its events' pipe, and
    the pipe for its order."""

    pid: int
    pipe: int
    orders: int
    subject: Any

    def order(self, job: Any) -> bool:
        """Gives it the job; False if it is gone."""
        try:
            data = json.dumps(job).encode() + b"\n"
            while data:
                data = data[os.write(self.orders, data) :]
        except BrokenPipeError:
            return False
        finally:
            os.close(self.orders)
        return True

    def discard(self) -> None:
        for fd in (self.orders, self.pipe):
            os.close(fd)
        reap.kill_tree(self.pid)
        os.waitpid(self.pid, 0)


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

    def __init__(self, later: list[Callable[[], object]], spare_target: str | None) -> None:
        self.later = later
        self.spare_target = spare_target
        self.spare: Spare | None = None
        self.subject: Any = None  # of the last job: the next is likely about the same
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
            if not self.jobs and (self.later or self.wants_spare()):
                wait = QUIET if self.wants_spare() else IDLE
            ready = self.selector.select(wait)
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
            if idle and self.wants_spare():
                self.fork_spare()
            elif self.later and (idle or self.served > PATIENCE):
                self.load_one_more()

    def load_one_more(self) -> None:
        self.served = 0
        with contextlib.suppress(Exception):
            self.later.pop(0)()
        gc.collect()
        gc.freeze()
        self.discard_spare()  # it lacks what was just loaded

    def expect(self, subject: Any) -> None:
        """The next job will likely be about this: a spare that waits for another is of no use."""
        if subject != self.subject:
            self.subject = subject
            self.discard_spare()

    def discard_spare(self) -> None:
        if self.spare is not None:
            self.spare.discard()
            self.spare = None

    def wants_spare(self) -> bool:
        return self.spare_target is not None and self.spare is None

    def fork_spare(self) -> None:
        """Forks the next job's process ahead, so that a save need not wait for it."""
        assert self.spare_target is not None
        (read, write), (reads, orders) = os.pipe(), os.pipe()
        pid = self.fork(
            [read, orders], lambda: run_job(self.spare_target or "", self.subject, Order(pipe=reads), write)
        )
        os.close(write)
        os.close(reads)
        self.spare = Spare(pid, read, orders, self.subject)

    def fork(self, close: list[int], then: Callable[[], None]) -> int:
        """Forks a process that leads a group of its own and has none of this one's descriptors."""
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            reap.die_with_parent()
            self.selector.close()
            for fd in [*close, self.out, *(job.pipe for job in self.jobs.values())]:
                os.close(fd)
            if self.spare is not None:
                os.close(self.spare.orders)
                os.close(self.spare.pipe)
            then()
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        return pid

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
            if "expect" in request:
                self.expect(request["expect"])
            elif request.get("cancel"):
                if job := self.jobs.get(request["id"]):
                    self.finish(job, kill=True)
            else:
                self.start(request)
        if not chunk:  # the app is gone, so nobody wants these any more
            for job in list(self.jobs.values()):
                self.finish(job, kill=True)
        return bool(chunk)

    def start(self, request: dict[str, Any]) -> None:
        target, order = request["target"], request["job"]
        subject = order.get("subject") if isinstance(order, dict) else None
        spare, waits = self.spare, target == self.spare_target
        if waits and spare and spare.subject in (None, subject) and spare.order(order):
            pid, read = spare.pid, spare.pipe
            self.spare = None
        else:
            read, write = os.pipe()
            pid = self.fork([read], lambda: run_job(target, subject, Order(order), write))
            os.close(write)
        if waits:
            self.expect(subject)
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
        keep = {other.pid for other in self.jobs.values()}
        reap.kill_strays(keep | ({self.spare.pid} if self.spare else set()))
        self.say({"id": job.id, "end": os.waitstatus_to_exitcode(status)})


def main(preload: list[str]) -> None:
    """`preload` names modules to import. What they list as AT_ONCE is called before the first job, what they list
    as LATER one by one when nothing else is to do; SPARE is the target for which a process is kept waiting."""
    reap.become_subreaper()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the app's to handle
    warm_up()
    later: list[Callable[[], object]] = []
    spare: str | None = None
    for name in preload:
        module = importlib.import_module(name)
        for step in getattr(module, "AT_ONCE", ()):
            step()
        later += getattr(module, "LATER", ())
        spare = getattr(module, "SPARE", spare)
    gc.collect()
    gc.freeze()
    scratch.open_base()
    try:
        Warm(later, spare).run()
    finally:
        scratch.close_base()


if __name__ == "__main__":
    main(sys.argv[1:])
