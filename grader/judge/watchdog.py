"""Keeps the judge itself from being drowned by what a learner's process answers: bounded time, bounded memory."""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterator
from typing import Any

from engine.sandbox.limits import GIB, mapped_bytes
from grader import messages
from grader.judge.learner_process import LearnerProcess, Stopped

ROOM = 4 * GIB  # of address space beyond what is mapped


def limit_memory() -> None:
    """A comparison that would need more memory fails, as any comparison with odd data does."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = mapped_bytes() + ROOM
    with contextlib.suppress(ValueError, OSError):  # macOS refuses it
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


@contextlib.contextmanager
def at_most(seconds: float, learner: LearnerProcess) -> Iterator[None]:
    """Ends what goes on in here after that time with Stopped, and the learner's process with it."""

    def ring(*_: Any) -> None:
        if learner.stopped is None:
            learner.stopped = Stopped("timeout", messages.ENDLESS)
            learner.child.kill()
        raise learner.stopped

    old = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # once more, should the first be swallowed
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
