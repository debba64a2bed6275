"""The engine's job that runs a model: starts the sandboxed process and passes messages between it and the app.

The app's messages are {"request": number, "body": a Request as JSON} and {"cancel": number}. The job emits
{"pid": …, "layers": […]}, {"event": an Event as JSON}, {"log": text that the process printed}, and at last
{"ended": sentence}.
"""

from __future__ import annotations

import gc
import importlib
import math
import os
import queue
import re
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fromscratch
from engine import reap
from engine.child import Child
from engine.frames import BadFrame, ChannelClosed
from engine.platform import can_fork
from engine.sandbox.limits import GIB, Limits, mapped_bytes
from engine.sandbox.namespaces import SandboxUnavailable
from engine.spawned_child import SpawnedChild
from exercises.load import load_course
from playground.messages import Done
from playground.protocol import encode

TICK = 0.1  # seconds between two looks at what the process printed, while it handles a request
PATIENCE = 4  # times the seconds for a step after which a process is ended even if it has hardly run
CANCEL_TIMEOUT = 1.0  # seconds in which the process must confirm that it cancelled a request
LOG_BYTES = 32 * 1024  # of printed text that one request adds to the log
PRINT_LIMIT = 64 * 2**20  # bytes that one request may print
TRACEBACK_SECONDS = 0.3  # in which a process that hangs says where

Emit = Callable[[dict[str, Any]], None]


def run(request: dict[str, Any], emit: Emit, read_message: Callable[[], Any]) -> None:
    """Runs the session's process until it ends or the app is gone. The request has the keys

    `readable`: paths that the process may read; `memory`: bytes that it may
    allocate; `nice`: its nice value; `step_seconds`: seconds without a sign of life after which it is ended."""
    reap.become_subreaper()
    if hasattr(os, "nice"):
        os.nice(request["nice"])
    readable = [Path(path) for path in request["readable"]]
    child = _start_child(readable)
    try:
        child.begin(Limits(math.inf, mapped_bytes() + request["memory"], GIB, 1024, PRINT_LIMIT))
        emit({"pid": child.pid, "layers": child.layers})
        emit({"ended": Relay(child, emit, read_message, request["step_seconds"]).run()})
    except SandboxUnavailable as error:
        emit({"ended": str(error)})
    except ChannelClosed:
        emit({"ended": _describe_exit(child)})
    finally:
        child.close()


def _start_child(readable: list[Path]) -> Child:
    gc.disable()  # imports create no garbage, and a collection would copy the pages shared with the server
    own = [fromscratch.ROOT / name for name in sorted(fromscratch.PACKAGES)]
    serve = importlib.import_module("playground.host.serve").serve  # here, where its bytecode can be written
    load_course()
    gc.freeze()
    gc.enable()
    if can_fork():
        return Child(serve, (), readable=[*own, *readable])
    return SpawnedChild(serve, (), gc.freeze, readable=[*own, *readable])


