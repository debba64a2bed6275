"""Tells whether this system can fork processes; on Windows, which cannot, the engine starts new ones ahead."""

from __future__ import annotations

import os


def can_fork() -> bool:
    return hasattr(os, "fork")
