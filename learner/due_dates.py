"""The dates by which the learner's study group has assigned exercises, as last seen, so that they are known offline."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import msgspec

from learner import files


class DueDate(msgspec.Struct, frozen=True):
    """`due`: a day (YYYY-MM-DD) in the time zone `zone`, an IANA name; `room`: the title of the room."""

    due: str
    zone: str
    room: str

    def days_left(self, now: datetime) -> int:
        """The number of days until the date: 0 on the day itself, negative when it is over. `now` has a time zone."""
        from zoneinfo import ZoneInfo  # the app starts without it

        try:
            today = now.astimezone(ZoneInfo(self.zone)).date()
        except (KeyError, OSError, ValueError):  # this machine does not know the zone
            today = now.date()
        return (date.fromisoformat(self.due) - today).days


class _Stored(msgspec.Struct):
    """The dates of one hub, by room and exercise."""

    hub: str = ""
    rooms: dict[str, dict[str, DueDate]] = {}


class DueDates:
    """The dates in a file. Losing it does no harm: the next connection to the hub stores them again. `version` counts
    the changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.version = 0
        self._stored = _Stored()
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._stored = msgspec.json.decode(path.read_bytes(), type=_Stored)

    def all(self) -> dict[str, DueDate]:
        """Returns the date of each assigned exercise; the first one, if several rooms have assigned it."""
        dates: dict[str, DueDate] = {}
        for room in self._stored.rooms.values():
            for exercise, due in room.items():
                if exercise not in dates or due.due < dates[exercise].due:
                    dates[exercise] = due
        return dates

    def store(self, hub: str, rooms: Mapping[str, Mapping[str, DueDate]]) -> None:
        """Replaces the dates of these rooms of a hub, and forgets those of other hubs."""
        kept = self._stored.rooms if hub == self._stored.hub else {}
        changed = {room: dict(dates) for room, dates in (kept | dict(rooms)).items() if dates}
        if (hub, changed) == (self._stored.hub, self._stored.rooms) or not (changed or self._stored.rooms):
            return
        self._stored = _Stored(hub, changed)
        self.version += 1
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            files.overwrite(self.path, msgspec.json.encode(self._stored))
