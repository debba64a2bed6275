"""Runs untrusted code in a forked, sandboxed child process that is connected to its parent by one channel."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine import priority, reap, scratch
from engine.frames import Channel, ChannelClosed, DeadlineExceeded
from engine.sandbox import policy
from engine.sandbox.limits import Limits, mapped_bytes
from engine.sandbox.namespaces import SandboxUnavailable

MAX_KEPT_OUTPUT = 64 * 1024
START_TIMEOUT = 20.0  # seconds in which a new process must report its sandbox layers
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


class Child:
    """A sandboxed child process, as its parent sees it.

    The child applies `layers` (see `engine/sandbox/policy.py`; by default, the requested ones), calls `warmup`, calls
    `on_context` for each `send_context`, and calls `serve` with its end of the channel once `begin` has set its limits.
    It can therefore be created before there is work. It reads the interpreter's and the system's files except those in
    `hide`, and those in `readable`. After `begin`, the attribute `layers` lists the layers that the
    system supports."""

    def __init__(
        self, serve: Callable[[Channel], None], hide: Sequence[Path], warmup: Callable[[], None] = lambda: None,
        layers: Sequence[str] | None = None, on_context: Callable[[Any], None] = lambda context: None,
        readable: Sequence[Path] = (),
    ) -> None:  # fmt: skip
        self.limits = Limits()
        self.layers: list[str] = []
        requested = policy.requested_layers() if layers is None else layers
        self.deadline = math.inf
        self.output = bytearray()
        self.printed_bytes = 0
        self.status: int | None = None
        self.scratch = scratch.create()
        ours, theirs = socket.socketpair()
        read, write = os.pipe()
        rules = policy.prepare_rules(self.scratch, hide, requested, readable)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                ours.close()
                channel = Channel(theirs)
                try:
                    channel.send({"layers": _isolate(theirs, write, rules, self.scratch, hide, requested, readable)})
                except SandboxUnavailable as error:
                    channel.send({"unavailable": str(error)})
                    raise
                warmup()
                take_limits(channel, on_context)
                serve(channel)
            except BaseException:
                os._exit(71)
            os._exit(0)
        theirs.close()
        os.close(write)
        if rules is not None and rules >= 0:
            os.close(rules)
        os.set_blocking(read, False)
        self.pipe = read
        self.channel = Channel(ours)
        self.watched = {read: self.drain}

    def wait_started(self) -> None:
        """Waits until the process can receive messages, which a forked process can at once."""

    def send_context(self, context: Any) -> None:
        """Sends what the child may know before its work begins; a later call replaces the context."""
        with contextlib.suppress(ChannelClosed):
            self.channel.send({"context": context})

    def begin(self, limits: Limits) -> None:
        """Applies the limits and starts the clock. Raises SandboxUnavailable if the strict sandbox cannot be built."""
        try:
            report = self.channel.receive(time.monotonic() + START_TIMEOUT)
        except (ChannelClosed, DeadlineExceeded):
            problem = "The process for a check did not start in time. The machine may be out of memory."
            raise SandboxUnavailable(problem) from None
        if "unavailable" in report:
            raise SandboxUnavailable(report["unavailable"])
        self.layers = report["layers"]
        self.limits = limits
        self.deadline = time.monotonic() + limits.seconds
        self.channel.send(dataclasses.asdict(limits))

    def receive(self) -> Any:
        """Returns the child's next message and collects what it prints meanwhile. Raises DeadlineExceeded after the
        time limit."""
        return self.channel.receive(self.deadline, self.watched)

    @property
    def output_exceeded(self) -> bool:
        return self.printed_bytes > self.limits.output

    def drain(self) -> bool:
        """Reads what the child has printed; returns False after the end of its output."""
        while True:
            try:
                chunk = os.read(self.pipe, 2**18)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self.printed_bytes += len(chunk)
            self.output += chunk[: max(0, MAX_KEPT_OUTPUT - len(self.output))]
            if self.output_exceeded:
                self.kill()
                return False

    def kill(self) -> None:
        """Kills the child and its descendants; a second call does nothing."""
        if self.status is None:
            reap.kill_tree(self.pid)
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)

    def wait_exit(self, timeout: float = 0.5) -> int:
        """Returns the exit code (or minus the signal) of a child that closed its channel; kills it at the timeout."""
        deadline = time.monotonic() + timeout
        while self.status is None and time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            else:
                time.sleep(0.002)
        self.kill()
        assert self.status is not None
        return self.status

    def close(self) -> None:
        """Kills the child and removes its scratch folder."""
        self.kill()
        self.drain()
        self.channel.close()
        os.close(self.pipe)
        shutil.rmtree(self.scratch, ignore_errors=True)


def take_limits(channel: Channel, on_context: Callable[[Any], None]) -> None:
    """In the child: passes each context to `on_context` until the limits arrive, and applies those."""
    while "context" in (message := channel.receive()):
        on_context(message["context"])
    Limits(**message).apply()


def _isolate(
    sock: socket.socket, output: int, rules: int | None, folder: Path, hide: Sequence[Path], layers: Sequence[str],
    readable: Sequence[Path],
) -> list[str]:  # fmt: skip
    """In the child: leaves the parent's session, descriptors and streams; returns the sandbox layers that hold."""
    os.setsid()
    priority.reapply_autogroup()
    reap.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    _close_all_but({sock.fileno(), rules})
    # pytest and the fork server replaced these, but what learners print must reach the pipe
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    return apply_sandbox(folder, hide, layers, readable, rules)


def _close_all_but(keep: set[int | None]) -> None:
    """Closes all descriptors but the standard streams and those in `keep`."""
    first = 3
    for number in sorted(number for number in keep if number is not None and number >= first):
        os.closerange(first, number)
        first = number + 1
    os.closerange(first, 4096)


def apply_sandbox(
    folder: Path, hide: Sequence[Path], layers: Sequence[str], readable: Sequence[Path] = (), rules: int | None = None
) -> list[str]:  # fmt: skip
    """Confines this process to its scratch folder, a clean environment and the layers; returns those that hold."""
    mapped_bytes()  # remembers the value, since the sandbox may hide /proc
    active = policy.apply_layers(folder, hide, layers, readable, rules)
    os.chdir(folder)
    with contextlib.suppress(OSError):
        os.umask(0o077)
    os.environ.clear()
    os.environ.update(ENVIRONMENT, HOME=str(folder), TMPDIR=str(folder))
    tempfile.tempdir = None
    sys.argv[:] = ["solution.py"]
    random.seed(0)
    return active
