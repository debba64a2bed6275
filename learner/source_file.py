"""Reads a learner's file, whatever its path names and even while an editor saves it."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from learner.errors import LearnerError, explain

MAX_SOURCE = 2**20  # bytes
READ_ATTEMPTS = 5
RETRY_SECONDS = 0.005


class UnreadableFile(LearnerError):
    """The file cannot be read."""


def read_file(
    path: Path,
    error_type: type[LearnerError] = UnreadableFile,
    *,
    limit: int = MAX_SOURCE,
    follow_links: bool = True,
    attempts: int = READ_ATTEMPTS,
    remedy: str = "",
) -> bytes:
    """Returns the content that a regular file of at most `limit` bytes had at one moment.

    A file that is empty or changes during the read is read again, up to `attempts` times. Raises `error_type` for
    everything else, such as a pipe, a device, or a symbolic link unless `follow_links`. `remedy` is the sentence
    that tells a learner how to get a missing file back.
    """
    try:
        return _read_stable(path, limit, follow_links, attempts)
    except FileNotFoundError as error:
        raise error_type(f"There is no file {path}. {remedy}".strip()) from error
    except OSError as error:
        raise error_type(explain(error, path)) from error
    except ValueError as error:  # a null character in the path
        raise error_type(f"{path} cannot be read: {error}.") from error
    except UnreadableFile as error:
        raise error_type(str(error)) from None


def _read_stable(path: Path, limit: int, follow_links: bool, attempts: int) -> bytes:
    if not follow_links and path.is_symlink():
        raise UnreadableFile(f"{path} is a symbolic link. Code that others hand in must be in regular files.")
    for attempt in range(attempts):
        if attempt:
            time.sleep(RETRY_SECONDS)
        content, stable = _read_once(path, limit, follow_links)
        if content and stable:  # some editors empty a file before they write it
            break
    if not stable:
        raise UnreadableFile(f"{path} changes while it is read. Save it and try again.")
    return content


def _read_once(path: Path, limit: int, follow_links: bool) -> tuple[bytes, bool]:
    """Returns the content, and whether the file stayed the same during the read."""
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NONBLOCK", "O_NOCTTY"))
    descriptor = os.open(path, flags | (0 if follow_links else getattr(os, "O_NOFOLLOW", 0)))
    try:
        before = os.fstat(descriptor)
        if stat.S_ISDIR(before.st_mode):
            raise UnreadableFile(f"{path} is a folder, not a file. Move it away.")
        if not stat.S_ISREG(before.st_mode):
            raise UnreadableFile(f"{path} is not a regular file. Move it away.")
        if before.st_size > limit:
            size = f"{before.st_size / 2**20:.1f} MiB"
            raise UnreadableFile(f"{path} is too large: it has {size}, and the limit is {limit / 2**20:g} MiB.")
        content = b""
        while len(content) <= limit and (chunk := os.read(descriptor, limit + 1)):
            content += chunk
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return content, unchanged and len(content) == after.st_size
