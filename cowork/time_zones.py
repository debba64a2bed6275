"""Time zones by their IANA names, such as "Europe/Berlin": this machine's, and the days of a zone."""

from __future__ import annotations

import os
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from cowork.refusal import Refusal

UTC = "UTC"
LINK, FILE = Path("/etc/localtime"), Path("/etc/timezone")


def find_zone(name: str) -> ZoneInfo:
    """Returns the zone with this name. Raises Refusal("input")."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found, or no valid name
        raise Refusal("input", f"{name[:40]!r} is not a time zone: write one such as Europe/Berlin or UTC.") from None


def local_zone(link: Path = LINK, file: Path = FILE) -> str:
    """Returns this machine's zone, from the variable TZ, else from the system's files, else "UTC"."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    try:
        candidates.append(str(link.resolve()).partition("zoneinfo/")[2])
        candidates.append(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        pass  # not there on every system
    return next((name for name in candidates if _is_zone(name)), UTC)


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name).key == name
    except (KeyError, OSError, ValueError):
        return False


def at_time(zone: str, day: date, hour: int = 0) -> float:
    """Returns when a day of the zone reaches the hour, in seconds since 1970. Raises Refusal("input")."""
    return datetime.combine(day, time(hour), find_zone(zone)).timestamp()


def day_at(zone: str, at: float) -> date:
    """Returns the day in the zone at a moment, in seconds since 1970. Raises Refusal("input")."""
    return datetime.fromtimestamp(at, find_zone(zone)).date()
