"""The layers that keep a learner's process in, and the level that they make together.

"limits": time, memory, output, files; everywhere. "kernel": besides, Landlock for files and seccomp for what else
a process could reach; on Linux. "strict": besides, a world of its own (`namespaces.py`), for those who ask for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import site
import struct
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from engine.sandbox import landlock, namespaces, seccomp

Level = Literal["strict", "kernel", "limits"]
LAYERS = ("limits", "landlock", "seccomp", "namespaces")
NEEDED: dict[Level, set[str]] = {
    "strict": {"limits", "seccomp", "namespaces"},
    "kernel": {"limits", "landlock", "seccomp"},
    "limits": set(),
}
# of /etc only what libraries look up: who users are, where libraries, fonts and time zones lie
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sys/devices/system/cpu", *(f"/etc/{name}" for name in (
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "timezone", "passwd", "group",
    "nsswitch.conf", "fonts", "mime.types", "matplotlibrc", "ssl/openssl.cnf")))  # fmt: skip

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def is_strict() -> bool:
    """Whether the strict level was asked for: FROMSCRATCH_SANDBOX is "strict"."""
    return os.environ.get("FROMSCRATCH_SANDBOX") == "strict"


def requested_layers() -> tuple[str, ...]:
    """The layers that a check is to have."""
    return LAYERS if is_strict() else LAYERS[:3]


def level(layers: Iterable[str]) -> Level:
    """What layers that hold amount to."""
    held = set(layers)
    return next(name for name, needed in NEEDED.items() if needed <= held)


def apply_layers(scratch: Path, hide: Sequence[Path], layers: Iterable[str]) -> list[str]:
    """Confines this process for good and returns the layers that the system took. With "namespaces" it returns in
    a process of its own (see `namespaces.enter`, which may raise SandboxUnavailable); otherwise it never raises."""
    held = ["limits"]
    if sys.platform != "linux":
        if "namespaces" in layers:
            raise namespaces.SandboxUnavailable("The strict sandbox cannot be built: it needs Linux.")
        return held
    seen = readable_paths(tuple(hide))
    if "namespaces" in layers:
        namespaces.enter(scratch, seen)
        held.append("namespaces")
    _drop_capabilities()
    if "landlock" in layers:
        with contextlib.suppress(OSError):
            held += ["landlock"] if landlock.apply(scratch, seen) else []
    if "seccomp" in layers:
        held += ["seccomp"] if seccomp.apply() else []
    return held


def _drop_capabilities() -> None:
    """Gives up what root may do beyond its own files; nothing changes for others."""
    libc.prctl(seccomp.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.capset(struct.pack("<Ii", 0x20080522, 0), bytes(24))


@cache
def readable_paths(hide: tuple[Path, ...]) -> tuple[Path, ...]:
    """The interpreter's, its packages' and the system's files, without what lies in `hide` or is a whole home.
    Looked up once: a child inherits what its parent knows."""
    hidden = {path.resolve() for path in hide}
    home = Path.home().resolve()
    packages = [Path(p) for p in [*sys.path, *site.getsitepackages()] if p and Path(p).is_dir()]
    roots = [path for path in packages if path.resolve() not in (home, *home.parents)]
    given: list[Path] = []
    for root in [*roots, *(Path(p) for p in SYSTEM if Path(p).exists())]:
        found = list(_without(root.resolve(), hidden))
        if found == [root.resolve()]:  # by its other name too, unless that would show what is hidden
            found.append(root.absolute())
        for path in found:
            if not any(path == known or known in path.parents for known in given):
                given.append(path)
    return tuple(given)


def _without(root: Path, hidden: set[Path]) -> Iterable[Path]:
    if any(root == path or path in root.parents for path in hidden):
        return
    if not any(root in path.parents for path in hidden):
        yield root
        return
    for entry in os.scandir(root):
        if not entry.is_symlink():
            yield from _without(Path(entry.path), hidden)
