"""A world of its own for one process: no network, no other process, a root in which only what it needs is there.

These are the kernel's calls that bubblewrap makes too. bubblewrap can only start a new program, which would import
torch anew for every check (seconds); made from the forked process itself they cost some milliseconds, ahead of time.
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

with contextlib.suppress(ImportError):  # Windows has none, and calls nothing here
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
    """This machine does not give such a world; the text says what is missing and how to get it."""


def enter(scratch: Path, readable: Iterable[Path]) -> None:
    """Returns in a process that is the only one of its world, sees `readable` (not to be written) and `scratch` at
    their places, and has no capability over it. The calling process waits for that one and ends as it ends.
    Raises SandboxUnavailable, perhaps in another process than the calling one."""
    if sys.platform != "linux" or platform.machine() not in PIVOT_ROOT:
        raise SandboxUnavailable(_why("namespaces exist on Linux only", 0))
    user, group = os.getuid(), os.getgid()
    _call("unshare", libc.unshare(ALL))
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path(f"/proc/self/{name}").write_text(text)
    except OSError as error:
        raise SandboxUnavailable(_why(f"the user's map: {error.strerror}", error.errno or 0)) from None
    reap.die_with_parent()  # anew: unshare has undone it
    read, write = os.pipe()
    if first := os.fork():
        os.close(write)
        _end_as(read, first)
    os.close(read)
    reap.die_with_parent()
    proc = os.open("/proc", os.O_PATH | os.O_CLOEXEC)
    _build(scratch, readable)
    if learner := os.fork():
        _watch(learner, write)
    os.close(write)
    os.setsid()
    priority.reapply_autogroup(proc)
    os.close(proc)
    reap.die_with_parent()


def _build(scratch: Path, readable: Iterable[Path]) -> None:
    """Makes the root: a small file system in memory into which what is wanted is bound."""
    _mount(None, "/", None, RECURSIVE | SLAVE)
    wanted = [path for path in [*readable, *map(Path, DEVICES)] if path.exists()]
    sources = [(path, path.is_dir(), os.open(path, os.O_PATH)) for path in wanted]
    own = os.open(scratch, os.O_PATH)
    root = scratch.parent  # any folder will do: nobody else sees what is mounted there
    _mount("tmpfs", str(root), "tmpfs", NOSUID | NODEV, "mode=755,size=1m")
    for path, folder, fd in sources:
        target = root / path.relative_to("/")
        _place(target, folder)
        _mount(f"/proc/self/fd/{fd}", str(target), None, BIND | RECURSIVE)
        os.close(fd)
    home = root / scratch.relative_to("/")
    for place in (root / "proc", root / "tmp", home):
        _place(place, True)
    attributes = struct.pack("<QQQQ", READ_ONLY | NOSUID, 0, 0, 0)
    size = ctypes.c_size_t(len(attributes))
    number = libc.syscall(MOUNT_SETATTR, -100, os.fsencode(root), AT_RECURSIVE, attributes, size)
    _call("mount_setattr", number)
    _mount(f"/proc/self/fd/{own}", str(home), None, BIND)
    os.close(own)
    with contextlib.suppress(SandboxUnavailable):  # a container that masks parts of /proc allows no new one
        _mount("proc", str(root / "proc"), "proc", NOSUID | NODEV | NOEXEC | READ_ONLY)
    os.chdir(root)
    _call("pivot_root", libc.syscall(PIVOT_ROOT[platform.machine()], b".", b"."))
    _call("umount2", libc.umount2(b".", DETACH))
    os.chdir("/")


def _place(target: Path, folder: bool) -> None:
    if folder:
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _call(f"mount {target}", libc.mount(*encoded[:3], ctypes.c_ulong(flags), encoded[3]))


def _call(what: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise SandboxUnavailable(_why(f"{what}: {os.strerror(number)}", number))


def _why(what: str, number: int) -> str:
    """The sentence for a step that was refused."""
    how = "This system gives ordinary programs no namespaces of their own."
    for path, value, advice in (
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
         "AppArmor keeps them from you: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 allows them."),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0",
         "They are switched off: sudo sysctl kernel.unprivileged_userns_clone=1 allows them."),
        ("/proc/sys/user/max_user_namespaces", "0",
         "They are switched off: sudo sysctl user.max_user_namespaces=10000 allows them."),
    ):  # fmt: skip
        try:
            if Path(path).read_text().strip() == value:
                how = advice
        except OSError:
            continue
    if sys.platform == "linux" and Path("/.dockerenv").exists():
        how = "In a container they need --security-opt seccomp=unconfined, or --privileged."
    return f"The strict sandbox cannot be built ({what}). {how}"


def _watch(learner: int, write: int) -> None:
    """The first process of the world: waits for the learner's, and says how it ended; all else ends with it."""
    os.closerange(0, write)
    os.closerange(write + 1, 4096)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == learner:
            os.write(write, struct.pack("<i", os.waitstatus_to_exitcode(status)))
            os._exit(0)


def _end_as(read: int, first: int) -> None:
    """Outside of the world: ends as the learner's process did."""
    os.closerange(0, read)
    os.closerange(read + 1, 4096)
    data = os.read(read, 4)
    _, status = os.waitpid(first, 0)
    code = struct.unpack("<i", data)[0] if len(data) == 4 else os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(max(code, 0) & 0xFF)
