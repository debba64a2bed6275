"""Keeps a learner's child to its scratch folder: Landlock for files and signals, seccomp for the rest.

Both are offered by Linux alone; elsewhere the limits and the separate process are what holds. Sources:
docs.kernel.org, userspace-api/landlock and userspace-api/seccomp_filter.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = EXECUTE | READ_FILE | READ_DIR
RIGHTS_BY_VERSION = (0, 2**13 - 1, 2**14 - 1, 2**15 - 1, 2**15 - 1, 2**16 - 1)
SCOPES = 3  # abstract unix sockets and signals, since version 6

libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def restrain(scratch: Path, hide: Sequence[Path]) -> tuple[bool, bool]:
    """Confines this process for good: it may write in `scratch` only, read nothing below `hide`, open no
    connection, start no process. Returns which layers hold (landlock, seccomp); never raises."""
    if sys.platform != "linux":
        return False, False
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    try:
        landlock = _landlock(scratch, hide)
    except OSError:
        landlock = False
    return landlock, _seccomp()


def _landlock(scratch: Path, hide: Sequence[Path]) -> bool:
    version = landlock_version()
    if not version:
        return False
    rights = RIGHTS_BY_VERSION[min(version, len(RIGHTS_BY_VERSION) - 1)]
    connect = 3 if version >= 4 else 0  # TCP bind and connect
    attributes = struct.pack("<QQQ", rights, connect, SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    for path in readable(hide):
        _allow(ruleset, path, READ & rights)
    _allow(ruleset, scratch, rights)
    for device in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/shm"):
        _allow(ruleset, Path(device), (READ_FILE | WRITE_FILE) & rights)
    held = libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return held


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= EXECUTE | WRITE_FILE | READ_FILE
        libc.syscall(ADD_RULE, ruleset, 1, struct.pack("<Qi", rights, fd), 0)
    finally:
        os.close(fd)


def readable(hide: Sequence[Path]) -> Iterable[Path]:
    """The interpreter's, its packages' and the system's files, without what lies in `hide`."""
    hidden = {path.resolve() for path in hide}
    roots = [Path(p) for p in sys.path if p and Path(p).is_dir()]
    roots += [Path(p) for p in ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc/self", "/sys/devices/system/cpu")]
    for root in {root.resolve() for root in roots}:
        yield from _without(root, hidden)


def _without(root: Path, hidden: set[Path]) -> Iterable[Path]:
    if any(root == path or path in root.parents for path in hidden):
        return
    if not any(root in path.parents for path in hidden):
        yield root
        return
    for entry in os.scandir(root):
        if not entry.is_symlink():
            yield from _without(Path(entry.path), hidden)


# The filter is the classic BPF of linux/filter.h: each instruction is (code, jump if true, if false, value).
LOAD, EQUALS, BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
X86 = {
    "arch": 0xC000003E, "socket": 41, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62,
    "ptrace": 101, "mount": 165, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
    "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "userfaultfd": 323, "execveat": 322,
    "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435, "setns": 308, "tkill": 200,
}  # fmt: skip
ARM = {
    "arch": 0xC00000B7, "socket": 198, "clone": 220, "execve": 221, "kill": 129, "ptrace": 117, "mount": 40,
    "keyctl": 219, "unshare": 97, "perf_event_open": 241, "process_vm_readv": 270, "process_vm_writev": 271,
    "bpf": 280, "userfaultfd": 282, "execveat": 281, "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435,
    "setns": 268, "tkill": 130,
}  # fmt: skip
THREAD = 0x00010000  # CLONE_THREAD: torch's own threads stay possible


def _program() -> list[tuple[int, int, int, int]] | None:
    calls = {"x86_64": X86, "aarch64": ARM}.get(platform.machine())
    if calls is None:
        return None
    refuse = (RETURN, 0, 0, REFUSE | errno.EPERM)
    body: list[tuple[int, int, int, int]] = []
    for name, number in calls.items():
        if name == "arch":
            continue
        if name == "clone":
            body += [(EQUALS, 0, 4, number), (LOAD, 0, 0, 16), (BITS, 1, 0, THREAD), refuse, (RETURN, 0, 0, ALLOW)]
        elif name == "clone3":  # its flags are behind a pointer; libc falls back to clone
            body += [(EQUALS, 0, 1, number), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
        else:
            body += [(EQUALS, 0, 1, number), refuse]
    return [
        (LOAD, 0, 0, 4), (EQUALS, 1, 0, calls["arch"]), refuse, (LOAD, 0, 0, 0), *body, (RETURN, 0, 0, ALLOW),
    ]  # fmt: skip


def _seccomp() -> bool:
    program = _program()
    if program is None:
        return False
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    return bool(libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0) == 0)


def holds() -> list[tuple[bool, str]]:
    """What keeps a learner's code in here: (whether it holds, a sentence). Tries nothing out."""
    version = landlock_version()
    filtered = sys.platform == "linux" and _program() is not None
    return [
        (True, "Limits: time, memory, output and file size of a check are bounded"),
        (version > 0, f"Landlock {version}: a check writes only in its scratch folder" if version
         else "Landlock: this system has none, so a check could write where you can"),
        (filtered, "seccomp: a check opens no connection and starts no process" if filtered
         else "seccomp: this system has none, so a check could open connections"),
    ]  # fmt: skip
