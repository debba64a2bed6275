"""The judge's view of the learner's child: asks for probes, gets data, and knows how the child ended."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from engine.child import Child
from engine.frames import BadFrame, Channel, Closed, Late
from engine.limits import Limits
from grader import sentences, serving
from grader.rehearsal import rehearse
from grader.slicing import ROOT


class Stopped(AssertionError):
    """The learner's process cannot answer any more."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


def hidden() -> list[Path]:
    """What a learner's process may not read: all of ours but what it is made of."""
    ours = ("exercises", "reference", "learner", "playground", "tui", "cowork", "tests", "benchmarks", ".git", "docs")
    return [ROOT / name for name in ours if (ROOT / name).exists()]


def _serve(channel: Channel) -> None:
    sys.setrecursionlimit(1000)
    serving.serve(channel, channel.receive())


class LearnerProcess:
    """A process that waits for its job; from `begin` on it loads the solution, and the clock runs."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.stopped: Stopped | None = None
        self.child = Child(_serve, hidden(), rehearse)

    def begin(self, job: dict[str, Any], seconds: float) -> None:
        """Hands over what the solution is and what it may be asked."""
        self.seconds = seconds
        self.child.begin(Limits(seconds=seconds))
        self.child.channel.send(job)

    def receive(self) -> dict[str, Any]:
        """The child's next reply; raises Stopped, again and again, once it cannot give one."""
        if self.stopped is None:
            try:
                reply = self.child.channel.receive(self.child.deadline, self.child.watch)
                if not isinstance(reply, dict):
                    raise BadFrame("a reply that is no object")
                if patched := reply.get("patched"):
                    self.stopped = Stopped("failed", sentences.of_patch(str(patched)))
                else:
                    return reply
            except Late:
                self.stopped = Stopped(*sentences.of_late(self.seconds))
            except Closed:
                self.stopped = self._ended()
            except BadFrame as error:
                self.stopped = Stopped("failed", sentences.NONSENSE.format(why=error))
            self.child.kill()
        raise self.stopped

    def ask(self, probe: str, arguments: dict[str, Any], trace: bool = False) -> dict[str, Any]:
        """The reply to one probe."""
        self.send(probe, arguments, trace)
        return self.receive()

    def send(self, probe: str, arguments: dict[str, Any], trace: bool = False) -> None:
        """Asks for a probe; `receive` gives the reply, which must be taken before the next is asked for."""
        if self.stopped is None:
            try:
                self.child.channel.send({"probe": probe, "arguments": arguments, "trace": trace})
            except Closed:
                self.stopped = self._ended()

    def _ended(self) -> Stopped:
        self.child.drain()
        if self.child.flooded:
            return Stopped("failed", sentences.FLOOD)
        return Stopped(*sentences.of_end(self.child.ended(), self.seconds))

    def output(self) -> str:
        """What the code printed, at most 64 KiB of it, and a line that says so where more was cut."""
        self.child.drain()
        text = bytes(self.child.output).decode("utf-8", "replace")
        if self.child.printed > len(self.child.output):
            text += f"\n… cut here: {self.child.printed:,} bytes were printed, {len(self.child.output):,} are kept."
        return text

    def close(self) -> None:
        self.child.drain()
        self.child.close()
