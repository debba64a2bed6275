"""The judge's handle on a learner's process: calls probes, receives data, and reports how the process ended."""

from __future__ import annotations

import contextlib
import os
import re
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
from exercises.location import course_folder, is_own, reference_folder
from grader import messages
from grader.child import serve, tamper_guard
from grader.child.warmup import warm_up
from grader.exercise_context import ExerciseContext
from grader.judge import protocol
from grader.source.slicing import ROOT
from grader.verdict import UsedPart

TRACEBACK_SECONDS = 0.3  # for which a process is asked where it is when its time is over
PRELOAD = ("grader.preload",)
STRICT_UNAVAILABLE = "The strict sandbox is not available here: `fromscratch doctor` says which layer is missing."
HIDDEN_PACKAGES = ("exercises", "reference", "learner", "playground", "tui", "cowork")


class Stopped(AssertionError):
    """The learner's process can answer no more; the message says why."""

    def __init__(self, outcome: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.line = line  # of the learner's file, at which it was stopped


class ProbeResponder(Protocol):
    """Answers probe calls: the learner's process, or the reference in its place."""

    @property
    def stopped(self) -> Stopped | None: ...

    @property
    def is_reference(self) -> bool: ...

    def send(self, probe: str, arguments: dict[str, Any]) -> None: ...

    def receive(self) -> dict[str, Any]: ...


@cache
def hidden_paths() -> list[Path]:
    """Returns the paths that a learner's process must not read: the project, without what the process itself needs, and
    the selected course."""
    hidden = set()
    for root in {ROOT, *(Path(path).resolve() for path in sys.path if path)}:
        if not (root / "exercises" / "course.toml").exists():
            continue
        checkout = (root / "pyproject.toml").exists()  # else the folder of installed packages
        names = os.listdir(root) if checkout else HIDDEN_PACKAGES
        needed = {root / name for name in ("engine", "grader")} | {Path(path).resolve() for path in sys.path}
        for path in (root / name for name in names):
            if path.exists() and not any(path == other or path in other.parents for other in needed):
                hidden.add(path)
    if not is_own():
        hidden |= {course_folder(), reference_folder()}
    return sorted(hidden)


def resolve_paths() -> None:
    """Determines what learners' processes can read, once for all that are forked from this process."""
    policy.readable_paths(tuple(hidden_paths()))


_prepared: list[serve.PreparedContext] = []  # at most one: in a learner's process, or the process it is forked from


def prepare_context(context: ExerciseContext) -> None:
    """Prepares this process, and those forked from it later, for an exercise before the source arrives."""
    tamper_guard.show_ours()  # the probes import them
    _prepared[:] = [serve.prepare(context)]


def _serve(channel: Channel) -> None:
    sys.setrecursionlimit(1000)
    serve.serve(channel, _prepared[0], channel.receive())


class LearnerProcess:
    """A process that waits for a source. After `begin` it loads the source and its time runs."""

    is_reference = False

    def __init__(self, ahead: Callable[[], None] = warm_up) -> None:
        self.seconds = 0.0
        self.filename = b""
        self.level: policy.Level = "limits"
        self.stopped: Stopped | None = None
        self.parts: list[UsedPart] = []  # that the solution imported so far
        self.request_id = ""  # of the open request; the reply repeats it
        self.on_progress: Callable[[int, int, float], None] = lambda step, of, loss: None
        self._last_progress = 0.0
        self.context: ExerciseContext = _prepared[0].context if _prepared and can_fork() else {}
        self.child = (
            Child(_serve, hidden_paths(), ahead, on_context=prepare_context) if can_fork()
            else SpawnedChild(_serve, hidden_paths(), ahead, PRELOAD, prepare_context)
        )  # fmt: skip

    def prepare(self, context: ExerciseContext) -> None:
        """Sends the exercise's context, so that the process can prepare. Raises as `begin` does."""
        if self.context != context:
            self.child.send_context(context)
            self.context = context

    def begin(self, context: ExerciseContext, source: bytes, seconds: float) -> None:
        """Sends the source. Raises SandboxUnavailable where the strict sandbox is requested and does not hold."""
        self.seconds = seconds
        self.filename = str(context["filename"]).encode("ascii", "backslashreplace")  # as tracebacks write it
        self.prepare(context)
        self.child.begin(Limits(seconds=seconds))
        self.level = sandbox_selftest.verified_level(self.child.layers)
        if policy.is_strict() and self.level != "strict":
            raise SandboxUnavailable(STRICT_UNAVAILABLE)
        self.child.channel.send(source)

    def receive(self) -> dict[str, Any]:
        """Returns the next reply. Raises Stopped, at every call, once the process can give none."""
        if self.stopped is None:
            try:
                reply = protocol.validate(self._next_reply(), self.request_id)
                self.parts = _used_parts(reply) or self.parts
                if patched := reply.get("patched"):
                    self.stopped = Stopped("failed", messages.rebinding(patched))
                else:
                    return reply
            except DeadlineExceeded:
                computed, line = self._cpu_seconds(), self._current_line()
                self.stopped = Stopped(*messages.timeout(self.seconds, line, computed), line)
            except ChannelClosed:
                self.stopped = self._exit_reason()
            except BadFrame as error:
                self.stopped = Stopped("failed", messages.BROKEN_CHANNEL.format(reason=error))
            self.child.kill()
        raise self.stopped

    def _next_reply(self) -> Any:
        """Returns the next reply, and passes on progress reports before it, at most one per REPORT_INTERVAL."""
        while True:
            reply = self.child.receive()
            progress = protocol.parse_progress(reply)
            if progress is None:
                return reply
            if time.monotonic() - self._last_progress >= REPORT_INTERVAL:
                self._last_progress = time.monotonic()
                self.on_progress(*progress)

    def call(self, probe: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Sends a probe call and returns the reply."""
        self.send(probe, arguments)
        return self.receive()

    def send(self, probe: str, arguments: dict[str, Any], trace: bool = False, afresh: bool = False) -> None:
        """Sends a probe call. Its reply must be received before the next call is sent. afresh: the process loads the
        solution anew for this call."""
        if self.stopped is None:
            try:
                self.request_id = secrets.token_hex(8)
                request = {"ask": self.request_id, "probe": probe, "arguments": arguments, "trace": trace}
                self.child.channel.send(request | {"afresh": afresh})
            except ChannelClosed:
                self.stopped = self._exit_reason()

    def _cpu_seconds(self) -> float | None:
        """Returns the CPU time of the learner's process, where the system tells it."""
        import psutil  # here, since few checks run out of time

        with contextlib.suppress(psutil.Error):
            times = psutil.Process(self.child.pid).cpu_times()
            return float(times.user + times.system)
        return None

    def _current_line(self) -> int | None:
        """Returns the innermost line of the learner's file that its process runs now, where it can still say so."""
        self.child.drain()
        start = len(self.child.output)
        with contextlib.suppress(OSError):
            os.kill(self.child.pid, messages.TRACEBACK_SIGNAL)
        deadline = time.monotonic() + TRACEBACK_SECONDS
        found = None
        while found is None and time.monotonic() < deadline:
            time.sleep(0.01)
            self.child.drain()
            found = re.search(rb'\n  File "%s", line (\d+)' % re.escape(self.filename), self.child.output[start:])
        self.child.printed_bytes -= len(self.child.output) - start
        del self.child.output[start:]  # the traceback is not what the code printed
        return int(found[1]) if found else None

    def _exit_reason(self) -> Stopped:
        self.child.drain()
        if self.child.output_exceeded:
            return Stopped("failed", messages.TOO_MUCH_OUTPUT)
        return Stopped(*messages.process_exit(self.child.wait_exit(), self.seconds))

    def output(self) -> str:
        """Returns what the code printed, at most 64 KiB, with a last line that says how much is missing."""
        self.child.drain()
        text = bytes(self.child.output).decode("utf-8", "replace")
        printed, kept = self.child.printed_bytes, len(self.child.output)
        if printed > kept:
            text += f"\n… cut here: {printed:,} bytes were printed, {kept:,} are kept."
        return text

    def close(self) -> None:
        self.child.drain()
        self.child.close()


def _used_parts(reply: dict[str, Any]) -> list[UsedPart]:
    problems = reply.get("part_problems", {})
    return [
        UsedPart(name, "yours" if owner == "yours" else "reference", problems.get(name, ""))
        for name, owner in sorted(reply.get("parts", {}).items())
    ]
