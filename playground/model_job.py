"""Runs a model as a job of the engine, exchanges messages with it, and describes its end. Never imports torch."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from engine.client import Engine, Job
from engine.errors import EngineError
from playground.messages import AppRequest, Cancel
from playground.protocol import Event, decode_event, encode

TARGET = "playground.host.job:run"
LOG_LINES = 200


class ModelJob:
    """A model's process. `on_event` is called with each of its events, and with None after its end."""

    def __init__(self, job: Job, on_event: Callable[[Event | None], None]) -> None:
        self.job, self.on_event = job, on_event
        self.log: deque[str] = deque(maxlen=LOG_LINES)  # what the learner's code prints, too
        self.layers: list[str] = []  # of the sandbox
        self.pid: int | None = None
        self.end_reason: str | None = None
        self._task = asyncio.create_task(self._read_events())

    @classmethod
    async def start(
        cls, engine: Engine, request: dict[str, Any], on_event: Callable[[Event | None], None]
    ) -> "ModelJob":
        """Submits the job with the request of `playground.host.job.run`. Raises EngineError."""
        return cls(await engine.submit(TARGET, request, limit=None), on_event)

    @property
    def running(self) -> bool:
        return self.end_reason is None

    def send(self, request: AppRequest) -> None:
        """Sends a request; if the process has ended, `on_event` has received None or will."""
        if isinstance(request, Cancel):
            self.job.send({"cancel": request.request})
        else:
            self.job.send({"request": request.request, "body": encode(request).decode()})

    def kill(self, reason: str) -> None:
        """Kills the process, with the reason for its end."""
        if self.running:
            self.job.cancel()
            self._end(reason)

    async def wait_exit(self) -> None:
        """Waits until the engine has confirmed the end."""
        await self._task

    def _end(self, reason: str) -> None:
        if self.end_reason is None:
            self.end_reason = reason
            self.on_event(None)

    async def _read_events(self) -> None:
        reason = "The model's process was killed."
        try:
            async for message in self.job.events():
                if self.end_reason is not None:
                    continue
                if "event" in message:
                    self.on_event(decode_event(message["event"]))
                elif "log" in message:
                    self.log.extend(line[:1000] for line in message["log"].splitlines())
                elif "pid" in message:
                    self.pid, self.layers = message["pid"], message["layers"]
                elif "ended" in message:
                    reason = message["ended"]
                elif "fault" in message:
                    reason = f"The model's process could not run:\n{message['fault']}"
        except EngineError as error:
            reason = str(error)
        except ValueError as error:
            reason = f"The model's process sent an invalid message: {error}."
        self._end(reason)
