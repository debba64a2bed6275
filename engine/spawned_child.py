"""The learner's child where no process can be forked: started anew, and joined by a connection on this machine.

The file is both ends: `SpawnedChild` for the process that made it, and `main` for the child itself.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import fromscratch
from engine import reap, scratch
from engine.child import KEPT_OUTPUT, PATIENCE, Child, confine, take_limits
from engine.frames import Channel, Closed, Late
from engine.preload import load
from engine.sandbox import policy
from engine.sandbox.limits import Limits
from engine.sandbox.namespaces import Unavailable
from engine.spawn_server import kill

SETTLE = 0.02  # seconds in which what was printed comes through the pipe


class SpawnedChild(Child):
    """A Child that is a program of its own: `serve`, `ahead` and `ready` are named to it, so they must be functions
    of a module, and `preload` is what that program loads before (as the engine does)."""

    def __init__(
        self, serve: Callable[[Channel], None], hide: Sequence[Path], ahead: Callable[[], None],
        preload: Sequence[str] = (), ready: Callable[[Any], None] = print,
    ) -> None:  # fmt: skip
        self.limits, self.layers, self.deadline = Limits(), [], math.inf
        self.output, self.printed, self.status = bytearray(), 0, None
        self.watch: dict[int, Any] = {}
        self.scratch = scratch.new()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.token = secrets.token_hex(16)
        order = {
            "port": self.server.getsockname()[1], "token": self.token, "folder": str(self.scratch),
            "hide": [str(path) for path in hide], "layers": list(policy.wanted()), "preload": list(preload),
            "ahead": _name(ahead), "serve": _name(serve), "ready": _name(ready),
        }  # fmt: skip
        self.process = subprocess.Popen(
            fromscratch.command("engine.spawned_child"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.pid = self.process.pid
        assert self.process.stdin is not None
        with self.process.stdin, contextlib.suppress(OSError):
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.channel: Channel | None = None  # type: ignore[assignment]

    def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := os.read(self.process.stdout.fileno(), 2**18):
            self.printed += len(chunk)
            self.output += chunk[: max(0, KEPT_OUTPUT - len(self.output))]
            if self.flooded:
                kill(self.process)

    def wait(self) -> None:
        """Until the child has loaded everything. Raises Unavailable where it does not come."""
        until = time.monotonic() + PATIENCE * 3
        while self.channel is None and self.process.poll() is None and time.monotonic() < until:
            if not select.select([self.server], [], [], 0.2)[0]:
                continue
            channel = Channel(self.server.accept()[0])
            with contextlib.suppress(Closed, Late, ValueError):
                if channel.receive(time.monotonic() + 5) == self.token:
                    self.channel = channel
                    return
            channel.close()  # somebody else on this machine
        if self.channel is None:
            said = bytes(self.output).decode(errors="replace").strip().splitlines()
            raise Unavailable("A process for a check could not be started. " + (said[-1] if said else ""))

    def prepare(self, given: Any) -> None:
        self.wait()
        super().prepare(given)

    def begin(self, limits: Limits) -> None:
        self.wait()
        super().begin(limits)

    def drain(self) -> bool:
        time.sleep(SETTLE)
        return False

    def kill(self) -> None:
        if self.status is None:
            kill(self.process)
            self.status = self.process.wait()

    def ended(self, patience: float = 0.5) -> int:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.status = self.process.wait(patience)
        self.kill()
        assert self.status is not None
        return self.status

    def close(self) -> None:
        self.kill()
        self.reader.join(1)
        self.server.close()
        if self.channel is not None:
            self.channel.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}:{function.__qualname__}"


def _named(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def main() -> None:
    """In the child: loads, connects, gives up what it may not have, gets ready, and serves."""
    reap.die_with_parent()
    order = json.loads(sys.stdin.buffer.readline())
    later, rarely, _ = load(order["preload"])
    serve, ahead = _named(order["serve"]), _named(order["ahead"])
    channel = Channel(socket.create_connection(("127.0.0.1", order["port"])))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    folder = Path(order["folder"])
    layers = confine(folder, [Path(path) for path in order["hide"]], order["layers"])
    ahead()
    channel.send(order["token"])
    channel.send({"layers": layers})
    for step in later + rarely:
        if not select.select([channel.sock], [], [], 0)[0]:
            with contextlib.suppress(Exception):
                step()
    take_limits(channel, _named(order["ready"]))
    serve(channel)
    os._exit(0)


if __name__ == "__main__":
    main()
