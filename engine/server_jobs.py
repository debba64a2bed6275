"""The fork server's record of a running job, and of a process that it forked ahead."""

from __future__ import annotations

import contextlib
import math
import os
from dataclasses import dataclass, field

from engine import reap
from engine.payload import MESSAGE_SIZE, Buffer, Payload


@dataclass
class RunningJob:
    """A job's process, the pipe of its events, and the beginning of an event that has not arrived completely.

    A session is a job without a deadline, which receives messages through `input_pipe`."""

    id: int
    pid: int
    pipe: int
    deadline: float = math.inf
    input_pipe: int = -1
    partial_event: list[bytearray] = field(default_factory=list)
    event_bytes: int = 0

    @property
    def is_session(self) -> bool:
        return self.input_pipe >= 0

    def pipes(self) -> list[int]:
        return [self.pipe, self.input_pipe] if self.is_session else [self.pipe]

    def send(self, message: Payload, buffer: Buffer) -> None:
        """Gives a session a message; does nothing if its process has died."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.input_pipe, MESSAGE_SIZE.pack(message.size()))
            message.copy_to(self.input_pipe, buffer)

    def wipe_partial_event(self) -> None:
        for piece in self.partial_event:
            piece[:] = bytes(len(piece))
        self.partial_event.clear()


@dataclass
class Standby:
    """A process forked ahead of its job, for one target and one context (with the key "", for any)."""

    pid: int
    events_pipe: int
    input_pipe: int
    context_key: str

    def send(self, request: Payload, buffer: Buffer) -> bool:
        """Gives the process its request; returns False if it has died."""
        try:
            request.copy_to(self.input_pipe, buffer)
        except BrokenPipeError:
            return False
        os.close(self.input_pipe)
        return True

    def discard(self) -> None:
        for fd in (self.input_pipe, self.events_pipe):
            os.close(fd)
        reap.kill_tree(self.pid)
        reap.wait(self.pid)
