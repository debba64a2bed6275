"""The judge's view of the learner's child: asks for probes, gets data, and knows how the child ended."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from engine import sandbox_selftest
from engine.child import Child
from engine.frames import BadFrame, Channel, ChannelClosed, DeadlineExceeded
from engine.platform import can_fork
from engine.sandbox import policy
from engine.sandbox.limits import Limits
from engine.sandbox.namespaces import SandboxUnavailable
from engine.spawned_child import SpawnedChild
from exercises.kit.training_watch import REPORT_INTERVAL
from grader import messages
from grader.child import serve
from grader.child.warmup import warm_up
from grader.exercise_context import Question
from grader.judge import protocol
from grader.source.slicing import ROOT

PRELOAD = ("grader.preload",)
UNHELD = "The strict sandbox does not hold here: `fromscratch doctor` says which layer is missing."
OURS = ("exercises", "reference", "learner", "playground", "tui", "cowork")


class Stopped(AssertionError):
    """The learner's process cannot answer any more."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class ProbeResponder(Protocol):
    """What a test's questions go to: a learner's process, or who stands in its place."""

    @property
    def stopped(self) -> Stopped | None: ...

    @property
    def rehearses(self) -> bool: ...

    def send(self, probe: str, arguments: dict[str, Any]) -> None: ...

    def receive(self) -> dict[str, Any]: ...


@cache
def hidden_paths() -> list[Path]:
    """What a learner's process may not read: all of ours but what it is made of, wherever Python could find it."""
    found = set()
    for root in {ROOT, *(Path(path).resolve() for path in sys.path if path)}:
        if not (root / "exercises" / "course.toml").exists():
            continue
        checkout = (root / "pyproject.toml").exists()  # else a folder of installed packages, others' among them
        names = os.listdir(root) if checkout else OURS
        needed = {root / name for name in ("engine", "grader")} | {Path(path).resolve() for path in sys.path}
        for path in (root / name for name in names):
            if path.exists() and not any(path == other or path in other.parents for other in needed):
                found.add(path)
    return sorted(found)


def resolve_paths() -> None:
    """Finds out once, for all the processes forked from this one, what they may read."""
    policy.readable_paths(tuple(hidden_paths()))


_ready: list[serve.PreparedContext] = []  # in a learner's process, or in the one that it is forked from


def get_ready(question: Question) -> None:
    """Makes a question ready in this process and those that will be forked from it, before there is a solution."""
    _ready[:] = [serve.prepare(question)]


def _serve(channel: Channel) -> None:
    sys.setrecursionlimit(1000)
    serve.serve(channel, _ready[0], channel.receive())


class LearnerProcess:
    """A process that waits for its job; from `begin` on it loads the solution, and the clock runs."""

    rehearses = False

    def __init__(self, ahead: Callable[[], None] = warm_up) -> None:
        self.seconds = 0.0
        self.level: policy.Level = "limits"
        self.stopped: Stopped | None = None
        self.asked = ""  # the mark of the question that is open, which its answer repeats
        self.hear: Callable[[int, int, float], None] = lambda step, of, loss: None  # of a training under way
        self._heard = 0.0
        self.question: Question = _ready[0].context if _ready and can_fork() else {}
        self.child = (
            Child(_serve, hidden_paths(), ahead, on_context=get_ready) if can_fork()
            else SpawnedChild(_serve, hidden_paths(), ahead, PRELOAD, get_ready)
        )  # fmt: skip

    def prepare(self, question: Question) -> None:
        """Says what will be asked of the solution, which is made ready for. Raises as `begin` does."""
        if self.question != question:
            self.child.send_context(question)
            self.question = question

    def begin(self, question: Question, source: bytes, seconds: float) -> None:
        """Hands over the solution and what it may be asked. Raises SandboxUnavailable where the strict sandbox was
        asked for and does not hold."""
        self.seconds = seconds
        self.prepare(question)
        self.child.begin(Limits(seconds=seconds))
        self.level = sandbox_selftest.verified_level(self.child.layers)
        if policy.is_strict() and self.level != "strict":
            raise SandboxUnavailable(UNHELD)
        self.child.channel.send(source)

    def receive(self) -> dict[str, Any]:
        """The child's next reply; raises Stopped, again and again, once it cannot give one."""
        if self.stopped is None:
            try:
                reply = protocol.validate(self._answer(), self.asked)
                if patched := reply.get("patched"):
                    self.stopped = Stopped("failed", messages.of_patch(patched))
                else:
                    return reply
            except DeadlineExceeded:
                self.stopped = Stopped(*messages.of_late(self.seconds))
            except ChannelClosed:
                self.stopped = self._ended()
            except BadFrame as error:
                self.stopped = Stopped("failed", messages.NONSENSE.format(why=error))
            self.child.kill()
        raise self.stopped

    def _answer(self) -> Any:
        """The next frame that is no report of progress; those are passed on, at most one every REPORT_INTERVAL."""
        while True:
            reply = self.child.receive()
            report = protocol.progress(reply)
            if report is None:
                return reply
            if time.monotonic() - self._heard >= REPORT_INTERVAL:
                self._heard = time.monotonic()
                self.hear(*report)

    def ask(self, probe: str, arguments: dict[str, Any], trace: bool = False) -> dict[str, Any]:
        """The reply to one probe."""
        self.send(probe, arguments, trace)
        return self.receive()

    def send(self, probe: str, arguments: dict[str, Any], trace: bool = False) -> None:
        """Asks for a probe; `receive` gives the reply, which must be taken before the next is asked for."""
        if self.stopped is None:
            try:
                self.asked = secrets.token_hex(8)
                request = {"ask": self.asked, "probe": probe, "arguments": arguments, "trace": trace}
                self.child.channel.send(request)
            except ChannelClosed:
                self.stopped = self._ended()

    def _ended(self) -> Stopped:
        self.child.drain()
        if self.child.output_exceeded:
            return Stopped("failed", messages.FLOOD)
        return Stopped(*messages.of_end(self.child.wait_exit(), self.seconds))

    def output(self) -> str:
        """What the code printed, at most 64 KiB of it, and a line that says so where more was cut."""
        self.child.drain()
        text = bytes(self.child.output).decode("utf-8", "replace")
        printed, kept = self.child.printed_bytes, len(self.child.output)
        if printed > kept:
            text += f"\n… cut here: {printed:,} bytes were printed, {kept:,} are kept."
        return text

    def close(self) -> None:
        self.child.drain()
        self.child.close()
