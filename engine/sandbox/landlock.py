"""Restricts a process's access to files with Landlock (Linux 5.13 and newer).

Source: docs.kernel.org, userspace-api/landlock.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PR_SET_NO_NEW_PRIVS = 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = EXECUTE | READ_FILE | READ_DIR
RIGHTS_BY_VERSION = (0, 2**13 - 1, 2**14 - 1, 2**15 - 1, 2**15 - 1, 2**16 - 1)
TCP_RIGHTS = 3  # bind and connect, since version 4
SCOPES = 3  # abstract unix sockets and signals, since version 6
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random")

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def version() -> int:
    """Returns the version of the kernel's Landlock, or 0."""
    if sys.platform != "linux":
        return 0
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def apply(scratch: Path, readable: Iterable[Path]) -> bool:
    """Limits this process permanently to writing in `scratch` and reading `readable`, without TCP connections and
    signals to other processes where the kernel supports that. Returns whether the kernel applied it."""
    supported = version()
    if not supported:
        return False
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rights = RIGHTS_BY_VERSION[min(supported, len(RIGHTS_BY_VERSION) - 1)]
    attributes = struct.pack("<QQQ", rights, TCP_RIGHTS if supported >= 4 else 0, SCOPES if supported >= 6 else 0)
    size = 24 if supported >= 6 else 16 if supported >= 4 else 8
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    for path in [*readable, Path("/proc/self")]:
        _allow(ruleset, path, READ & rights)
    _allow(ruleset, scratch, rights)
    for device in DEVICES:
        _allow(ruleset, Path(device), (READ_FILE | WRITE_FILE) & rights)
    applied = libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return applied


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
