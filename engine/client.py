"""Starts the engine's server process, submits jobs to it and reads their events. Never imports torch."""

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
from engine.errors import EngineError
from engine.payload import encode_message
from engine.platform import can_fork
from engine.priority import set_nice

MAX_LINE_BYTES = 8 * 2**20
EXIT_TIMEOUT = 2.0  # seconds in which the server must exit by itself
# The engine inherits only these variables, because checked code can read its environment (/proc/self/environ). On a hub
# that code belongs to others, and the whole room sees its verdict, so tokens and passwords must not be in it.
INHERITED_VARIABLES = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DYLD_\w+|VIRTUAL_ENV|CONDA_PREFIX"
    r"|PYTHON(PATH|HOME|UTF8|IOENCODING|HASHSEED|DONTWRITEBYTECODE|PYCACHEPREFIX|UNBUFFERED)"
    r"|FROMSCRATCH_(CONFIG|COURSE|DATA|GPT2_VOCABULARY|SALT|SANDBOX)|XDG_\w+_HOME|MPLCONFIGDIR|COVERAGE_\w+|CUDA_VISIBLE_DEVICES"
    r"|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|NUMBER_OF_PROCESSORS"
)


class Job:
    """A submitted job. Iterate over `events()`; leaving the loop early cancels the job."""

    def __init__(self, engine: Engine, number: int) -> None:
        self.engine = engine
        self.number = number
        self.queue: asyncio.Queue[dict[str, Any] | EngineError] = asyncio.Queue()
        self.exit_code: int | None = None

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yields each event of the job until its process exits. Raises EngineError if the server dies."""
        try:
            while True:
                message = await self.queue.get()
                if isinstance(message, EngineError):
                    raise message
                if "exit" in message:
                    self.exit_code = message["exit"]
                    return
                yield message["event"]
        finally:
            if self.exit_code is None:
                self.cancel()

    def send(self, message: Any) -> None:
        """Gives a session a message, JSON-serializable; does nothing after its exit."""
        self.engine._send({"id": self.number, "message": True}, message)

    def release(self) -> None:
        """Stops reading events without cancelling the job, which exits by itself."""
        self.exit_code = 0

    def cancel(self) -> None:
        """Kills the job's processes; does nothing after their exit."""
        self.engine._send({"id": self.number, "cancel": True})


class Engine:
    """A server process and its jobs, which run in parallel. `start` returns early; jobs wait for the server."""

    def __init__(
        self, preload: Sequence[str] = (), environment: Mapping[str, str] | None = None, nice: int = 0
    ) -> None:
        """`preload` names modules that the server loads (`engine/preload.py`), `environment` adds variables, and
        `nice` (0 to 19) is the nice value of the engine's processes, on systems that have one."""
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
        self._context: Any = None
        self._context_key = ""  # of the context that the server has received
        self._start_lock = asyncio.Lock()

    async def start(self) -> None:
        """Starts the server process unless it runs."""
        async with self._start_lock:
            if self.process is not None and self.process.returncode is None:
                return
            self.ready.clear()
            self._context_key = ""
            if self._log is not None:
                self._log.close()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115
            environment = {k: v for k, v in os.environ.items() if INHERITED_VARIABLES.fullmatch(k.upper())}
            environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
                            "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg", **self.environment}  # fmt: skip
            try:
                server = "engine.fork_server" if can_fork() else "engine.spawn_server"
                self.process = await asyncio.create_subprocess_exec(
                    *fromscratch.command(server, *self.preload),
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=self._log,
                    limit=MAX_LINE_BYTES, env=environment, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise EngineError(f"The grading engine could not be started: {error}.") from None
            if self.nice:
                await asyncio.to_thread(set_nice, self.process.pid, self.nice)
            self._reader = asyncio.create_task(self._read(self.process))
            if self._context is not None:
                self.expect(self._context)

    async def submit(
        self, target: str, request: dict[str, Any], limit: float | None, context: Any = None, children: int = 1,
        child_context: Any = None,
    ) -> Job:  # fmt: skip
        """Submits a job that calls "module:function" with the request and is killed after `limit` seconds. With None,
        it is a session: a job without a deadline, which `send` gives messages.

        `context` is what the job's process may know before the request arrives, as for `expect`. `children` is the
        number of sandboxed processes that the job needs, and `child_context` what they may know, so that they can be
        forked from a process that has prepared for it."""
        await self.start()
        self.count += 1
        job = self.jobs[self.count] = Job(self, self.count)
        key = self.expect(context) if context is not None else ""
        if child_context is not None and can_fork():
            self._send({"id": job.number, "child_context": True}, child_context)
        head = {"id": job.number, "target": target, "limit": limit, "children": children, "context_key": key}
        self._send(head, request)
        return job

    def expect(self, context: Any) -> str:
        """Announces the context of the next job, so that a process can prepare for it; returns the context's key."""
        if context is self._context and self._context_key:
            return self._context_key
        self._context = context
        key = hashlib.blake2b(json.dumps(context).encode(), digest_size=16).hexdigest()
        if key != self._context_key:
            self._context_key = key if self._send({"expect": key}, context) else ""
        return key

    async def close(self) -> None:
        """Ends the server and all jobs."""
        self.closing = True
        process = self.process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        await self._wait_exit(process, EXIT_TIMEOUT)
        if self._reader is not None:
            await self._reader
        self._log.close()

    async def _wait_exit(self, process: asyncio.subprocess.Process, timeout: float) -> None:
        """Waits for the process to exit, and kills it at the timeout. If it were killed during its exit, asyncio would
        lose its exit code and print a warning."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await process.wait()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _send(self, head: dict[str, Any], body: Any = None) -> bool:
        """Sends a message and returns whether the server runs."""
        process = self.process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return False
        process.stdin.write(encode_message(head, body))
        return True

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        timeout = 0.0  # a server whose output is invalid may never exit
        with contextlib.suppress(ConnectionError, ValueError):
            while line := await process.stdout.readline():
                message = json.loads(line)
                if message.get("ready"):
                    self.ready.set()
                elif job := self.jobs.get(message["id"]):
                    job.queue.put_nowait(message)
                    if "exit" in message:
                        del self.jobs[job.number]
            timeout = EXIT_TIMEOUT
        await self._wait_exit(process, timeout)
        for job in self.jobs.values():
            job.queue.put_nowait(EngineError(self._describe_exit(process.returncode)))
        self.jobs.clear()

    def _describe_exit(self, code: int | None) -> str:
        if self.closing:
            return "The grading engine was closed."
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        last_line = f" Its last message: {lines[-1]}" if lines else ""
        return f"The grading engine stopped (exit code {code}). Check again to restart it.{last_line}"
