"""Starts the host process for the app, exchanges messages with it, and describes its exit."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable

import fromscratch
from playground.messages import AppRequest
from playground.protocol import Event, decode_event, encode

LINE_LIMIT = 1 << 22
LOG_LINES = 200


class HostProcess:
    """A running host. `on_event` is called with each of its events, and with None after its exit."""

    def __init__(self, process: asyncio.subprocess.Process, on_event: Callable[[Event | None], None]) -> None:
        self.process, self.on_event = process, on_event
        self.log: deque[str] = deque(maxlen=LOG_LINES)  # of stderr, where the learner's code prints too
        self.kill_reason: str | None = None
        self.tasks = [asyncio.create_task(self._read_events()), asyncio.create_task(self._read_log())]

    @classmethod
    async def start(cls, on_event: Callable[[Event | None], None]) -> "HostProcess":
        process = await asyncio.create_subprocess_exec(
            *fromscratch.command("playground.host.serve"),
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

    def send(self, request: AppRequest) -> None:
        """Writes the request; if the host has died, `on_event` receives None."""
        assert self.process.stdin is not None
        self.process.stdin.write(encode(request) + b"\n")

    def kill(self, reason: str) -> None:
        """Kills the host; `describe_exit` returns the reason afterwards."""
        if self.running:
            self.kill_reason = reason
            with contextlib.suppress(ProcessLookupError):
                if os.name == "posix":
                    os.killpg(self.process.pid, signal.SIGKILL)  # the host leads its own group
                else:
                    self.process.kill()

    async def wait_exit(self) -> None:
        """Waits until the host has exited and all its output has been read."""
        await self.process.wait()
        await asyncio.gather(*self.tasks)

    def describe_exit(self) -> str:
        """Returns the message about the host's exit for the user."""
        if self.kill_reason is not None:
            return self.kill_reason
        code = self.process.returncode
        last_line = f" Its last message: {self.log[-1]}" if self.log else ""
        if code is not None and code < 0:
            names = {number.value: number.name for number in signal.Signals}
            memory = " The machine may be out of memory." if -code == signal.SIGKILL else ""
            return f"The model's process was killed by {names.get(-code, -code)}.{memory}{last_line}"
        return f"The model's process ended unexpectedly with exit code {code}.{last_line}"

    async def _read_events(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.on_event(decode_event(line))
        await self.process.wait()
        self.on_event(None)

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(1 << 16):
            for line in data.decode("utf-8", errors="replace").splitlines():
                self.log.append(line[:1000])
