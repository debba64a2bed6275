"""The time zone of this machine, by its IANA name."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

LINK, FILE = Path("/etc/localtime"), Path("/etc/timezone")


def local_zone(link: Path = LINK, file: Path = FILE) -> str:
    """Returns the name, such as "Europe/Berlin": from the variable TZ, else from the system's files, else "UTC"."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    try:
        candidates.append(str(link.resolve()).partition("zoneinfo/")[2])
        candidates.append(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        pass  # not there on every system
    return next((name for name in candidates if _is_zone(name)), "UTC")


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name).key == name
    except (KeyError, OSError, ValueError):
        return False
