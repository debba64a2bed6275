"""The app's end of the host process: starts it, passes messages, and says how it ended."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable

import fromscratch
from playground.messages import Event, Request, decode_event, encode

LINE_LIMIT = 1 << 22
LOG_LINES = 200


class HostProcess:
    """A running host. `on_event` is called with each of its events, and with None once it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, on_event: Callable[[Event | None], None]) -> None:
        self.process, self.on_event = process, on_event
        self.log: deque[str] = deque(maxlen=LOG_LINES)  # what it wrote to stderr, with what the learner prints
        self.killed_because: str | None = None
        self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._listen_to_log())]

    @classmethod
    async def start(cls, on_event: Callable[[Event | None], None]) -> "HostProcess":
        process = await asyncio.create_subprocess_exec(
            *fromscratch.command("playground.host"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            start_new_session=True,
        )
        return cls(process, on_event)

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    def send(self, request: Request) -> None:
        """Writes the request; a host that has just died is noticed by its end, not here."""
        assert self.process.stdin is not None
        self.process.stdin.write(encode(request) + b"\n")

    def kill(self, reason: str) -> None:
        """Ends it at once; reason is what `how_it_ended` says then."""
        if self.running:
            self.killed_because = reason
            with contextlib.suppress(ProcessLookupError):
                if os.name == "posix":
                    os.killpg(self.process.pid, signal.SIGKILL)  # the host leads a group of its own
                else:
                    self.process.kill()

    async def ended(self) -> None:
        """Waits until it has ended and all that it said has been read."""
        await self.process.wait()
        await asyncio.gather(*self.tasks)

    def how_it_ended(self) -> str:
        """One or two sentences for the person in front of the screen."""
        if self.killed_because is not None:
            return self.killed_because
        code = self.process.returncode
        said = f" It said: {self.log[-1]}" if self.log else ""
        if code is not None and code < 0:
            names = {number.value: number.name for number in signal.Signals}
            memory = " The memory may not have been enough." if -code == signal.SIGKILL else ""
            return f"The model's process was ended by {names.get(-code, -code)}.{memory}{said}"
        return f"The model's process ended unexpectedly, with exit code {code}.{said}"

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.on_event(decode_event(line))
        await self.process.wait()
        self.on_event(None)

    async def _listen_to_log(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(1 << 16):
            for line in data.decode("utf-8", errors="replace").splitlines():
                self.log.append(line[:1000])
