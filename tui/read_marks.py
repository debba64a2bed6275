"""Stores how far each room of a hub has been read. Losing the file does no harm."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from learner import files


class ReadMarks:
    """The number of the last event that was read, by hub and room."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hubs: dict[str, dict[str, int]] = {}
        self._rooms: dict[str, int] = {}
        self._changed = False

    def load(self, hub: str) -> None:
        """Reads the file and selects a hub's marks."""
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._hubs = msgspec.json.decode(self.path.read_bytes(), type=dict[str, dict[str, int]])
        self._rooms = self._hubs.setdefault(hub, {})

    def get(self, room: str, default: int = 0) -> int:
        return self._rooms.get(room, default)

    def initialize(self, room: str, seq: int) -> None:
        """Marks a room as read up to `seq` if it is new, or if its numbers have started again on the hub."""
        if room not in self._rooms or self._rooms[room] > seq:
            self.set(room, seq)

    def set(self, room: str, seq: int) -> None:
        if self._rooms.get(room) != seq:
            self._rooms[room] = seq
            self._changed = True

    def save(self) -> None:
        """Writes the file; if that fails, messages are shown as unread the next time."""
        if self._changed:
            with contextlib.suppress(OSError):
                files.overwrite(self.path, msgspec.json.encode(self._hubs))
                self._changed = False
