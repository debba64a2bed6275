"""Restricts a process's access to files with Landlock (Linux 5.13 and newer).

Source: docs.kernel.org, userspace-api/landlock.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from functools import cache
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


@cache
def version() -> int:
    """Returns the version of the kernel's Landlock, or 0."""
    if sys.platform != "linux":
        return 0
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def create_ruleset(scratch: Path, readable: tuple[Path, ...]) -> int:
    """Returns a descriptor of the rules for a process that writes in `scratch` and reads `readable`, which a different
    process can apply with `restrict`; -1 where the kernel does not support it."""
    if not (supported := version()):
        return -1
    attributes = struct.pack(
        "<QQQ", _rights(supported), TCP_RIGHTS if supported >= 4 else 0, SCOPES if supported >= 6 else 0
    )
    size = 24 if supported >= 6 else 16 if supported >= 4 else 8
    ruleset: int = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    if ruleset >= 0:
        for rule in _shared_rules(readable, _rights(supported)):
            libc.syscall(ADD_RULE, ruleset, 1, rule, 0)
        _allow(ruleset, scratch, _rights(supported))
    return ruleset


def restrict(ruleset: int) -> bool:
    """Limits this process permanently to what a ruleset allows, without TCP connections and signals to other processes
    where the kernel supports that, and closes the ruleset. Returns whether the kernel applied it."""
    if ruleset < 0:
        return False
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _allow(ruleset, Path("/proc/self"), READ)
    applied = libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return applied


def _rights(supported: int) -> int:
    return RIGHTS_BY_VERSION[min(supported, len(RIGHTS_BY_VERSION) - 1)]


@cache
def _shared_rules(readable: tuple[Path, ...], rights: int) -> list[bytes]:
    """Returns the rules that equal processes share. The descriptors in them stay open."""
    rules = [_rule(path, READ & rights) for path in readable]
    rules += [_rule(Path(device), (READ_FILE | WRITE_FILE) & rights) for device in DEVICES]
    return [rule for rule, _ in filter(None, rules)]


def _rule(path: Path, rights: int) -> tuple[bytes, int] | None:
    """Returns a rule and the descriptor in it; None for a path that cannot be opened."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    if not path.is_dir():
        rights &= EXECUTE | WRITE_FILE | READ_FILE
    return struct.pack("<Qi", rights, fd), fd


def _allow(ruleset: int, path: Path, rights: int) -> None:
    if rule := _rule(path, rights):
        libc.syscall(ADD_RULE, ruleset, 1, rule[0], 0)
        os.close(rule[1])
