"""The learner's child: forked from a warm process, restrained, and joined to it by one channel."""

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
from engine.frames import Channel, Closed, Late
from engine.sandbox import policy
from engine.sandbox.limits import Limits, mapped
from engine.sandbox.namespaces import Unavailable

KEPT_OUTPUT = 64 * 1024
PATIENCE = 20.0  # seconds until a new process must have said what holds it
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


class Child:
    """A restrained process that serves one channel, seen from the process that made it. It waits until `begin`
    sets its limits, so it may be made before there is anything to do; `ahead` is what it does meanwhile, and `ready`
    what it does with what `prepare` hands over. `layers` are those of `sandbox.py` that it is to have; after `begin`
    the attribute holds those that the system took."""

    def __init__(
        self, serve: Callable[[Channel], None], hide: Sequence[Path], ahead: Callable[[], None] = lambda: None,
        layers: Sequence[str] | None = None, ready: Callable[[Any], None] = lambda given: None,
    ) -> None:  # fmt: skip
        self.limits = Limits()
        self.layers: list[str] = []
        wanted = policy.wanted() if layers is None else layers
        self.deadline = math.inf
        self.output = bytearray()
        self.printed = 0
        self.status: int | None = None
        self.scratch = scratch.new()
        ours, theirs = socket.socketpair()
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                ours.close()
                channel = Channel(theirs)
                try:
                    channel.send({"layers": _become(theirs, write, self.scratch, hide, wanted)})
                except Unavailable as error:
                    channel.send({"unavailable": str(error)})
                    raise
                ahead()
                take_limits(channel, ready)
                serve(channel)
            except BaseException:
                os._exit(71)
            os._exit(0)
        theirs.close()
        os.close(write)
        os.set_blocking(read, False)
        self.pipe = read
        self.channel = Channel(ours)
        self.watch = {read: self.drain}

    def wait(self) -> None:
        """Until the process is there: a forked one is at once."""

    def prepare(self, given: Any) -> None:
        """Hands over what is known before there is work, if the process is still there; may be done again."""
        with contextlib.suppress(Closed):
            self.channel.send({"given": given})

    def begin(self, limits: Limits) -> None:
        """Imposes the limits and starts the clock. Raises Unavailable where the strict sandbox cannot be built."""
        try:
            report = self.channel.receive(time.monotonic() + PATIENCE)
        except (Closed, Late):
            raise Unavailable("A process for a check could not be prepared. Is the machine out of memory?") from None
        if "unavailable" in report:
            raise Unavailable(report["unavailable"])
        self.layers = report["layers"]
        self.limits = limits
        self.deadline = time.monotonic() + limits.seconds
        self.channel.send(dataclasses.asdict(limits))

    @property
    def flooded(self) -> bool:
        return self.printed > self.limits.output

    def drain(self) -> bool:
        """Takes what the child has printed; False when there will be no more."""
        while True:
            try:
                chunk = os.read(self.pipe, 2**18)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self.printed += len(chunk)
            self.output += chunk[: max(0, KEPT_OUTPUT - len(self.output))]
            if self.flooded:
                self.kill()
                return False

    def kill(self) -> None:
        """Ends the child and all it started; safe to call twice."""
        if self.status is None:
            reap.kill_tree(self.pid)
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)

    def ended(self, patience: float = 0.5) -> int:
        """The exit code (minus the signal) of a child whose channel has closed; kills one that stays."""
        until = time.monotonic() + patience
        while self.status is None and time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            else:
                time.sleep(0.002)
        self.kill()
        assert self.status is not None
        return self.status

    def close(self) -> None:
        """Ends it and removes its scratch folder."""
        self.kill()
        self.drain()
        self.channel.close()
        os.close(self.pipe)
        shutil.rmtree(self.scratch, ignore_errors=True)


def take_limits(channel: Channel, ready: Callable[[Any], None]) -> None:
    """In the child: takes what is handed over ahead, until there is work, which the limits come with."""
    while "given" in (message := channel.receive()):
        ready(message["given"])
    Limits(**message).impose()


def _become(
    sock: socket.socket, output: int, folder: Path, hide: Sequence[Path], layers: Sequence[str]
) -> list[str]:  # fmt: skip
    """Turns the forked process into a restrained one; the layers that hold."""
    os.setsid()
    priority.again()
    reap.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    keep = sock.fileno()
    os.closerange(3, keep)
    os.closerange(keep + 1, 4096)
    # pytest and the warm parent swapped these; a learner's print must reach the pipe
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    return confine(folder, hide, layers)


def confine(folder: Path, hide: Sequence[Path], layers: Sequence[str]) -> list[str]:
    """Leaves this process only its scratch folder, a clean environment and what the layers allow; those that hold."""
    mapped()  # while /proc is there
    held = policy.restrain(folder, hide, layers)
    os.chdir(folder)
    with contextlib.suppress(OSError):
        os.umask(0o077)
    os.environ.clear()
    os.environ.update(ENVIRONMENT, HOME=str(folder), TMPDIR=str(folder))
    tempfile.tempdir = None
    sys.argv[:] = ["solution.py"]
    random.seed(0)
    return held
