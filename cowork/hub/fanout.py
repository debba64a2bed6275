"""What happens is told to all in the room: encoded once, in order, without a gap; who is too slow is cut loose."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from cowork.frames import CHUNK, MAX_FRAME, CaughtUp, encode
from cowork.rooms.base import Event
from cowork.rooms.room import Room

RECENT = 1_000  # events of a room that are held encoded, for those who come back
TOGETHER = 0.005  # seconds: what happens within them goes out in one frame
MAX_WAITING = 4 * 1024 * 1024  # bytes that wait for one client
SLOW = 4008  # the code with which a connection is closed that does not keep up


class Line:
    """What waits to be sent to one connection. `cut` is called once, with a code and a reason."""

    def __init__(self, cut: Callable[[int, str], None]) -> None:
        self._cut = cut
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self.ended = False

    def put(self, frame: bytes) -> None:
        """Takes a frame, which many lines may share; never waits."""
        if self.ended:
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        self._wake.set()
        self._drained.clear()
        if self._bytes > MAX_WAITING:
            self.end(SLOW, "too slow: come back and go on after the last event you have")

    def end(self, code: int, reason: str) -> None:
        """Drops what waits and has the connection closed."""
        if not self.ended:
            self.ended = True
            self._frames.clear()
            self._drained.set()
            self._wake.set()
            self._cut(code, reason)

    async def drained(self) -> None:
        await self._drained.wait()

    async def pump(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Sends what is put, until the line ends."""
        while not self.ended:
            while self._frames and not self.ended:
                frame = self._frames.popleft()
                await send(frame)
                self._bytes -= len(frame)
            self._drained.set()
            self._wake.clear()
            if not self._frames:
                await self._wake.wait()


class Channel:
    """One room's: `seq` is the last event that those who listen have been sent, or will be within a moment."""

    def __init__(self, room: str, seq: int) -> None:
        self.room = room
        self.seq = seq
        self.lines: set[Line] = set()
        self._head = b'{"type":"events","room":' + msgspec.json.encode(room) + b',"events":['
        self._recent: deque[bytes] = deque(maxlen=RECENT)
        self._pending: list[bytes] = []
        self._flushed = 0.0

    def happened(self, events: Sequence[Event[Any]]) -> None:
        encoded = [encode(event) for event in events]
        self.seq = events[-1].seq
        self._recent.extend(encoded)
        if not self._pending:
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._flushed + TOGETHER), self.flush)
        self._pending.extend(encoded)

    def flush(self) -> None:
        if self._pending:
            frames, self._pending = self._frames(self._pending), []
            self._flushed = asyncio.get_running_loop().time()
            for frame in frames:
                for line in list(self.lines):
                    line.put(frame)

    def join(self, line: Line, since: int) -> bool:
        """Sends what is held after `since`, and from here on what happens; False where `since` is too long ago."""
        if self.seq - since > len(self._recent):
            return False
        self.flush()
        missed = self.seq - since
        if missed > 0:
            for frame in self._frames(list(self._recent)[-missed:]):
                line.put(frame)
        line.put(encode(CaughtUp(self.room, self.seq)))
        self.lines.add(line)
        return True

    def send(self, line: Line, events: Sequence[Event[Any]]) -> None:
        """Events from longer ago, for one line."""
        for frame in self._frames([encode(event) for event in events]):
            line.put(frame)

    def _frames(self, encoded: list[bytes]) -> list[bytes]:
        """Frames of at most CHUNK events and about half of what a frame may hold."""
        frames, start, size = [], 0, 0
        for index, one in enumerate(encoded):
            if index > start and (size + len(one) > MAX_FRAME // 2 or index - start == CHUNK):
                frames.append(b"".join((self._head, b",".join(encoded[start:index]), b"]}")))
                start, size = index, 0
            size += len(one)
        if encoded:
            frames.append(b"".join((self._head, b",".join(encoded[start:]), b"]}")))
        return frames


class Fanout:
    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}

    def channel(self, room: str, seq: int) -> Channel:
        """The room's channel; `seq`: its last event told, for a channel that is new."""
        if room not in self._channels:
            self._channels[room] = Channel(room, seq)
        return self._channels[room]

    def happened(self, room: Room, events: Sequence[Event[Any]]) -> None:
        channel = self._channels.get(room.id)
        if channel is not None:
            channel.happened(events)

    def leave(self, line: Line, room: str) -> None:
        if room in self._channels:
            self._channels[room].lines.discard(line)
