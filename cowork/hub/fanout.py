"""Sends each room's events to its clients: encoded once, in order, without a gap."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import MutableSequence, Sequence
from typing import Any

import msgspec

from cowork.frames import MAX_EVENTS, MAX_FRAME, CaughtUp, encode
from cowork.hub.websocket_protocol import WebSocketProtocol, binary_frame
from cowork.rooms.base import Event, Fact, Room
from cowork.rooms.registry import read_event

MAX_RECENT_EVENTS, MAX_RECENT_BYTES = 1_000, 4 * 1024 * 1024  # kept encoded in each room, for clients that reconnect
FLUSH_INTERVAL = 0.005  # seconds; events within it are sent in one frame
MAX_QUEUED = 1024 * 1024  # bytes for one client, in addition to its socket's buffer
TOO_SLOW, CONNECTION_LOST = 4008, 1006  # close codes


class SendQueue:
    """Frames to send to one connection. It closes the connection when too many bytes are queued."""

    def __init__(self, websocket: WebSocketProtocol) -> None:
        self._websocket = websocket
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self.closed = False
        websocket.on_resume, websocket.on_lost = self._resume, lambda: self.close(CONNECTION_LOST, "")

    def put(self, payload: bytes) -> None:
        self.put_frame(binary_frame(payload))

    def put_frame(self, frame: bytes) -> None:
        """Sends a frame, which many queues can share. Never waits."""
        if self.closed:
            return
        if not self._frames and self._websocket.writable:
            self._websocket.write(frame)
            return
        if self._frames and self._bytes + len(frame) > MAX_QUEUED:
            self.close(TOO_SLOW, "too slow: reconnect and continue after your last event")
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        self._drained.clear()

    def close(self, code: int, reason: str) -> None:
        """Drops the queued frames and closes the connection."""
        if not self.closed:
            self.closed = True
            self._frames.clear()
            self._drained.set()
            self._websocket.on_resume = self._websocket.on_lost = None
            self._websocket.close(code, reason)

    async def drained(self) -> None:
        """Waits until the queue is empty."""
        await self._drained.wait()

    def _resume(self) -> None:
        while self._frames and self._websocket.writable:
            frame = self._frames.popleft()
            self._bytes -= len(frame)
            self._websocket.write(frame)
        if not self._frames:
            self._drained.set()


class Channel:
    """A room's subscribers and recent events. `seq` is the last event that subscribers have been or are being sent."""

    def __init__(self, room: str, seq: int) -> None:
        self.room = room
        self.seq = seq
        self.subscribers: set[SendQueue] = set()
        self._head = b'{"type":"events","room":' + msgspec.json.encode(room) + b',"events":['
        self._recent: deque[bytes] = deque()
        self._recent_bytes = 0
        self._pending: list[bytes] = []
        self._flushed_at = 0.0

    def publish(self, events: Sequence[Event[Any]]) -> None:
        for fact in [event.fact for event in events if event.fact.forgets()]:
            events = [event.forgetting(fact) for event in events]
            self._forget(fact)
        encoded = [encode(event) for event in events]
        self.seq = events[-1].seq
        erased = [seq for event in events for seq in event.fact.erases()]
        self._recent.extend(encoded)
        self._recent_bytes += sum(map(len, encoded))
        while len(self._recent) > MAX_RECENT_EVENTS or self._recent_bytes > MAX_RECENT_BYTES:
            self._recent_bytes -= len(self._recent.popleft())
        if not self._pending:
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._flushed_at + FLUSH_INTERVAL), self.flush)
        self._pending.extend(encoded)
        for seq in erased:
            self._erase(self._recent, seq)
            self._erase(self._pending, seq)

    def _forget(self, fact: Fact) -> None:
        """Drops the recent events, which have changed in the store, and removes a member from the pending ones."""
        self._recent.clear()
        self._recent_bytes = 0
        self._pending = [encode(read_event(event.decode()).forgetting(fact)) for event in self._pending]

    def _erase(self, encoded: MutableSequence[bytes], seq: int) -> None:
        """Removes the content of an event from those that end with the last one."""
        index = len(encoded) - 1 - (self.seq - seq)
        if index >= 0:
            encoded[index] = encode(read_event(encoded[index].decode()).erased())

    def flush(self) -> None:
        if self._pending:
            frames, self._pending = self._frames(self._pending), []
            self._flushed_at = asyncio.get_running_loop().time()
            for frame, _ in frames:
                for queue in list(self.subscribers):
                    queue.put_frame(frame)

    def join(self, queue: SendQueue, since: int) -> int | None:
        """Sends the first frame of the recent events after `since`, and returns the last event sent. When no more
        remain, the queue is subscribed. Returns None where `since` is older than the recent events."""
        missed = self.seq - since
        if missed > len(self._recent):
            return None
        self.flush()
        frames = self._frames(list(self._recent)[len(self._recent) - missed :])
        if frames:
            queue.put_frame(frames[0][0])
        if len(frames) > 1:
            return since + frames[0][1]
        queue.put(encode(CaughtUp(self.room, self.seq)))
        self.subscribers.add(queue)
        return self.seq

    def send(self, queue: SendQueue, events: Sequence[Event[Any]]) -> int:
        """Sends the first frame of older events to one client, and returns the last event sent."""
        frame, count = self._frames([encode(event) for event in events])[0]
        queue.put_frame(frame)
        return events[count - 1].seq

    def _frames(self, encoded: list[bytes]) -> list[tuple[bytes, int]]:
        """Returns (frame, number of events) pairs; a frame has up to MAX_EVENTS events and MAX_FRAME / 2 bytes."""
        frames, start, size = [], 0, 0
        for index, event in enumerate(encoded):
            if index > start and (size + len(event) > MAX_FRAME // 2 or index - start == MAX_EVENTS):
                frames.append((self._frame(encoded[start:index]), index - start))
                start, size = index, 0
            size += len(event)
        if encoded:
            frames.append((self._frame(encoded[start:]), len(encoded) - start))
        return frames

    def _frame(self, encoded: list[bytes]) -> bytes:
        return binary_frame(b"".join((self._head, b",".join(encoded), b"]}")))


class Fanout:
    """The channels of all rooms that clients have entered."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}

    def channel(self, room: str, seq: int) -> Channel:
        """Returns the room's channel; a new one starts after event `seq`."""
        if room not in self._channels:
            self._channels[room] = Channel(room, seq)
        return self._channels[room]

    def publish(self, room: Room, events: Sequence[Event[Any]]) -> None:
        channel = self._channels.get(room.id)
        if channel is not None:
            channel.publish(events)

    def leave(self, queue: SendQueue, room: str) -> None:
        if room in self._channels:
            self._channels[room].subscribers.discard(queue)
