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


def write_new(path: Path, data: bytes, mode: int = 0o666) -> bool:
    """Makes a file that is not there yet, whole or not at all; False if one is there. Raises OSError."""
    if os.path.lexists(path):
        return False
    temporary = _temporary(path, data, mode)
    try:
        # A link, unlike a rename, fails where a file has come to be meanwhile.
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
    """Puts new content at a path in one step: a reader sees the old or the new. Raises OSError."""
    temporary = _temporary(path, data, mode)
    try:
        os.replace(temporary, path)
    except BaseException:
        _unlink(temporary)
        raise
    sync_folder(path.parent)


def free_name(path: Path, folder: Path, now: datetime) -> Path:
    """Claims a name in `folder` for a copy of a file: its own with the time, and an empty file under it. Raises
    OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = now.strftime("%Y-%m-%d_%H.%M.%S")
    number = 1
    while True:
        again = f"_{number}" if number > 1 else ""
        kept = folder / f"{path.stem}_{stamp}{again}{path.suffix}"
        try:
            # So two programs at once cannot choose the same one.
            os.close(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return kept
        except FileExistsError:
            number += 1


def move_aside(path: Path, folder: Path, now: datetime) -> Path:
    """Moves a file into `folder` under a name with the time, and never over another file. Raises OSError."""
    kept = free_name(path, folder, now)
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


def exchange(path: Path, old: bytes, new: bytes) -> bool:
    """Puts new content in place of a file, if it holds `old`; False if it holds anything else, which then stays.

    The file is moved to `held(path)` for a moment, so that a save that comes in between is seen; `release` mends
    what a kill leaves. Raises OSError.
    """
    if os.path.lexists(held(path)) or path.is_symlink():
        return False
    mode = path.stat().st_mode
    spare = _temporary(path, new)  # a full disk is found before anything is moved
    try:
        os.rename(path, held(path))
        try:
            done = held(path).read_bytes() == old and rename_new(spare, path)
        except FileNotFoundError:  # another fromscratch has released it
            done = False
        if done:
            _unlink(held(path))
            with contextlib.suppress(OSError):
                os.chmod(path, mode)
        elif (late := release(path)) is not None:
            # Two saves came: the later one is the file now, and the one before must not be lost either.
            os.replace(late, path.with_name(f"{path.stem}.saved.{secrets.token_hex(2)}{path.suffix}"))
        return done
    finally:
        _unlink(spare)
        sync_folder(path.parent)


def held(path: Path) -> Path:
    """Where a file is while it is exchanged."""
    return path.with_name(f".{path.name}.held")


def release(path: Path) -> Path | None:
    """Brings back a file that a kill has left held. Where another has come to be meanwhile, returns where the held
    one is. Raises OSError."""
    try:
        return None if not os.path.lexists(held(path)) or rename_new(held(path), path) else held(path)
    except FileNotFoundError:
        return None


def rename_new(old: Path, new: Path) -> bool:
    """Renames a file, never over another one; False if one is there. A kill may leave both names. Raises OSError."""
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


def _temporary(path: Path, data: bytes, mode: int = 0o666) -> Path:
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