class Relay:
    """Gives the process one request at a time, and ends it if it hangs."""

    def __init__(self, child: Child, emit: Emit, read_message: Callable[[], Any], step_seconds: float) -> None:
        self.child, self.emit, self.step_seconds = child, emit, step_seconds
        self.inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.waiting: deque[tuple[int, str]] = deque()
        self.current: int | None = None  # the request that the process handles
        self.cancelled = False
        self.deadline = math.inf
        self.used_at_step = 0.0  # CPU seconds that the process had used at its last sign of life
        self.logged_bytes = 0
        for name, read in (("app", read_message), ("child", self.child.receive)):
            threading.Thread(target=self._read, args=(name, read), daemon=True).start()

    def _read(self, name: str, read: Callable[[], Any]) -> None:
        message: Any = {}
        while message is not None:
            try:
                message = read()
            except (ChannelClosed, BadFrame, OSError):
                message = None
            self.inbox.put((name, message))

    def run(self) -> str:
        """Returns why the process ended, as a sentence."""
        while True:
            try:
                source, message = self.inbox.get(timeout=None if self.current is None else TICK)
            except queue.Empty:
                source, message = "", {}
            self._forward_output()
            if message is None:
                return "The app is gone." if source == "app" else _describe_exit(self.child)
            if source == "app":
                self._on_app_message(message)
            elif source == "child":
                self._on_child_message(message)
            if self.current is not None and time.monotonic() > self.deadline and self._hangs():
                return self._end_hanging()

    def _on_app_message(self, message: dict[str, Any]) -> None:
        if "cancel" not in message:
            self.waiting.append((message["request"], message["body"]))
            self._start_next()
        elif message["cancel"] == self.current and not self.cancelled:
            self.cancelled = True
            self.deadline = min(self.deadline, time.monotonic() + CANCEL_TIMEOUT)
            self.child.channel.send({"cancel": self.current})
        elif waiting := [pair for pair in self.waiting if pair[0] == message["cancel"]]:
            self.waiting.remove(waiting[0])
            self.emit({"event": encode(Done(message["cancel"], cancelled=True)).decode()})

    def _on_child_message(self, message: Any) -> None:
        """Handles a message of the process, which the learner's code could have sent: nothing in it is trusted."""
        if not self.cancelled:
            self._on_step()
        if not isinstance(message, dict):
            return
        if isinstance(event := message.get("event"), str):
            self.emit({"event": event})
        if "ends" in message and message["ends"] == self.current:
            self.current = None
            self._start_next()

    def _start_next(self) -> None:
        if self.current is None and self.waiting:
            self.current, body = self.waiting.popleft()
            self.cancelled, self.logged_bytes, self.child.printed_bytes = False, 0, 0
            self._on_step()
            self.child.channel.send({"request": body})

    def _on_step(self) -> None:
        self.deadline = time.monotonic() + self.step_seconds
        self.used_at_step = cpu_seconds(self.child.pid)

    def _hangs(self) -> bool:
        """Whether the process had the time for a step. On a busy machine, it may not have run for most of it."""
        late = time.monotonic() > self.deadline + (PATIENCE - 1) * self.step_seconds
        return self.cancelled or late or cpu_seconds(self.child.pid) - self.used_at_step >= self.step_seconds

    def _forward_output(self) -> str:
        """Sends what the process has printed to the app's log; returns it."""
        count = len(self.child.output)
        text = bytes(self.child.output[:count]).decode(errors="replace")
        del self.child.output[:count]
        if text and self.logged_bytes < LOG_BYTES:
            self.logged_bytes += count
            self.emit({"log": text})
        return text

    def _end_hanging(self) -> str:
        line = self._current_line()
        seconds = CANCEL_TIMEOUT if self.cancelled else self.step_seconds
        what = "did not stop within" if self.cancelled else "computed without a step for"
        self.child.kill()
        return f"The model {what} {seconds:g} s, so its process was ended{line}."

    def _current_line(self) -> str:
        """Returns ", in line N of FILE" for the innermost line that the main thread runs in a file of the learner."""
        if not hasattr(signal, "SIGUSR1"):
            return ""
        self._forward_output()
        os.kill(self.child.pid, signal.SIGUSR1)
        text, deadline = "", time.monotonic() + TRACEBACK_SECONDS
        while time.monotonic() < deadline and not text:
            time.sleep(TICK / 5)
            text += self._forward_output()
        for file, number in re.findall(r'  File "([^"]+)", line (\d+)', text):
            if not Path(file).is_relative_to(fromscratch.ROOT) and "site-packages" not in file:
                return f" in line {number} of {Path(file).name}" if Path(file).is_file() else ""
        return ""


def cpu_seconds(pid: int) -> float:
    """Returns the CPU seconds that a process has used or, where the system does not say, the seconds that passed."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic()


def _describe_exit(child: Child) -> str:
    """Returns a sentence about a process that ended by itself."""
    if child.output_exceeded:
        child.kill()
        return f"The model's process printed more than {PRINT_LIMIT // 2**20} MiB for one request, so it was ended."
    code = child.wait_exit()
    lines = bytes(child.output).decode(errors="replace").strip().splitlines()
    last_line = f" Its last message: {lines[-1][:500]}" if lines else ""
    if code < 0:
        names = {number.value: number.name for number in signal.Signals}
        memory = " The machine may be out of memory." if code == -9 else ""
        return f"The model's process was killed by {names.get(-code, -code)}.{memory}{last_line}"
    return f"The model's process ended unexpectedly with exit code {code}.{last_line}"
