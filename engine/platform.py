"""Whether processes are forked here: where they are not (Windows), each is started anew, ahead of its job."""

from __future__ import annotations

import os


def can_fork() -> bool:
    return hasattr(os, "fork")
