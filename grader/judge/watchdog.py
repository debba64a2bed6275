"""Bounds the time and memory that the judge spends on a learner's results."""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterator
from typing import Any

from engine.sandbox.limits import GIB, mapped_bytes
from grader import messages
from grader.judge.learner_process import LearnerProcess, Stopped

EXTRA_MEMORY = 4 * GIB  # of address space, beyond what is mapped already


def limit_memory() -> None:
    """Makes a comparison that needs more memory fail, like a comparison with data of the wrong type."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = mapped_bytes() + EXTRA_MEMORY
    with contextlib.suppress(ValueError, OSError):  # macOS refuses it
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


@contextlib.contextmanager
def time_limit(seconds: float, learner: LearnerProcess) -> Iterator[None]:
    """Raises Stopped in the block after that time, and kills the learner's process."""

    def on_alarm(*_: Any) -> None:
        if learner.stopped is None:
            learner.stopped = Stopped("timeout", messages.RESULT_TOO_SLOW)
            learner.child.kill()
        raise learner.stopped

    previous = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # repeated, in case the first exception is swallowed
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
