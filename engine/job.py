"""A job in its own process: gets ready, waits for its order if it was forked ahead, works, and ends."""

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

from engine.payload import Letter


@dataclass
class Order:
    """What a job is given: in a letter, or through a pipe if its process was forked ahead."""

    letter: Letter | None = None
    pipe: int = -1

    def here(self) -> bool:
        return self.letter is not None or bool(select.select([self.pipe], [], [], 0)[0])

    def take(self) -> Any:
        """Waits for it; ends the process where none will come."""
        if self.letter is not None:
            return self.letter.read()
        data = bytearray()
        while chunk := os.read(self.pipe, 2**20):
            data += chunk
        os.close(self.pipe)
        if not data:
            os._exit(0)
        return json.loads(data)


def run_job(
    target: str, many: int, subject: Letter | None, order: Order, pipe: int, question: Letter | None = None
) -> None:
    """Calls "module:function" with the order's job and an `emit`; never returns. Where the module has a
    `prepare(many, subject, question)`, its steps come first: one in any case, the others only until the order is here.
    `subject` gives what the job will be about, or is None; a process that must not know it is forked before it is
    called. `question` gives, or is None, what each of the `many` may know."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    close_standard()

    def job() -> Any:
        module = importlib.import_module(target.partition(":")[0])
        known, asked = subject and subject.read, question and question.read
        steps: Iterator[None] = module.prepare(many, known, asked) if hasattr(module, "prepare") else iter(())
        going = next(steps, steps) is not steps
        while going and not order.here():
            going = next(steps, steps) is not steps
        return order.take()

    os._exit(work(target, job, pipe))


def close_standard() -> None:
    """Nothing that a job prints reaches the terminal or the engine's answers."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def work(target: str, job: Callable[[], Any], pipe: int) -> int:
    """Calls the target with a job and an `emit` that writes to the pipe; a fault is told there. The exit code."""

    def emit(event: dict[str, Any]) -> None:
        data = json.dumps(event).encode() + b"\n"
        while data:
            data = data[os.write(pipe, data) :]

    try:
        name, _, function = target.partition(":")
        getattr(importlib.import_module(name), function)(job(), emit)
        return 0
    except BaseException:
        with contextlib.suppress(OSError):
            emit({"fault": traceback.format_exc()})
        return 70
