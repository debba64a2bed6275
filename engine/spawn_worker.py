"""One process of the pool: loads everything, gets ready, says so, takes one job and ends."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

from engine import reap, scratch
from engine.job import close_standard, work
from engine.preload import load


class Asked:
    """What comes as lines of the standard input, read by a thread, so that one can see on any system whether it is
    here: what to expect, as often as that changes, and one request. Ends the process where none will come."""

    def __init__(self) -> None:
        self.source = os.fdopen(os.dup(0), "rb")
        self.subject: Any = None
        self.request: dict[str, Any] = {}
        self.here = threading.Event()
        self.changed = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.source:
            message = json.loads(line)
            if "target" in message:
                self.request = message
                self.here.set()
                self.changed.set()
                return
            self.subject = message["expect"]
            self.changed.set()
        os._exit(0)


def _nothing(many: int, subject: Any) -> Iterator[None]:
    return iter(())


def main(preload: list[str]) -> None:
    """Gets ready for the STANDBY_TARGET target of the modules in `preload`, and works for any."""
    reap.die_with_parent()
    pipe, asked = os.dup(1), Asked()
    close_standard()
    later, rarely, spare = load(preload)
    scratch.open_base()
    prepare = importlib.import_module(spare.partition(":")[0]).prepare if spare else _nothing
    for _ in prepare(1, None):
        pass
    os.write(pipe, b'{"ready": true}\n')
    steps: Iterator[object] = (step() for step in later + rarely)
    while not asked.here.is_set():
        if asked.changed.is_set():
            asked.changed.clear()
            steps = itertools.chain(prepare(1, lambda: asked.subject), steps)
        if next(steps, steps) is steps:
            asked.changed.wait()
    status = work(asked.request["target"], lambda: asked.request["body"], pipe)
    scratch.close_base()
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
