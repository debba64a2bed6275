"""The warm parent: torch and pytest are imported once, then every job is a fork away.

It takes requests (`letters.request`) on its standard input: {"id", "target": "module:function", "limit", "many",
"about"} with the job as body; {"id", "cancel": true}; {"expect": key} with what the next job will be about as body;
{"id", "question": true} with what the many processes of that job, which comes next, may all know.
It writes JSON lines: {"ready": true}, {"id", "event": …} for each line a job writes, and {"id", "end": exit code, or
minus the signal}. It runs no job itself, imports nothing of a learner's, and reads neither bodies nor events.
"""

from __future__ import annotations

import contextlib
import gc
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
from engine.payload import SIZES, Buffer, Letter
from engine.preload import Steps, load

# so many jobs without a pause make it worth loading for them all what each would load for itself
JOBS_BEFORE_LOADING = 4
IDLE, QUIET = 0.3, 0.02  # seconds without work before loading something, and before forking the spare
MAX_EVENT_BYTES = 4 * 2**20


@dataclass
class Running:
    id: int
    pid: int
    pipe: int
    deadline: float
    begun: list[bytearray] = field(default_factory=list)  # the line of an event that has not ended yet
    seen: int = 0

    def forget(self) -> None:
        for piece in self.begun:
            piece[:] = bytes(len(piece))
        self.begun.clear()


@dataclass
class Spare:
    """A process that waits for a job of one target about one subject ("": about any): its events' pipe, and
    the pipe for its order."""

    pid: int
    pipe: int
    orders: int
    about: str

    def order(self, job: Letter, buffer: Buffer) -> bool:
        """Gives it the job; False if it is gone."""
        try:
            job.copy_to(self.orders, buffer)
        except BrokenPipeError:
            return False
        os.close(self.orders)
        return True

    def discard(self) -> None:
        for fd in (self.orders, self.pipe):
            os.close(fd)
        reap.kill_tree(self.pid)
        reap.wait(self.pid)


