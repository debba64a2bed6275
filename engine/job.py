"""Runs one job in its own process: prepares, waits for the request if it was forked ahead, calls the target, exits."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.payload import MESSAGE_SIZE, Payload


@dataclass
class JobInput:
    """The source of a job's request: a payload, or a pipe if the process was forked ahead. A session's messages come
    through a pipe of their own."""

    payload: Payload | None = None
    pipe: int = -1
    messages: int = -1

    def is_available(self) -> bool:
        return self.payload is not None or bool(select.select([self.pipe], [], [], 0)[0])

    def read(self) -> Any:
        """Waits for the request and returns it; exits the process if the pipe closes without one."""
        if self.payload is not None:
            return self.payload.read()
        data = bytearray()
        while chunk := os.read(self.pipe, 2**20):
            data += chunk
        os.close(self.pipe)
        if not data:
            os._exit(0)
        return json.loads(data)

    def read_message(self) -> Any:
        """Waits for a session's next message and returns it; None when the client is gone."""
        header = self._read_exactly(MESSAGE_SIZE.size)
        return json.loads(self._read_exactly(MESSAGE_SIZE.unpack(header)[0])) if header else None

    def _read_exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            if not (chunk := os.read(self.messages, size - len(data))):
                return b""
            data += chunk
        return bytes(data)


def run_job(
    target: str, children: int, context: Payload | None, job_input: JobInput, events_pipe: int,
    child_context: Payload | None = None,
) -> None:  # fmt: skip
    """Calls the target, "module:function", with the request, `emit` and in a session `read_message`; never returns.

    If the module has a generator `prepare(children, context, child_context)`, its steps run before: the first always,
    the others only until the request is available. Each context is a function that reads it, or None; `prepare` calls
    it only after it has forked the processes that must not know that context.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    redirect_standard_streams()

    def prepare_and_read() -> Any:
        module = importlib.import_module(target.partition(":")[0])
        readers = context and context.read, child_context and child_context.read
        steps: Iterator[None] = module.prepare(children, *readers) if hasattr(module, "prepare") else iter(())
        has_steps = next(steps, steps) is not steps
        while has_steps and not job_input.is_available():
            has_steps = next(steps, steps) is not steps
        return job_input.read()

    session = (job_input.read_message,) if job_input.messages >= 0 else ()
    os._exit(call_target(target, prepare_and_read, events_pipe, *session))


def redirect_standard_streams() -> None:
    """Connects the standard streams to the null device, so that a job's output cannot pass for the engine's."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def call_target(target: str, read_request: Callable[[], Any], events_pipe: int, *session: Callable[[], Any]) -> int:
    """Calls the target with its request, a function `emit` that writes an event to the pipe, and for a session the
    function that reads its messages; returns the exit code. An exception becomes the event {"fault": traceback}."""

    def emit(event: dict[str, Any]) -> None:
        data = json.dumps(event, ensure_ascii=False).encode(errors="replace") + b"\n"  # lone surrogates become "?"
        while data:
            data = data[os.write(events_pipe, data) :]

    try:
        name, _, function = target.partition(":")
        getattr(importlib.import_module(name), function)(read_request(), emit, *session)
        return 0
    except BaseException:
        with contextlib.suppress(OSError):
            emit({"fault": traceback.format_exc()})
        return 70
