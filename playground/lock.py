"""A file lock between processes, which the system releases when its holder exits."""

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

RETRY_DELAY = 0.2  # seconds


def _try_lock(descriptor: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            raise  # the file system has no locks, so a retry cannot succeed
        return False
    return True


@contextmanager
def file_lock(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Holds the lock on a file, which it creates if necessary and never removes.

    While a different process holds the lock, calls `on_wait` before every retry; an exception from it ends the wait.
    Raises OSError if the file cannot be locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        while not _try_lock(file.fileno()):
            on_wait()
            time.sleep(RETRY_DELAY)
        yield  # closing the file releases the lock
