"""A lock between processes. The system lets go of it when its holder ends, however it ends."""

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

PAUSE = 0.2  # seconds between two tries


def _try_lock(descriptor: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            raise  # a disk that knows no locks: waiting would never end
        return False
    return True


@contextmanager
def held(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds the lock on path, a file that is made if need be and stays behind.

    Calls `waiting` before every pause while another process holds it; what `waiting` raises ends the wait.
    Raises OSError where files cannot be locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        while not _try_lock(file.fileno()):
            waiting()
            time.sleep(PAUSE)
        yield  # closing the file lets go of the lock
