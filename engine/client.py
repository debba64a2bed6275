"""The app's side of the engine: starts the warm parent, hands it jobs, reads their events. Never torch."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import fromscratch
from engine.payload import request
from engine.platform import can_fork
from engine.priority import set_nice

LINE = 8 * 2**20
ENDING = 2.0  # seconds that the warm parent may take for its end
# All that the engine is told of the environment: code under check can read it (/proc/self/environ), and on a hub it is
# somebody else's, whose verdict the whole room sees. So no token and no password of a shell is among it.
NEEDED = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DYLD_\w+|VIRTUAL_ENV|CONDA_PREFIX"
    r"|PYTHON(PATH|HOME|UTF8|IOENCODING|HASHSEED|DONTWRITEBYTECODE|PYCACHEPREFIX|UNBUFFERED)"
    r"|FROMSCRATCH_(CONFIG|DATA|GPT2_VOCABULARY|SALT|SANDBOX)|XDG_\w+_HOME|MPLCONFIGDIR|COVERAGE_\w+|CUDA_VISIBLE_DEVICES"
    r"|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|NUMBER_OF_PROCESSORS"
)


class EngineError(RuntimeError):
    """The warm parent could not be started, or died; the message says what to do."""


class Job:
    """One job under way: iterate over it for its events. Leaving the loop early cancels it."""

    def __init__(self, engine: Engine, number: int) -> None:
        self.engine = engine
        self.number = number
        self.queue: asyncio.Queue[dict[str, Any] | EngineError] = asyncio.Queue()
        self.exit: int | None = None

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Each event of the job; ends when its process has. Raises EngineError if the engine dies."""
        try:
            while True:
                message = await self.queue.get()
                if isinstance(message, EngineError):
                    raise message
                if "end" in message:
                    self.exit = message["end"]
                    return
                yield message["event"]
        finally:
            if self.exit is None:
                self.cancel()

    def release(self) -> None:
        """Wants no more events; the job ends by itself."""
        self.exit = 0

    def cancel(self) -> None:
        """Kills the job's processes; harmless after its end."""
        self.engine._send({"id": self.number, "cancel": True})


class Engine:
    """One warm parent. `start` returns at once; jobs wait until it is ready and run side by side."""

    def __init__(
        self, preload: Sequence[str] = (), environment: Mapping[str, str] | None = None, nice: int = 0
    ) -> None:
        """`nice`: how far its processes stand back for others (0 to 19), where the system knows such a thing."""
        self.preload = list(preload)
        self.nice = nice
        self.environment = dict(environment or {})
        self.process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()
        self.jobs: dict[int, Job] = {}
        self.count = 0
        self.closing = False
        self._reader: asyncio.Task[None] | None = None
        self._log: Any = None
        self._expected: Any = None
        self._told = ""  # the key of what the warm parent expects
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Starts the warm parent's process if it does not run."""
        async with self._starting:
            if self.process is not None and self.process.returncode is None:
                return
            self.ready.clear()
            self._told = ""
            if self._log is not None:
                self._log.close()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115
            environment = {k: v for k, v in os.environ.items() if NEEDED.fullmatch(k.upper())}
            environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
                            "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg", **self.environment}  # fmt: skip
            try:
                server = "engine.fork_server" if can_fork() else "engine.spawn_server"
                self.process = await asyncio.create_subprocess_exec(
                    *fromscratch.command(server, *self.preload),
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=self._log,
                    limit=LINE, env=environment, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise EngineError(f"The grading engine could not be started: {error}.") from None
            if self.nice:
                await asyncio.to_thread(set_nice, self.process.pid, self.nice)
            self._reader = asyncio.create_task(self._read(self.process))
            if self._expected is not None:
                self.expect(self._expected)

    async def submit(
        self, target: str, job: dict[str, Any], limit: float, subject: Any = None, many: int = 1, question: Any = None
    ) -> Job:
        """Hands over a job for "module:function", killed after `limit` seconds whatever happens. `subject` is what
        it is about, as `expect` takes it; `many` says how many processes of learners it will need, and `question`
        what all of these may know, so that they can be forked from one that does."""
        await self.start()
        self.count += 1
        handle = self.jobs[self.count] = Job(self, self.count)
        about = self.expect(subject) if subject is not None else ""
        if question is not None and can_fork():
            self._send({"id": handle.number, "question": True}, question)
        self._send({"id": handle.number, "target": target, "limit": limit, "many": many, "about": about}, job)
        return handle

    def expect(self, subject: Any) -> str:
        """Says what the next job will be about, so that its process can get ready; no more than a hint. Returns
        the subject's key."""
        if subject is self._expected and self._told:
            return self._told
        self._expected = subject
        key = hashlib.blake2b(json.dumps(subject).encode(), digest_size=16).hexdigest()
        if key != self._told:
            self._told = key if self._send({"expect": key}, subject) else ""
        return key

    async def close(self) -> None:
        """Ends the warm parent and every job of it."""
        self.closing = True
        process = self.process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        await self._end(process, ENDING)
        if self._reader is not None:
            await self._reader
        self._log.close()

    async def _end(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        """Waits for the process to end by itself, and kills it after so many seconds. To kill one that is ending
        would take its exit code from asyncio, which then says so on the terminal."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.wait()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _send(self, message: dict[str, Any], body: Any = None) -> bool:
        """Whether there is somebody to send to. A body follows its message as bytes, which nobody parses."""
        process = self.process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return False
        process.stdin.write(request(message, body))
        return True

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        understood = False
        with contextlib.suppress(ConnectionError, ValueError):
            while line := await process.stdout.readline():
                message = json.loads(line)
                if message.get("ready"):
                    self.ready.set()
                elif job := self.jobs.get(message["id"]):
                    job.queue.put_nowait(message)
                    if "end" in message:
                        del self.jobs[job.number]
            understood = True
        await self._end(process, ENDING if understood else 0.0)  # what cannot be understood does not end by itself
        for job in self.jobs.values():
            job.queue.put_nowait(EngineError(self._why(process.returncode)))
        self.jobs.clear()

    def _why(self, code: int | None) -> str:
        if self.closing:
            return "The grading engine was closed."
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        last = f" It said: {lines[-1]}" if lines else ""
        return f"The grading engine stopped (exit {code}). Check again; it starts anew.{last}"
