"""How far each room of a hub has been read: a small file, which may be lost without harm."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from learner import files


class ReadMarks:
    """By hub and room, the number of the last event that was seen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._all: dict[str, dict[str, int]] = {}
        self._hub: dict[str, int] = {}
        self._changed = False

    def of(self, hub: str) -> None:
        """The marks are those of this hub from now on."""
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._all = msgspec.json.decode(self.path.read_bytes(), type=dict[str, dict[str, int]])
        self._hub = self._all.setdefault(hub, {})

    def get(self, room: str, otherwise: int = 0) -> int:
        return self._hub.get(room, otherwise)

    def begin(self, room: str, seq: int) -> None:
        """For a room that one has never looked at: all until now is read. A hub whose memory is shorter begins anew."""
        if room not in self._hub or self._hub[room] > seq:
            self.to(room, seq)

    def to(self, room: str, seq: int) -> None:
        if self._hub.get(room) != seq:
            self._hub[room] = seq
            self._changed = True

    def save(self) -> None:
        """Stores the marks; where that fails, more is new the next time."""
        if self._changed:
            with contextlib.suppress(OSError):
                files.overwrite(self.path, msgspec.json.encode(self._all))
                self._changed = False
