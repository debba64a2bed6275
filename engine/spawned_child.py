"""Runs untrusted code in a new Python process, for systems that cannot fork; it connects back over the loopback.

`SpawnedChild` is the parent's side; `main` runs in the child.
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
from engine.child import MAX_KEPT_OUTPUT, START_TIMEOUT, Child, apply_sandbox, take_limits
from engine.frames import Channel, ChannelClosed, DeadlineExceeded
from engine.preload import load
from engine.sandbox import policy
from engine.sandbox.limits import Limits
from engine.sandbox.namespaces import SandboxUnavailable
from engine.spawn_server import kill_process_tree

DRAIN_DELAY = 0.02  # seconds in which printed text arrives through the pipe


class SpawnedChild(Child):
    """A Child in a new Python process. `serve`, `warmup` and `on_context` must be module-level functions, because the
    process finds them by name; it first loads the modules in `preload`, as the engine does."""

    def __init__(
        self, serve: Callable[[Channel], None], hide: Sequence[Path], warmup: Callable[[], None],
        preload: Sequence[str] = (), on_context: Callable[[Any], None] = print,
        readable: Sequence[Path] = (),
    ) -> None:  # fmt: skip
        self.limits, self.layers, self.deadline = Limits(), [], math.inf
        self.output, self.printed_bytes, self.status = bytearray(), 0, None
        self.watched: dict[int, Any] = {}
        self.scratch = scratch.create()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.token = secrets.token_hex(16)
        settings = {
            "port": self.server.getsockname()[1], "token": self.token, "folder": str(self.scratch),
            "hide": [str(path) for path in hide], "readable": [str(path) for path in readable],
            "layers": list(policy.requested_layers()), "preload": list(preload),
            "warmup": _name(warmup), "serve": _name(serve), "on_context": _name(on_context),
        }  # fmt: skip
        self.process = subprocess.Popen(
            fromscratch.command("engine.spawned_child"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.pid = self.process.pid
        assert self.process.stdin is not None
        with self.process.stdin, contextlib.suppress(OSError):
            self.process.stdin.write(json.dumps(settings).encode() + b"\n")
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.channel: Channel | None = None  # type: ignore[assignment]

    def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := os.read(self.process.stdout.fileno(), 2**18):
            self.printed_bytes += len(chunk)
            self.output += chunk[: max(0, MAX_KEPT_OUTPUT - len(self.output))]
            if self.output_exceeded:
                kill_process_tree(self.process)

    def wait_started(self) -> None:
        """Waits until the child has loaded everything and connected. Raises SandboxUnavailable if it does not."""
        deadline = time.monotonic() + START_TIMEOUT * 3
        while self.channel is None and self.process.poll() is None and time.monotonic() < deadline:
            if not select.select([self.server], [], [], 0.2)[0]:
                continue
            channel = Channel(self.server.accept()[0])
            with contextlib.suppress(ChannelClosed, DeadlineExceeded, ValueError):
                if channel.receive(time.monotonic() + 5) == self.token:
                    self.channel = channel
                    return
            channel.close()  # a different process of this machine
        if self.channel is None:
            lines = bytes(self.output).decode(errors="replace").strip().splitlines()
            raise SandboxUnavailable("The process for a check did not start. " + (lines[-1] if lines else ""))

    def send_context(self, context: Any) -> None:
        self.wait_started()
        super().send_context(context)

    def begin(self, limits: Limits) -> None:
        self.wait_started()
        super().begin(limits)

    def drain(self) -> bool:
        time.sleep(DRAIN_DELAY)
        return False

    def kill(self) -> None:
        if self.status is None:
            kill_process_tree(self.process)
            self.status = self.process.wait()

    def wait_exit(self, timeout: float = 0.5) -> int:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.status = self.process.wait(timeout)
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


def _find(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def main() -> None:
    """In the child: loads the modules, connects, applies the sandbox, warms up and serves."""
    reap.die_with_parent()
    settings = json.loads(sys.stdin.buffer.readline())
    when_idle, when_long_idle, _ = load(settings["preload"])
    serve, warmup = _find(settings["serve"]), _find(settings["warmup"])
    channel = Channel(socket.create_connection(("127.0.0.1", settings["port"])))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    folder = Path(settings["folder"])
    hide, readable = ([Path(path) for path in settings[name]] for name in ("hide", "readable"))
    layers = apply_sandbox(folder, hide, settings["layers"], readable)
    warmup()
    channel.send(settings["token"])
    channel.send({"layers": layers})
    for step in when_idle + when_long_idle:
        if not select.select([channel.sock], [], [], 0)[0]:
            with contextlib.suppress(Exception):
                step()
    take_limits(channel, _find(settings["on_context"]))
    serve(channel)
    os._exit(0)


if __name__ == "__main__":
    main()
