"""Forks a process for every job from a process that has already loaded torch and pytest.

Standard input carries messages (`payload.encode_message`) with these heads:
- {"id", "target": "module:function", "limit", "children", "context_key"} starts a job; the body is its request. A job
  whose limit is null is a session: it has no deadline and receives messages.
- {"id", "message": true} gives a session its body as a message.
- {"id", "cancel": true} kills a job.
- {"expect": key} announces the context of the next job as body, so that a process can prepare for it.
- {"id", "child_context": true} precedes the job `id`; the body is the context that its children may know.

Standard output carries JSON lines: {"ready": true}, {"id", "event": …} for each line that a job writes, and
{"id", "exit": exit code, or minus the signal}. The server runs no job itself, imports no learner's code, and parses
neither bodies nor events.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from engine import reap, scratch
from engine.job import JobInput, run_job
from engine.payload import HEADER, Buffer, Payload
from engine.preload import Steps, load
from engine.server_jobs import RunningJob, Standby

IDLE_DELAY = 0.3  # seconds without work before the server loads something
STANDBY_DELAY = 0.02  # seconds without work before the server forks a standby
BUSY_JOBS = 4  # after more jobs than this without a pause, loading for all of them costs less than in each
MAX_EVENT_BYTES = 4 * 2**20  # of all events of a job, or of one event of a session


class ForkServer:
    """The server's loop: reads messages, forks jobs, forwards their events and reaps their processes."""

    def __init__(self, when_idle: Steps, when_long_idle: Steps, standby_target: str | None) -> None:
        self.when_idle = when_idle
        self.when_long_idle = when_long_idle
        self.standby_target = standby_target
        self.standby: Standby | None = None
        self.context_key = ""
        self.context: Payload | None = None
        self.child_context: tuple[int, Payload] | None = None  # with the id of its job
        self.jobs_since_load = 0
        self.last_work = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.jobs: dict[int, RunningJob] = {}
        self.buffer = Buffer()
        self.head = b""  # the bytes received of the next message's header and head
        self.incoming: tuple[dict[str, Any], Payload, int] | None = None  # head, body so far, missing bytes
        self.out = os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)  # whatever an import prints must not reach the client
        os.close(null)
        os.set_blocking(0, True)
        self.selector.register(0, selectors.EVENT_READ, None)

    def run(self) -> None:
        self.send({"ready": True})
        while True:
            for key, _ in self.selector.select(self.timeout()):
                if key.data is None:
                    self.last_work = time.monotonic()
                    if not self.read_input():
                        return
                elif key.data.id in self.jobs:
                    self.forward_events(key.data)
            now = time.monotonic()
            for job in list(self.jobs.values()):
                if now > job.deadline:
                    self.finish(job, kill=True)
            idle = not self.works() and now >= self.last_work + self.idle_delay()
            if idle and self.lacks_standby():
                self.fork_standby()
            elif idle or self.jobs_since_load > BUSY_JOBS:
                self.run_next_step(self.when_idle or (self.when_long_idle if idle else []))

    def works(self) -> bool:
        """Returns whether a job other than a session runs; sessions last for hours."""
        return any(not job.is_session for job in self.jobs.values())

    def idle_delay(self) -> float:
        return STANDBY_DELAY if self.lacks_standby() else IDLE_DELAY

    def timeout(self) -> float | None:
        """Returns the seconds until the next deadline, or until the server can prepare for work; None for never."""
        at = min((job.deadline for job in self.jobs.values()), default=math.inf)
        if not self.works() and (self.when_idle or self.when_long_idle or self.lacks_standby()):
            at = min(at, self.last_work + self.idle_delay())
        return None if at == math.inf else max(0.0, at - time.monotonic())

    def run_next_step(self, steps: Steps) -> None:
        self.jobs_since_load = 0
        if steps:
            with contextlib.suppress(Exception):
                steps.pop(0)()
            gc.collect()
            gc.freeze()
            self.discard_standby()  # it lacks what was just loaded
        self.last_work = time.monotonic()

    def expect(self, context_key: str, context: Payload) -> None:
        """Stores the next job's context; a standby with a different one is useless."""
        if self.context is not None:
            self.context.close()
        self.context = context
        if context_key != self.context_key:
            self.context_key = context_key
            self.discard_standby()

    def discard_standby(self) -> None:
        if self.standby is not None:
            self.standby.discard()
            self.standby = None

    def lacks_standby(self) -> bool:
        return self.standby_target is not None and self.standby is None

    def fork_standby(self) -> None:
        assert self.standby_target is not None
        (events, events_end), (input_end, input_pipe) = os.pipe(), os.pipe()
        target, context = self.standby_target, self.context
        source = JobInput(pipe=input_end)
        pid = self.fork([events, input_pipe], lambda: run_job(target, 1, context, source, events_end))
        os.close(events_end)
        os.close(input_end)
        self.standby = Standby(pid, events, input_pipe, self.context_key)

    def fork(self, close: list[int], call: Callable[[], None]) -> int:
        """Forks a process that leads its own group, closes the server's descriptors and calls the function."""
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            reap.die_with_parent()
            self.selector.close()
            for job in self.jobs.values():
                job.wipe_partial_event()
            standby_pipes = [self.standby.input_pipe, self.standby.events_pipe] if self.standby else []
            for fd in [*close, *standby_pipes, self.out, *(pipe for job in self.jobs.values() for pipe in job.pipes())]:
                os.close(fd)
            call()
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        return pid

    def send(self, message: dict[str, Any]) -> None:
        self.write([json.dumps(message).encode() + b"\n"])

    def write(self, pieces: list[Any]) -> None:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(self.out, rest) :]

    def read_input(self) -> bool:
        """Reads part of one message, and never beyond it: a job must not be forked with the next message in memory.
        Returns False at the end of the input."""
        if self.incoming is not None:
            is_open = self.read_body(*self.incoming)
        else:
            size = HEADER.size + (HEADER.unpack_from(self.head)[0] if len(self.head) >= HEADER.size else 0)
            chunk = os.read(0, size - len(self.head))
            self.head += chunk
            is_open = bool(chunk)
            if is_open and len(self.head) > HEADER.size and len(self.head) == size:
                self.take_head()
        if not is_open:  # the client is gone
            for job in list(self.jobs.values()):
                self.finish(job, kill=True)
        return is_open

    def take_head(self) -> None:
        head, body_size = json.loads(self.head[HEADER.size :]), HEADER.unpack_from(self.head)[1]
        self.head = b""
        if body_size:
            self.incoming = head, Payload(), body_size
        elif head.get("cancel") and (job := self.jobs.get(head["id"])):
            self.finish(job, kill=True)

    def read_body(self, head: dict[str, Any], body: Payload, missing: int) -> bool:
        size = self.buffer.fill(0, missing)
        body.append(self.buffer.view[:size])
        self.buffer.wipe()
        self.incoming = (head, body, missing - size) if size < missing else None
        if self.incoming is None:
            if "expect" in head:
                self.expect(head["expect"], body)
            elif "child_context" in head:
                self.take_child_context(0)  # discards that of a job that never came
                self.child_context = head["id"], body
            elif "message" in head:
                if (job := self.jobs.get(head["id"])) and job.is_session:
                    job.send(body, self.buffer)
                body.close()
            else:
                self.start(head, body)
                body.close()
        return size > 0

    def start(self, head: dict[str, Any], request: Payload) -> None:
        target, children, key, standby = head["target"], head["children"], head["context_key"], self.standby
        is_session = head["limit"] is None
        fits = (
            standby is not None
            and not is_session
            and target == self.standby_target
            and standby.context_key in ("", key)
        )
        if standby is not None and fits and standby.send(request, self.buffer):
            pid, events = standby.pid, standby.events_pipe
            self.standby = None
        else:
            if fits:  # it has died
                self.discard_standby()
            child_context = self.take_child_context(head["id"])
            if child_context is not None:  # each of the many children would otherwise load this for itself
                self.run_next_step(self.when_idle)
            events, events_end = os.pipe()
            messages, input_pipe = os.pipe() if is_session else (-1, -1)
            source = JobInput(request, messages=messages)
            own = [events, input_pipe] if is_session else [events]
            pid = self.fork(own, lambda: run_job(target, children, None, source, events_end, child_context))
            for fd in (events_end, messages) if is_session else (events_end,):
                os.close(fd)
            if child_context is not None:
                child_context.close()
        job = self.jobs[head["id"]] = RunningJob(head["id"], pid, events)
        if is_session:
            job.input_pipe = input_pipe
        else:
            job.deadline = time.monotonic() + head["limit"]
        self.selector.register(events, selectors.EVENT_READ, job)

    def take_child_context(self, job_id: int) -> Payload | None:
        """Returns the stored child context if it belongs to this job, and forgets it in any case."""
        stored, self.child_context = self.child_context, None
        if stored is None or stored[0] == job_id:
            return stored and stored[1]
        stored[1].close()
        return None

    def forward_events(self, job: RunningJob) -> None:
        size = self.buffer.fill(job.pipe)
        job.event_bytes += size
        start = 0
        while (end := self.buffer.data.find(b"\n", start, size)) >= 0:
            self.write([b'{"id": %d, "event": ' % job.id, *job.partial_event, self.buffer.view[start:end], b"}\n"])
            job.wipe_partial_event()
            start = end + 1
            if job.is_session:
                job.event_bytes = size - start
        if start < size:
            job.partial_event.append(bytearray(self.buffer.view[start:size]))
        self.buffer.wipe()
        if not size or job.event_bytes > MAX_EVENT_BYTES:
            self.finish(job, kill=bool(size))

    def finish(self, job: RunningJob, kill: bool) -> None:
        self.selector.unregister(job.pipe)
        for fd in job.pipes():
            os.close(fd)
        del self.jobs[job.id]
        self.last_work = time.monotonic()
        self.jobs_since_load += 1
        if kill:
            reap.kill_tree(job.pid)
        code = reap.wait(job.pid)
        keep = {other.pid for other in self.jobs.values()}
        reap.kill_strays(keep | ({self.standby.pid} if self.standby else set()))
        self.send({"id": job.id, "exit": code})


def main(preload: list[str]) -> None:
    """Loads the modules, then serves until the end of standard input."""
    reap.become_subreaper()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the app handles Ctrl-C
    loaded = load(preload)
    scratch.open_base()
    try:
        ForkServer(*loaded).run()
    finally:
        scratch.close_base()


if __name__ == "__main__":
    main(sys.argv[1:])
