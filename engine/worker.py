"""One process of the pool: loads everything, gets ready, says so, takes one job and ends."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from typing import Any

from engine import reap, scratch
from engine.job import close_standard, work
from engine.warm import load


class Asked:
    """The request that comes as one line of the standard input, read by a thread, so that one can see on any system
    whether it is here. Ends the process where none will come."""

    def __init__(self) -> None:
        self.source = os.fdopen(os.dup(0), "rb")
        self.request: dict[str, Any] = {}
        self.here = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        line = self.source.readline()
        if not line:
            os._exit(0)
        self.request = json.loads(line)
        self.here.set()


def main(preload: list[str]) -> None:
    """Gets ready for the SPARE target of the modules in `preload`, and works for any."""
    reap.die_with_parent()
    pipe, asked = os.dup(1), Asked()
    close_standard()
    later, spare = load(preload)
    scratch.open_base()
    if spare is not None:
        for _ in importlib.import_module(spare.partition(":")[0]).prepare(None):
            pass
    os.write(pipe, b'{"ready": true}\n')
    for step in later:
        if not asked.here.is_set():
            step()
    asked.here.wait()
    status = work(asked.request["target"], lambda: asked.request["job"], pipe)
    scratch.close_base()
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
