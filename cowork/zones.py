"""Time zones by their IANA names, such as "Europe/Berlin": the dates of a room are days in its zone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cowork.refusal import Refusal

UTC = "UTC"
LOCALTIME = Path("/etc/localtime")  # a link into the zone database, on Linux and macOS


def find_zone(name: str) -> ZoneInfo:
    """Returns the zone with this name. Raises Refusal("zone")."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name such as "Europe" is a folder of the database
        says = f"There is no time zone {name[:40]!r}. Name one such as Europe/Berlin."
        raise Refusal("zone", says) from None


def local_zone(environ: Mapping[str, str] = os.environ, localtime: Path = LOCALTIME) -> str:
    """Returns the name of this machine's time zone, from TZ or the system's link; "UTC" if it has no name."""
    candidates = [environ.get("TZ", "").removeprefix(":"), str(localtime.resolve()).partition("zoneinfo/")[2]]
    for name in candidates:
        try:
            if name:
                return find_zone(name).key
        except Refusal:
            continue
    return UTC


def at_time(zone: str, day: date, hour: int = 0) -> float:
    """Returns when a day of the zone reaches the hour, in seconds since 1970. Raises Refusal("zone")."""
    return datetime.combine(day, time(hour), find_zone(zone)).timestamp()


def day_at(zone: str, at: float) -> date:
    """Returns the day in the zone at a moment, in seconds since 1970. Raises Refusal("zone")."""
    return datetime.fromtimestamp(at, find_zone(zone)).date()
