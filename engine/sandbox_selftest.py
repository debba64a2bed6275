"""Tests each layer of the sandbox: a disposable process attempts what the layer must refuse.

Each layer is tested without the others, which could hide that it has no effect.
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

with contextlib.suppress(ImportError):  # Windows, which runs no self-test
    import resource

TIME_LIMIT = 10.0  # seconds for each layer
PTRACE_SEIZE = 0x4206


@dataclass(frozen=True)
class LayerResult:
    """The result of one layer's test. `allowed` names the attempts that the layer should have refused."""

    layer: str
    holds: bool
    allowed: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Targets:
    """The targets of the attempts: files, a folder, listening sockets, and the parent process."""

    secrets: tuple[Path, ...]
    outside: Path
    tcp_port: int
    udp_port: int
    unix_socket: str
    parent_pid: int


_results: dict[str, LayerResult] = {}


def results() -> list[LayerResult]:
    """Returns the results so far, in this process or the one that it was forked from."""
    return list(_results.values())


def verified_level(layers: Iterable[str]) -> policy.Level:
    """Returns the level of the applied layers, without those that failed their test."""
    broken = {result.layer for result in _results.values() if not result.holds}
    return policy.level(set(layers) - broken)


def check_layer(layer: str, hide: Sequence[Path], secret: Path) -> LayerResult:
    """Tests one layer and stores the result. `secret` is a file below `hide`."""
    _results[layer] = _test(layer, hide, secret)
    return _results[layer]


def _test(layer: str, hide: Sequence[Path], secret: Path) -> LayerResult:
    if (layer == "landlock" and not landlock.version()) or (layer == "seccomp" and not seccomp.is_supported()):
        return LayerResult(layer, False, (), "this system does not offer it")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="selftest-")))
        own_secret = folder / "secret.txt"
        own_secret.write_text("secret")
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(folder / "s"))
        unix.listen()
        targets = Targets((own_secret, secret), folder, tcp.getsockname()[1], udp.getsockname()[1],
                          str(folder / "s"), os.getpid())  # fmt: skip
        attempts = ATTEMPTS[layer]

        def serve(channel: Channel) -> None:
            channel.send([name for name, attempt in attempts(targets) if _is_allowed(attempt)])
            if layer == "limits":
                while True:
                    os.write(1, b"more and more\n" * 1000)

        child = Child(serve, hide, layers=("limits",) if layer == "limits" else ("limits", layer))
        try:
            child.begin(Limits(seconds=TIME_LIMIT, output=2**20))
            if layer not in child.layers:
                return LayerResult(layer, False, (), "this system does not offer it")
            allowed = child.receive()
            if layer == "limits":
                allowed += _print_endlessly(child)
            return LayerResult(layer, not allowed, tuple(map(str, allowed)))
        except SandboxUnavailable as error:
            return LayerResult(layer, False, (), str(error))
        except (ChannelClosed, DeadlineExceeded, BadFrame) as error:
            return LayerResult(layer, False, (), f"its test ended early ({type(error).__name__})")
        finally:
            child.close()


def _print_endlessly(child: Child) -> list[str]:
    """Checks that a child that prints endlessly is killed; returns the attempt if it is not."""
    with contextlib.suppress(ChannelClosed, DeadlineExceeded):
        child.channel.receive(time.monotonic() + TIME_LIMIT, child.watched)
    return [] if child.output_exceeded and child.status is not None else ["print endlessly"]


def _is_allowed(attempt: Callable[[], Any]) -> bool:
    """Makes an attempt and returns whether it succeeded; a refused C call returns -1."""
    try:
        return attempt() != -1
    except (OSError, MemoryError, ValueError):
        return False


Attempts = list[tuple[str, Callable[[], Any]]]


def _file_attempts(targets: Targets) -> Attempts:
    return [
        *((f"read {path.name}", lambda path=path: path.read_bytes()) for path in targets.secrets),
        ("list a folder outside", lambda: os.listdir(targets.outside)),
        ("write outside", lambda: (targets.outside / "written").write_text("x")),
        ("remove a file outside", lambda: (targets.outside / "secret.txt").unlink()),
        ("read another process's memory", lambda: open(f"/proc/{targets.parent_pid}/mem", "rb").close()),
        ("read another process's environment", lambda: Path(f"/proc/{targets.parent_pid}/environ").read_bytes()),
    ]


def _process_access_attempts(targets: Targets) -> Attempts:
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(8)
    local = struct.pack("PN", ctypes.addressof(buffer), 8)
    remote = struct.pack("PN", id(targets), 8)  # the same address as in the parent, because of the fork
    return [
        ("signal another process", lambda: os.kill(targets.parent_pid, 0)),
        ("trace another process", lambda: libc.ptrace(PTRACE_SEIZE, targets.parent_pid, None, None)),
        (
            "read another process by system call",
            lambda: libc.process_vm_readv(targets.parent_pid, local, 1, remote, 1, 0),
        ),
    ]


def _network_attempts(targets: Targets) -> Attempts:
    return [
        ("connect by TCP", lambda: socket.create_connection(("127.0.0.1", targets.tcp_port), 1).close()),
        ("send by UDP", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
            b"x", ("127.0.0.1", targets.udp_port))),
        ("connect to a unix socket", lambda: socket.socket(socket.AF_UNIX).connect(targets.unix_socket)),
    ]  # fmt: skip


def _system_call_attempts(targets: Targets) -> Attempts:
    def fork() -> int:
        if pid := os.fork():
            os.waitpid(pid, 0)
            return pid
        os._exit(0)

    libc = ctypes.CDLL(None, use_errno=True)
    prlimit = getattr(resource, "prlimit", lambda *_: -1)
    return [
        ("fork", fork),
        ("start a program", lambda: os.posix_spawn("/bin/true", ["true"], {})),
        ("limit another process", lambda: prlimit(targets.parent_pid, resource.RLIMIT_CORE)),
        ("make namespaces", lambda: libc.unshare(0)),
        ("share memory", lambda: libc.shmget(0, 4096, 0o600 | 0o1000)),
    ]


def _limit_attempts(targets: Targets) -> Attempts:
    def large_file() -> int:
        with open("large", "wb") as file:
            return os.pwrite(file.fileno(), b"x", Limits().file_size + 1)

    def many_files() -> None:
        descriptors = [os.dup(0) for _ in range(Limits().files + 1)]
        for fd in descriptors:
            os.close(fd)

    return [
        ("take more memory", lambda: mmap.mmap(-1, max(Limits().memory, mapped_bytes()) + 2 * GIB)),
        ("write a larger file", large_file),
        ("open more files", many_files),
        ("take more processor time", lambda: resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))),
    ]


def _namespace_attempts(targets: Targets) -> Attempts:
    def write(path: str) -> None:
        with open(path, "w") as file:
            file.write("x")

    return [
        *_file_attempts(targets), *_network_attempts(targets), *_process_access_attempts(targets),
        ("write in a system folder", lambda: write("/usr/written")),
        ("list the home folder", lambda: os.listdir(Path.home()) if Path.home() != Path.cwd() else -1),
        ("see other processes", lambda: -1 if os.getpid() < 10 else 0),
    ]  # fmt: skip


ATTEMPTS: dict[str, Callable[[Targets], Attempts]] = {
    "limits": _limit_attempts,
    "landlock": _file_attempts,
    "seccomp": lambda targets: [
        *_network_attempts(targets),
        *_process_access_attempts(targets),
        *_system_call_attempts(targets),
    ],
    "namespaces": _namespace_attempts,
}