class Warm:
    """The loop: reads requests, forks jobs, forwards their lines, reaps them."""

    def __init__(self, later: Steps, rarely: Steps, spare_target: str | None) -> None:
        self.later = later
        self.rarely = rarely
        self.spare_target = spare_target
        self.spare: Spare | None = None
        self.about = ""  # the key of what the next job is likely about
        self.subject: Letter | None = None
        self.question: tuple[int, Letter] | None = None  # the job that it is for, and what its many processes may know
        self.served = 0
        self.selector = selectors.DefaultSelector()
        self.jobs: dict[int, Running] = {}
        self.buffer = Buffer()
        self.head = b""  # of a request, as far as it has come
        self.arriving: tuple[dict[str, Any], Letter, int] | None = None  # what misses so many bytes
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
            if not self.jobs and (self.later or self.rarely or self.wants_spare()):
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
            elif idle or self.served > JOBS_BEFORE_LOADING:
                self.load_one_more(self.later or (self.rarely if idle else []))

    def load_one_more(self, steps: Steps) -> None:
        self.served = 0
        if not steps:
            return
        with contextlib.suppress(Exception):
            steps.pop(0)()
        gc.collect()
        gc.freeze()
        self.discard_spare()  # it lacks what was just loaded

    def expect(self, about: str, subject: Letter) -> None:
        """The next job will likely be about this: a spare that waits for another is of no use."""
        if self.subject is not None:
            self.subject.close()
        self.subject = subject
        if about != self.about:
            self.about = about
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
        target, subject = self.spare_target, self.subject
        pid = self.fork([read, orders], lambda: run_job(target, 1, subject, Order(pipe=reads), write))
        os.close(write)
        os.close(reads)
        self.spare = Spare(pid, read, orders, self.about)

    def fork(self, close: list[int], then: Callable[[], None]) -> int:
        """Forks a process that leads a group of its own and has none of this one's descriptors."""
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            reap.die_with_parent()
            self.selector.close()
            for job in self.jobs.values():
                job.forget()
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
        self.write([json.dumps(message).encode() + b"\n"])

    def write(self, pieces: list[Any]) -> None:
        for piece in pieces:
            left = memoryview(piece)
            while left:
                left = left[os.write(self.out, left) :]

    def read_requests(self) -> bool:
        """Reads a piece of one request: never more, so that nothing of the next is in memory when this one is
        started. False when there will be no more."""
        if self.arriving is not None:
            more = self.read_body(*self.arriving)
        else:
            most = SIZES.size if len(self.head) < SIZES.size else SIZES.size + SIZES.unpack_from(self.head)[0]
            piece = os.read(0, most - len(self.head))
            self.head += piece
            more = bool(piece)
            if more and len(self.head) > SIZES.size and len(self.head) == most:
                self.take_head()
        if not more:  # the app is gone, so nobody wants these any more
            for job in list(self.jobs.values()):
                self.finish(job, kill=True)
        return more

    def take_head(self) -> None:
        request, size = json.loads(self.head[SIZES.size :]), SIZES.unpack_from(self.head)[1]
        self.head = b""
        if size:
            self.arriving = request, Letter(), size
        elif request.get("cancel") and (job := self.jobs.get(request["id"])):
            self.finish(job, kill=True)

    def read_body(self, request: dict[str, Any], letter: Letter, missing: int) -> bool:
        size = self.buffer.fill(0, missing)
        letter.add(self.buffer.view[:size])
        self.buffer.wipe()
        self.arriving = (request, letter, missing - size) if size < missing else None
        if self.arriving is None:
            if "expect" in request:
                self.expect(request["expect"], letter)
            elif "question" in request:
                self.question_for(0)  # of a job that never came
                self.question = request["id"], letter
            else:
                self.start(request, letter)
                letter.close()
        return size > 0

    def start(self, request: dict[str, Any], order: Letter) -> None:
        target, spare = request["target"], self.spare
        fits = spare is not None and target == self.spare_target and spare.about in ("", request["about"])
        if spare is not None and fits and spare.order(order, self.buffer):
            pid, read = spare.pid, spare.pipe
            self.spare = None
        else:
            if fits:  # it has died
                self.discard_spare()
            question = self.question_for(request["id"])
            if question is not None:  # there is much to do: what is not loaded here, each would load for itself
                self.load_one_more(self.later)
            read, write = os.pipe()
            pid = self.fork([read], lambda: run_job(target, request["many"], None, Order(order), write, question))
            os.close(write)
            if question is not None:
                question.close()
        job = Running(request["id"], pid, read, time.monotonic() + request["limit"])
        self.jobs[job.id] = job
        self.selector.register(read, selectors.EVENT_READ, job)

    def question_for(self, number: int) -> Letter | None:
        """What the job of this number may know, if it is the one that was told of last."""
        asked, self.question = self.question, None
        if asked is not None and asked[0] != number:
            asked[1].close()
        return asked[1] if asked is not None and asked[0] == number else None

    def forward(self, job: Running) -> None:
        size = self.buffer.fill(job.pipe)
        job.seen += size
        at = 0
        while (end := self.buffer.room.find(b"\n", at, size)) >= 0:
            line = [b'{"id": %d, "event": ' % job.id, *job.begun, self.buffer.view[at:end], b"}\n"]
            self.write(line)
            job.forget()
            at = end + 1
        if at < size:
            job.begun.append(bytearray(self.buffer.view[at:size]))
        self.buffer.wipe()
        if not size or job.seen > MAX_EVENT_BYTES:
            self.finish(job, kill=bool(size))

    def finish(self, job: Running, kill: bool) -> None:
        self.selector.unregister(job.pipe)
        os.close(job.pipe)
        del self.jobs[job.id]
        self.served += 1
        if kill:
            reap.kill_tree(job.pid)
        code = reap.wait(job.pid)
        keep = {other.pid for other in self.jobs.values()}
        reap.kill_strays(keep | ({self.spare.pid} if self.spare else set()))
        self.say({"id": job.id, "end": code})


def main(preload: list[str]) -> None:
    """Loads `preload`, then serves until its input ends."""
    reap.become_subreaper()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the app's to handle
    loaded = load(preload)
    scratch.open_base()
    try:
        Warm(*loaded).run()
    finally:
        scratch.close_base()


if __name__ == "__main__":
    main(sys.argv[1:])
