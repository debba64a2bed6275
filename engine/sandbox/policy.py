"""Selects and applies the layers of the sandbox, and names the level that they add up to.

- "limits", on every system: time, memory, output and files.
- "kernel", on Linux: also Landlock for files, and seccomp for connections and other processes.
- "strict", on Linux and on request: also namespaces (`namespaces.py`).
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
REQUIRED_LAYERS: dict[Level, set[str]] = {
    "strict": {"limits", "seccomp", "namespaces"},
    "kernel": {"limits", "landlock", "seccomp"},
    "limits": set(),
}
# Readable system paths; of /etc, only what libraries read: users, libraries, fonts, time zones
SYSTEM_PATHS = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sys/devices/system/cpu", *(f"/etc/{name}" for name in (
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "timezone", "passwd", "group",
    "nsswitch.conf", "fonts", "mime.types", "matplotlibrc", "ssl/openssl.cnf")))  # fmt: skip

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def is_strict() -> bool:
    """Returns whether the user requested the strict level with FROMSCRATCH_SANDBOX=strict."""
    return os.environ.get("FROMSCRATCH_SANDBOX") == "strict"


def requested_layers() -> tuple[str, ...]:
    """Returns the layers that a check should have."""
    return LAYERS if is_strict() else LAYERS[:3]


def level(layers: Iterable[str]) -> Level:
    """Returns the highest level whose layers are all among `layers`."""
    active = set(layers)
    return next(name for name, required in REQUIRED_LAYERS.items() if required <= active)


def prepare_rules(scratch: Path, hide: Sequence[Path], layers: Iterable[str], more: Sequence[Path] = ()) -> int | None:
    """Returns a descriptor of Landlock's rules (-1: not supported) for a process that calls `apply_layers` with the
    same arguments. None where that process must make them: they belong to its own file system."""
    if sys.platform != "linux" or "landlock" not in layers or "namespaces" in layers:
        return None
    if "seccomp" in layers and seccomp.is_supported():
        seccomp.compiled()  # it keeps its result, which processes forked from this one inherit
    return landlock.create_ruleset(scratch, _readable(hide, more))


def apply_layers(
    scratch: Path, hide: Sequence[Path], layers: Iterable[str], more: Sequence[Path] = (), rules: int | None = None
) -> list[str]:
    """Applies the layers to this process permanently and returns those that the system supports. The process can read
    the files of the interpreter and the system, except `hide`, and those in `more`. `rules` are from `prepare_rules`.

    With "namespaces", it returns in a different process, or raises SandboxUnavailable (see `namespaces.enter`)."""
    active = ["limits"]
    if sys.platform != "linux":
        if "namespaces" in layers:
            raise namespaces.SandboxUnavailable("The strict sandbox cannot be built: it needs Linux.")
        return active
    if "namespaces" in layers:
        namespaces.enter(scratch, _readable(hide, more))
        active.append("namespaces")
    _drop_capabilities()
    if "landlock" in layers:
        with contextlib.suppress(OSError):
            rules = landlock.create_ruleset(scratch, _readable(hide, more)) if rules is None else rules
            active += ["landlock"] if landlock.restrict(rules) else []
    if "seccomp" in layers:
        active += ["seccomp"] if seccomp.apply() else []
    return active


def _readable(hide: Sequence[Path], more: Sequence[Path]) -> tuple[Path, ...]:
    return (*readable_paths(tuple(hide)), *(path.resolve() for path in more if path.exists()))


def _drop_capabilities() -> None:
    """Gives up root's privileges; does nothing for other users."""
    libc.prctl(seccomp.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.capset(struct.pack("<Ii", 0x20080522, 0), bytes(24))


@cache
def readable_paths(hide: tuple[Path, ...]) -> tuple[Path, ...]:
    """Returns the paths of the interpreter, its packages and the system, except those in `hide` and home folders.

    The result is cached, and forked processes inherit it."""
    hidden = {path.resolve() for path in hide}
    home = Path.home().resolve()
    packages = [Path(p) for p in [*sys.path, *site.getsitepackages()] if p and Path(p).is_dir()]
    roots = [path for path in packages if path.resolve() not in (home, *home.parents)]
    paths: list[Path] = []
    for root in [*roots, *(Path(p) for p in SYSTEM_PATHS if Path(p).exists())]:
        visible = list(_without(root.resolve(), hidden))
        if visible == [root.resolve()]:  # a symbolic link to it is safe only if nothing below it is hidden
            visible.append(root.absolute())
        for path in visible:
            if not any(path == other or other in path.parents for other in paths):
                paths.append(path)
    return tuple(paths)


def _without(root: Path, hidden: set[Path]) -> Iterable[Path]:
    """Yields the largest folders and files below `root` that contain nothing hidden."""
    if any(root == path or path in root.parents for path in hidden):
        return
    if not any(root in path.parents for path in hidden):
        yield root
        return
    for entry in os.scandir(root):
        if not entry.is_symlink():
            yield from _without(Path(entry.path), hidden)
