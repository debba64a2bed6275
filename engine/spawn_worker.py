"""One worker of the spawn server: loads everything, prepares, runs one job and exits."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import queue
import sys
import threading
from collections.abc import Iterator
from typing import Any

from engine import reap, scratch
from engine.job import call_target, redirect_standard_streams
from engine.preload import load


class InputReader:
    """Reads standard input in a thread: any number of contexts, the message that starts a job, and a session's
    messages. Exits the process at the end of the input."""

    def __init__(self) -> None:
        self.stream = os.fdopen(os.dup(0), "rb")
        self.context: Any = None
        self.message: dict[str, Any] = {}
        self.messages: queue.Queue[Any] = queue.Queue()
        self.has_job = threading.Event()
        self.changed = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.stream:
            message = json.loads(line)
            if "target" in message:
                self.message = message
                self.has_job.set()
                self.changed.set()
                if message["limit"] is not None:
                    return
            elif "message" in message:
                self.messages.put(message["message"])
            else:
                self.context = message["expect"]
                self.changed.set()
        os._exit(0)


def _no_steps(children: int, context: Any) -> Iterator[None]:
    return iter(())


def main(preload: list[str]) -> None:
    """Prepares for the STANDBY_TARGET of the modules in `preload`, and runs a job of any target."""
    reap.die_with_parent()
    events_pipe, reader = os.dup(1), InputReader()
    redirect_standard_streams()
    when_idle, when_long_idle, target = load(preload)
    scratch.open_base()
    prepare = importlib.import_module(target.partition(":")[0]).prepare if target else _no_steps
    for _ in prepare(1, None):
        pass
    os.write(events_pipe, b'{"ready": true}\n')
    steps: Iterator[object] = (step() for step in when_idle + when_long_idle)
    while not reader.has_job.is_set():
        if reader.changed.is_set():
            reader.changed.clear()
            steps = itertools.chain(prepare(1, lambda: reader.context), steps)
        if next(steps, steps) is steps:
            reader.changed.wait()
    session = () if reader.message["limit"] is not None else (reader.messages.get,)
    code = call_target(reader.message["target"], lambda: reader.message["body"], events_pipe, *session)
    scratch.close_base()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
