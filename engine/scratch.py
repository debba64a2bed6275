"""Scratch folders of sandboxed processes, all below one folder of the engine's server, which removes it at its exit."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

PREFIX = "fromscratch-scratch-"
_base: Path | None = None


def open_base() -> None:
    """Creates this process's base folder and removes those of processes that died."""
    global _base
    sweep()
    _base = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def sweep() -> None:
    """Removes the base folders of processes that died without removing them."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


def close_base() -> None:
    """Removes this process's base folder."""
    if _base is not None:
        shutil.rmtree(_base, ignore_errors=True)


def create() -> Path:
    """Creates an empty scratch folder, whose name begins with this process's id."""
    return Path(tempfile.mkdtemp(dir=_base, prefix=f"{os.getpid()}-" if _base else PREFIX))


def remove_folders_of(pid: int) -> None:
    """Removes the scratch folders that an exited process has left."""
    if _base is not None:
        for path in _base.glob(f"{pid}-*"):
            shutil.rmtree(path, ignore_errors=True)


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # where os.kill would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
