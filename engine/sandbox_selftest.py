"""Tries in throw-away processes what a check must not do, so that what is said to hold has been seen to hold.

Each layer is tried alone, since another layer could hide that it does nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.child import Child
from engine.frames import BadFrame, Channel, ChannelClosed, DeadlineExceeded
from engine.sandbox import landlock, policy, seccomp
from engine.sandbox.limits import GIB, Limits, mapped_bytes
from engine.sandbox.namespaces import SandboxUnavailable

with contextlib.suppress(ImportError):  # Windows has none, and calls nothing here
    import resource

SECONDS = 10.0
PTRACE_SEIZE = 0x4206


@dataclass(frozen=True)
class LayerResult:
    """What was tried of one layer. `escaped` names what should have been refused and was done."""

    layer: str
    holds: bool
    escaped: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Targets:
    """What to reach for: files, a folder to write in, and sockets that listen."""

    secrets: tuple[Path, ...]
    outside: Path
    port: int
    datagrams: int
    name: str
    parent: int


_results: dict[str, LayerResult] = {}


def results() -> list[LayerResult]:
    """The proofs so far, in this process or the one it was forked from."""
    return list(_results.values())


def verified_level(layers: Iterable[str]) -> policy.Level:
    """What layers that the system took amount to, less those that were seen not to hold."""
    broken = {proof.layer for proof in _results.values() if not proof.holds}
    return policy.level(set(layers) - broken)


def check_layer(layer: str, hide: Sequence[Path], secret: Path) -> LayerResult:
    """Tries one layer and remembers the result. `secret` is a file below `hide`."""
    _results[layer] = _try(layer, hide, secret)
    return _results[layer]


def _try(layer: str, hide: Sequence[Path], secret: Path) -> LayerResult:
    if (layer == "landlock" and not landlock.version()) or (layer == "seccomp" and not seccomp.is_supported()):
        return LayerResult(layer, False, (), "this system does not offer it")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fromscratch-canary-")))
        other = folder / "secret.txt"
        other.write_text("secret")
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        named.bind(str(folder / "socket"))
        named.listen()
        targets = Targets((other, secret), folder, tcp.getsockname()[1], udp.getsockname()[1],
                          str(folder / "socket"), os.getpid())  # fmt: skip
        attempts = ATTEMPTS[layer]

        def serve(channel: Channel) -> None:
            channel.send([name for name, attempt in attempts(targets) if _done(attempt)])
            if layer == "limits":
                while True:
                    os.write(1, b"more and more\n" * 1000)

        child = Child(serve, hide, layers=("limits",) if layer == "limits" else ("limits", layer))
        try:
            child.begin(Limits(seconds=SECONDS, output=2**20))
            if layer not in child.layers:
                return LayerResult(layer, False, (), "this system does not offer it")
            escaped = child.receive()
            if layer == "limits":
                escaped += _endless(child)
            return LayerResult(layer, not escaped, tuple(map(str, escaped)))
        except SandboxUnavailable as error:
            return LayerResult(layer, False, (), str(error))
        except (ChannelClosed, DeadlineExceeded, BadFrame) as error:
            return LayerResult(layer, False, (), f"its canary did not come back ({type(error).__name__})")
        finally:
            child.close()


def _endless(child: Child) -> list[str]:
    """A child that prints without end must be stopped."""
    with contextlib.suppress(ChannelClosed, DeadlineExceeded):
        child.channel.receive(time.monotonic() + SECONDS, child.watched)
    return [] if child.output_exceeded and child.status is not None else ["print without end"]


def _done(attempt: Callable[[], Any]) -> bool:
    """Whether an attempt was let through; a call of C returns -1 where it was refused."""
    try:
        return attempt() != -1
    except (OSError, MemoryError, ValueError):
        return False


Attempts = list[tuple[str, Callable[[], Any]]]


def _files(targets: Targets) -> Attempts:
    return [
        *((f"read {path.name}", lambda path=path: path.read_bytes()) for path in targets.secrets),
        ("list a folder outside", lambda: os.listdir(targets.outside)),
        ("write outside", lambda: (targets.outside / "written").write_text("x")),
        ("remove a file outside", lambda: (targets.outside / "secret.txt").unlink()),
        ("read another process's memory", lambda: open(f"/proc/{targets.parent}/mem", "rb").close()),
        ("read another process's environment", lambda: Path(f"/proc/{targets.parent}/environ").read_bytes()),
    ]


def _reach(targets: Targets) -> Attempts:
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(8)
    piece = struct.pack("PN", ctypes.addressof(room), 8)
    source = struct.pack("PN", id(targets), 8)  # a fork has everything at the same address
    return [
        ("signal another process", lambda: os.kill(targets.parent, 0)),
        ("trace another process", lambda: libc.ptrace(PTRACE_SEIZE, targets.parent, None, None)),
        ("reach into another process", lambda: libc.process_vm_readv(targets.parent, piece, 1, source, 1, 0)),
    ]


def _network(targets: Targets) -> Attempts:
    return [
        ("connect by TCP", lambda: socket.create_connection(("127.0.0.1", targets.port), 1).close()),
        ("send by UDP", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
            b"x", ("127.0.0.1", targets.datagrams))),
        ("connect to a unix socket", lambda: socket.socket(socket.AF_UNIX).connect(targets.name)),
    ]  # fmt: skip


def _processes(targets: Targets) -> Attempts:
    def fork() -> int:
        if pid := os.fork():
            os.waitpid(pid, 0)
            return pid
        os._exit(0)

    libc = ctypes.CDLL(None, use_errno=True)
    limit = getattr(resource, "prlimit", lambda *_: -1)
    return [
        ("fork", fork),
        ("start a program", lambda: os.posix_spawn("/bin/true", ["true"], {})),
        ("limit another process", lambda: limit(targets.parent, resource.RLIMIT_CORE)),
        ("make namespaces", lambda: libc.unshare(0)),
        ("share memory", lambda: libc.shmget(0, 4096, 0o600 | 0o1000)),
    ]


def _limits(targets: Targets) -> Attempts:
    def large_file() -> int:
        with open("large", "wb") as file:
            return os.pwrite(file.fileno(), b"x", Limits().file_size + 1)

    def many_files() -> None:
        held = [os.dup(0) for _ in range(Limits().files + 1)]
        for fd in held:
            os.close(fd)

    return [
        ("take more memory", lambda: mmap.mmap(-1, max(Limits().memory, mapped_bytes()) + 2 * GIB)),
        ("write a larger file", large_file),
        ("open more files", many_files),
        ("take more processor time", lambda: resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))),
    ]


def _world(targets: Targets) -> Attempts:
    def write(path: str) -> None:
        with open(path, "w") as file:
            file.write("x")

    return [
        *_files(targets), *_network(targets), *_reach(targets),
        ("write in the system", lambda: write("/usr/written")),
        ("see the home folder", lambda: os.listdir(Path.home()) if Path.home() != Path.cwd() else -1),
        ("see other processes", lambda: -1 if os.getpid() < 10 else 0),
    ]  # fmt: skip


ATTEMPTS: dict[str, Callable[[Targets], Attempts]] = {
    "limits": _limits,
    "landlock": _files,
    "seccomp": lambda targets: [*_network(targets), *_reach(targets), *_processes(targets)],
    "namespaces": _world,
}
