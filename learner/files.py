"""Writing files so that a kill, a full disk or a second writer leaves no half file and overwrites no work."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from datetime import datetime
from pathlib import Path

# What a disk answers that knows no hard links.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES}


def write_new(path: Path, data: bytes) -> bool:
    """Makes a file that is not there yet, whole or not at all; False if one is there. Raises OSError."""
    if os.path.lexists(path):
        return False
    temporary = _temporary(path, data)
    try:
        # A link, unlike a rename, fails where a file has come to be meanwhile.
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _write_exclusively(path, data)
    finally:
        _unlink(temporary)
    return True


def overwrite(path: Path, data: bytes) -> None:
    """Puts new content at a path in one step: a reader sees the old or the new. Raises OSError."""
    temporary = _temporary(path, data)
    try:
        os.replace(temporary, path)
    except BaseException:
        _unlink(temporary)
        raise
    sync_folder(path.parent)


def move_aside(path: Path, folder: Path, now: datetime) -> Path:
    """Moves a file into `folder` under a name with the time, and never over another file. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = now.strftime("%Y-%m-%d_%H.%M.%S")
    number = 1
    while True:
        again = f"_{number}" if number > 1 else ""
        kept = folder / f"{path.stem}_{stamp}{again}{path.suffix}"
        try:
            # Claims the name, so that two programs at once cannot choose the same one.
            os.close(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            break
        except FileExistsError:
            number += 1
    try:
        if path.is_symlink():
            _move_content(path, kept)
        else:
            # A rename takes along a save that came a moment ago; a copy could miss it.
            os.replace(path, kept)
    except OSError as error:
        if error.errno != errno.EXDEV:
            _unlink(kept)
            raise
        _move_content(path, kept)
    sync_folder(folder)
    return kept


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move_content(path: Path, kept: Path) -> None:
    overwrite(kept, path.read_bytes())
    path.unlink()


def _temporary(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        _write_exclusively(temporary, data)
    except BaseException:
        _unlink(temporary)
        raise
    return temporary


def _write_exclusively(path: Path, data: bytes) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _unlink(path)
        raise
    return True


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
