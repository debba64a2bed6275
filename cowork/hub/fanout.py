"""What happens is told to all in the room: encoded once, in order, without a gap; who is too slow is cut loose."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from cowork.frames import CHUNK, MAX_FRAME, CaughtUp, encode
from cowork.hub.websocket_protocol import binary_frame
from cowork.rooms.base import Event, Room

RECENT, HELD = 1_000, 4 * 1024 * 1024  # events of a room, and bytes, that are held encoded for those who come back
TOGETHER = 0.005  # seconds: what happens within them goes out in one frame
MAX_WAITING = 1024 * 1024  # bytes that wait for one client, beside what its socket holds
SLOW = 4008  # the code with which a connection is closed that does not keep up
LOST = 1006  # there is no connection any more


class FrameWriter(Protocol):
    """The way out of a connection: takes whole frames, at once, and says when it has had enough, and when it ends."""

    on_resume: Callable[[], None] | None
    on_lost: Callable[[], None] | None

    @property
    def writable(self) -> bool: ...

    def write(self, frames: bytes) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


class SendQueue:
    """What waits to be sent to one connection."""

    def __init__(self, out: FrameWriter) -> None:
        self._out = out
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self.ended = False
        out.on_resume, out.on_lost = self._go_on, lambda: self.end(LOST, "")

    def put(self, payload: bytes) -> None:
        self.put_frame(binary_frame(payload))

    def put_frame(self, frame: bytes) -> None:
        """Takes a frame that many lines may share; never waits."""
        if self.ended:
            return
        if not self._waiting and self._out.writable:
            self._out.write(frame)
            return
        if self._waiting and self._bytes + len(frame) > MAX_WAITING:
            self.end(SLOW, "too slow: come back and go on after the last event you have")
            return
        self._waiting.append(frame)
        self._bytes += len(frame)
        self._drained.clear()

    def end(self, code: int, reason: str) -> None:
        """Drops what waits and has the connection closed."""
        if not self.ended:
            self.ended = True
            self._waiting.clear()
            self._drained.set()
            self._out.on_resume = self._out.on_lost = None
            self._out.close(code, reason)

    async def drained(self) -> None:
        """Until nothing waits here."""
        await self._drained.wait()

    def _go_on(self) -> None:
        while self._waiting and self._out.writable:
            frame = self._waiting.popleft()
            self._bytes -= len(frame)
            self._out.write(frame)
        if not self._waiting:
            self._drained.set()


class Channel:
    """One room's: `seq` is the last event that those who listen have been sent, or will be within a moment."""

    def __init__(self, room: str, seq: int) -> None:
        self.room = room
        self.seq = seq
        self.lines: set[SendQueue] = set()
        self._head = b'{"type":"events","room":' + msgspec.json.encode(room) + b',"events":['
        self._recent: deque[bytes] = deque()
        self._held = 0  # bytes
        self._pending: list[bytes] = []
        self._flushed = 0.0

    def happened(self, events: Sequence[Event[Any]]) -> None:
        encoded = [encode(event) for event in events]
        self.seq = events[-1].seq
        self._recent.extend(encoded)
        self._held += sum(map(len, encoded))
        while len(self._recent) > RECENT or self._held > HELD:
            self._held -= len(self._recent.popleft())
        if not self._pending:
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._flushed + TOGETHER), self.flush)
        self._pending.extend(encoded)

    def flush(self) -> None:
        if self._pending:
            frames, self._pending = self._frames(self._pending), []
            self._flushed = asyncio.get_running_loop().time()
            for frame, _ in frames:
                for line in list(self.lines):
                    line.put_frame(frame)

    def join(self, line: SendQueue, since: int) -> int | None:
        """Sends what is held after `since`, of much only the beginning: returns the last event sent. Once there is
        no more, the line hears of what happens from here on. None where `since` is too long ago."""
        missed = self.seq - since
        if missed > len(self._recent):
            return None
        self.flush()
        frames = self._frames(list(self._recent)[len(self._recent) - missed :])
        if frames:
            line.put_frame(frames[0][0])
        if len(frames) > 1:
            return since + frames[0][1]
        line.put(encode(CaughtUp(self.room, self.seq)))
        self.lines.add(line)
        return self.seq

    def send(self, line: SendQueue, events: Sequence[Event[Any]]) -> int:
        """The beginning of events from longer ago, for one line: returns the last event sent."""
        frame, count = self._frames([encode(event) for event in events])[0]
        line.put_frame(frame)
        return events[count - 1].seq

    def _frames(self, encoded: list[bytes]) -> list[tuple[bytes, int]]:
        """Frames of at most CHUNK events and about half of what a frame may hold, and how many events are in each."""
        frames, start, size = [], 0, 0
        for index, one in enumerate(encoded):
            if index > start and (size + len(one) > MAX_FRAME // 2 or index - start == CHUNK):
                frames.append((self._frame(encoded[start:index]), index - start))
                start, size = index, 0
            size += len(one)
        if encoded:
            frames.append((self._frame(encoded[start:]), len(encoded) - start))
        return frames

    def _frame(self, encoded: list[bytes]) -> bytes:
        return binary_frame(b"".join((self._head, b",".join(encoded), b"]}")))


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

    def leave(self, line: SendQueue, room: str) -> None:
        if room in self._channels:
            self._channels[room].lines.discard(line)
