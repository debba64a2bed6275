"""Reads files of the learner's that may be anything: missing, a folder, a pipe, far too large."""

from __future__ import annotations

import stat
from pathlib import Path

from learner.errors import ProjectError, explain

LARGEST = 4 * 1024 * 1024


def read_regular(path: Path) -> bytes:
    """What a file holds. Raises ProjectError, in words, where that cannot be had."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ProjectError(f"{path} is a folder, but must be a file. Move the folder away.")
        if not stat.S_ISREG(found.st_mode):
            raise ProjectError(f"{path} is not a file. Move it away.")
        if found.st_size > LARGEST:
            raise ProjectError(f"{path} has {found.st_size / 1024**2:.0f} MB, which is too large to be shown here.")
        return path.read_bytes()
    except FileNotFoundError:
        raise ProjectError(f"There is no file {path}.") from None
    except OSError as error:
        raise ProjectError(explain(error, path)) from error
