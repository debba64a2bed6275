"""Scratch folders of checks, all below one folder of the warm parent's, so that none is left behind."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

PREFIX = "fromscratch-scratch-"
_base: Path | None = None


def open_base() -> None:
    """Makes this process's folder, and removes those of processes that died without tidying up."""
    global _base
    sweep()
    _base = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def sweep() -> None:
    """Removes the folders of processes that died without tidying up."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


def close_base() -> None:
    """Removes the folder and all in it."""
    if _base is not None:
        shutil.rmtree(_base, ignore_errors=True)


def new() -> Path:
    """A fresh empty folder for one check, told by its name to belong to this process."""
    return Path(tempfile.mkdtemp(dir=_base, prefix=f"{os.getpid()}-" if _base else PREFIX))


def tidy(pid: int) -> None:
    """Removes what a process that has ended, and perhaps was killed, has left of its folders."""
    if _base is not None:
        for path in _base.glob(f"{pid}-*"):
            shutil.rmtree(path, ignore_errors=True)


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # where asking would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
