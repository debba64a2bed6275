"""Moves a process into new namespaces: no network, no other process, and a root that contains only what it needs.

bubblewrap makes the same system calls, but only for a new program, which would spend seconds importing torch for every
check. Called from the forked process itself, they take some milliseconds.
Sources: namespaces(7), user_namespaces(7), pivot_root(2), mount_setattr(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine import priority, reap
from engine.sandbox.landlock import DEVICES

with contextlib.suppress(ImportError):  # Windows, which has no namespaces
    import resource

NEWUSER, NEWNS, NEWPID, NEWNET = 0x10000000, 0x00020000, 0x20000000, 0x40000000
NEWIPC, NEWUTS, NEWCGROUP = 0x08000000, 0x04000000, 0x02000000
ALL = NEWUSER | NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | NEWCGROUP
NOSUID, NODEV, NOEXEC, READ_ONLY = 2, 4, 8, 1
BIND, RECURSIVE, SLAVE = 4096, 16384, 1 << 19
AT_RECURSIVE, DETACH = 0x8000, 2
MOUNT_SETATTR = 442
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


class SandboxUnavailable(OSError):
    """The requested sandbox cannot be built; the text says what is missing and how to get it."""


def enter(scratch: Path, readable: Iterable[Path]) -> None:
    """Returns in a new process, the only one in its namespaces, which sees `scratch` and, read-only, `readable` at
    their usual paths and has no capabilities. The calling process waits for it and exits with the same status.
    Raises SandboxUnavailable, possibly in a process other than the calling one."""
    if sys.platform != "linux" or platform.machine() not in PIVOT_ROOT:
        raise SandboxUnavailable(_explain("namespaces exist on Linux only", 0))
    user, group = os.getuid(), os.getgid()
    _call("unshare", libc.unshare(ALL))
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path(f"/proc/self/{name}").write_text(text)
    except OSError as error:
        raise SandboxUnavailable(_explain(f"the user map: {error.strerror}", error.errno or 0)) from None
    reap.die_with_parent()  # again, because unshare has reset it
    read, write = os.pipe()
    if init := os.fork():
        os.close(write)
        _exit_like(read, init)
    os.close(read)
    reap.die_with_parent()
    proc = os.open("/proc", os.O_PATH | os.O_CLOEXEC)
    _build_root(scratch, readable)
    if child := os.fork():
        _run_init(child, write)
    os.close(write)
    os.setsid()
    priority.reapply_autogroup(proc)
    os.close(proc)
    reap.die_with_parent()


def _build_root(scratch: Path, readable: Iterable[Path]) -> None:
    """Replaces the root by a small file system in memory with bind mounts of the scratch folder and readable paths."""
    _mount(None, "/", None, RECURSIVE | SLAVE)
    paths = [path for path in [*readable, *map(Path, DEVICES)] if path.exists()]
    sources = [(path, path.is_dir(), os.open(path, os.O_PATH)) for path in paths]
    scratch_fd = os.open(scratch, os.O_PATH)
    root = scratch.parent  # no other process sees what is mounted over this folder
    _mount("tmpfs", str(root), "tmpfs", NOSUID | NODEV, "mode=755,size=1m")
    for path, is_folder, fd in sources:
        target = root / path.relative_to("/")
        _create(target, is_folder)
        _mount(f"/proc/self/fd/{fd}", str(target), None, BIND | RECURSIVE)
        os.close(fd)
    new_scratch = root / scratch.relative_to("/")
    for folder in (root / "proc", root / "tmp", new_scratch):
        _create(folder, True)
    attributes = struct.pack("<QQQQ", READ_ONLY | NOSUID, 0, 0, 0)
    size = ctypes.c_size_t(len(attributes))
    result = libc.syscall(MOUNT_SETATTR, -100, os.fsencode(root), AT_RECURSIVE, attributes, size)
    _call("mount_setattr", result)
    _mount(f"/proc/self/fd/{scratch_fd}", str(new_scratch), None, BIND)
    os.close(scratch_fd)
    with contextlib.suppress(SandboxUnavailable):  # a container that masks parts of /proc refuses a new one
        _mount("proc", str(root / "proc"), "proc", NOSUID | NODEV | NOEXEC | READ_ONLY)
    os.chdir(root)
    _call("pivot_root", libc.syscall(PIVOT_ROOT[platform.machine()], b".", b"."))
    _call("umount2", libc.umount2(b".", DETACH))
    os.chdir("/")


def _create(target: Path, is_folder: bool) -> None:
    if is_folder:
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _call(f"mount {target}", libc.mount(*encoded[:3], ctypes.c_ulong(flags), encoded[3]))


def _call(step: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise SandboxUnavailable(_explain(f"{step}: {os.strerror(number)}", number))


def _explain(step: str, number: int) -> str:
    """Returns the message for a refused step: what failed and what the user can do."""
    remedy = "This system does not let ordinary programs create namespaces."
    for path, value, advice in (
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
         "AppArmor restricts namespaces: `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` allows them."),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0",
         "Namespaces are disabled: `sudo sysctl kernel.unprivileged_userns_clone=1` enables them."),
        ("/proc/sys/user/max_user_namespaces", "0",
         "Namespaces are disabled: `sudo sysctl user.max_user_namespaces=10000` enables them."),
    ):  # fmt: skip
        try:
            if Path(path).read_text().strip() == value:
                remedy = advice
        except OSError:
            continue
    if sys.platform == "linux" and Path("/.dockerenv").exists():
        remedy = "In a container, namespaces need --security-opt seccomp=unconfined or --privileged."
    return f"The strict sandbox cannot be built ({step}). {remedy}"


def _run_init(child: int, write: int) -> None:
    """The first process of the PID namespace: reports the child's exit code; the kernel kills the rest at its exit."""
    os.closerange(0, write)
    os.closerange(write + 1, 4096)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            os.write(write, struct.pack("<i", os.waitstatus_to_exitcode(status)))
            os._exit(0)


def _exit_like(read: int, init: int) -> None:
    """The calling process, outside of the namespaces: exits with the status that the first process reported."""
    os.closerange(0, read)
    os.closerange(read + 1, 4096)
    data = os.read(read, 4)
    _, status = os.waitpid(init, 0)
    code = struct.unpack("<i", data)[0] if len(data) == 4 else os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(max(code, 0) & 0xFF)
