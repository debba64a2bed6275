"""A job in its own process: gets ready, waits for its order if it was forked ahead, works, and ends."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Order:
    """What a job is given: at once, or through a pipe."""

    job: Any = None
    pipe: int | None = None

    def here(self) -> bool:
        return self.pipe is None or bool(select.select([self.pipe], [], [], 0)[0])

    def take(self) -> Any:
        """Waits for the one JSON line; ends the process where none will come."""
        if self.pipe is None:
            return self.job
        data = b""
        while not data.endswith(b"\n"):
            chunk = os.read(self.pipe, 2**20)
            if not chunk:
                os._exit(0)
            data += chunk
        os.close(self.pipe)
        return json.loads(data)


def run_job(target: str, subject: Any, order: Order, pipe: int) -> None:
    """Calls "module:function" with the order's job and an `emit`; never returns. Where the module has a
    `prepare(subject)`, its steps come first: one in any case, the others only until the order is here."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)

    def emit(event: dict[str, Any]) -> None:
        data = json.dumps(event).encode() + b"\n"
        while data:
            data = data[os.write(pipe, data) :]

    status = 0
    try:
        name, _, function = target.partition(":")
        module = importlib.import_module(name)
        steps: Iterator[None] = module.prepare(subject) if hasattr(module, "prepare") else iter(())
        going = next(steps, steps) is not steps
        while going and not order.here():
            going = next(steps, steps) is not steps
        getattr(module, function)(order.take(), emit)
    except BaseException:
        status = 70
        with contextlib.suppress(OSError):
            emit({"fault": traceback.format_exc()})
    finally:
        os._exit(status)
