"""Writes files so that a kill, a full disk or a concurrent writer cannot leave a partial file or overwrite work."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from datetime import datetime
from pathlib import Path

# The errors of file systems without hard links.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES}


def write_new(path: Path, data: bytes, mode: int = 0o666) -> bool:
    """Creates a file atomically and returns True, or returns False if the path exists. Raises OSError."""
    if os.path.lexists(path):
        return False
    temporary = _write_temporary(path, data, mode)
    try:
        # Unlike a rename, a link fails if the path has come into existence in the meantime.
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _write_exclusively(path, data, mode)
    finally:
        _unlink(temporary)
    return True


def overwrite(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Replaces a file's content atomically: a reader gets the old or the new content. Raises OSError."""
    temporary = _write_temporary(path, data, mode)
    try:
        os.replace(temporary, path)
    except BaseException:
        _unlink(temporary)
        raise
    sync_folder(path.parent)


def reserve_name(path: Path, folder: Path, now: datetime) -> Path:
    """Creates an empty file in `folder` for a copy of a file, named after the file and the time. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    timestamp = now.strftime("%Y-%m-%d_%H.%M.%S")
    number = 1
    while True:
        suffix = f"_{number}" if number > 1 else ""
        copy = folder / f"{path.stem}_{timestamp}{suffix}{path.suffix}"
        try:
            # O_EXCL prevents two programs from choosing the same name.
            os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return copy
        except FileExistsError:
            number += 1


def move_aside(path: Path, folder: Path, now: datetime) -> Path:
    """Moves a file into `folder` under a name with the time, without overwriting any file. Raises OSError."""
    copy = reserve_name(path, folder, now)
    try:
        if path.is_symlink():
            _move_content(path, copy)
        else:
            # A rename includes a save that happened a moment ago; a copy could miss it.
            os.replace(path, copy)
    except OSError as error:
        if error.errno != errno.EXDEV:
            _unlink(copy)
            raise
        _move_content(path, copy)
    sync_folder(folder)
    return copy


def exchange(path: Path, old: bytes, new: bytes) -> bool:
    """Replaces a file's content if it is `old`; otherwise leaves the file unchanged and returns False.

    The file is moved to `exchange_path(path)` for a moment, which detects a save at that moment. `recover_exchange`
    completes the exchange after a kill. Raises OSError.
    """
    moved = exchange_path(path)
    if os.path.lexists(moved) or path.is_symlink():
        return False
    mode = path.stat().st_mode
    temporary = _write_temporary(path, new)  # a full disk raises before the file is moved
    try:
        os.rename(path, moved)
        try:
            exchanged = moved.read_bytes() == old and rename_new(temporary, path)
        except FileNotFoundError:  # a second fromscratch has recovered it
            exchanged = False
        if exchanged:
            _unlink(moved)
            with contextlib.suppress(OSError):
                os.chmod(path, mode)
        elif (earlier := recover_exchange(path)) is not None:
            # There were two saves: the file has the later one, and the earlier one must not be lost.
            os.replace(earlier, path.with_name(f"{path.stem}.saved.{secrets.token_hex(2)}{path.suffix}"))
        return exchanged
    finally:
        _unlink(temporary)
        sync_folder(path.parent)


def exchange_path(path: Path) -> Path:
    """Returns the path that a file has during `exchange`."""
    return path.with_name(f".{path.name}.held")


def recover_exchange(path: Path) -> Path | None:
    """Moves back a file that `exchange` left at `exchange_path` when it was killed.

    If there is a new file at the path, returns `exchange_path`, where the old one stays. Raises OSError.
    """
    moved = exchange_path(path)
    try:
        return None if not os.path.lexists(moved) or rename_new(moved, path) else moved
    except FileNotFoundError:
        return None


def rename_new(old: Path, new: Path) -> bool:
    """Renames a file, or returns False if `new` exists. A kill can leave both names. Raises OSError."""
    try:
        os.link(old, new, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(new):
            return False
        os.rename(old, new)
        return True
    os.unlink(old)
    return True


def sync_folder(folder: Path) -> None:
    """Writes a folder's entries to the disk, to survive a power failure, where the system supports that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move_content(path: Path, copy: Path) -> None:
    overwrite(copy, path.read_bytes())
    path.unlink()


def _write_temporary(path: Path, data: bytes, mode: int = 0o666) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        _write_exclusively(temporary, data, mode)
    except BaseException:
        _unlink(temporary)
        raise
    return temporary


def _write_exclusively(path: Path, data: bytes, mode: int = 0o666) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
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
