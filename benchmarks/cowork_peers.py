"""Hundreds of co-work clients in one thread: TLS sockets, epoll, and a minimal websocket client.

A full client library takes as much time per message as the hub, which would distort every result.
"""

from __future__ import annotations

import base64
import heapq
import itertools
import os
import secrets
import selectors
import socket
import ssl
import struct
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cowork import frames, keys
from cowork.certificates import client_context

BINARY, CLOSE, PING, PONG = 0x2, 0x8, 0x9, 0xA


class _Fact(msgspec.Struct, rename={"kind": "is"}):
    kind: str
    text: str = ""


class _Event(msgspec.Struct):
    seq: int
    fact: _Fact


class _Frame(msgspec.Struct):
    """The fields of a frame that the benchmark reads."""

    type: str
    room: str = ""
    id: str = ""
    seq: int = 0
    events: list[_Event] = []
    hub: str = ""
    nonce: str = ""
    says: str = ""
    data: Any = None


_decoder = msgspec.json.Decoder(_Frame)


def _masked(payload: bytes, opcode: int = BINARY) -> bytes:
    """Encodes a client's websocket frame, with the required mask set to 0."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    return head + bytes(4) + payload


class Peer:
    """A client. `last` is the number of the last event of each room; `gaps` and `duplicates` count delivery errors."""

    def __init__(self, swarm: Swarm, key: keys.DeviceKey, name: str) -> None:
        self.swarm, self.key, self.name = swarm, key, name
        self.rooms: list[str] = []
        self.last: dict[str, int] = {}
        self.gaps = self.duplicates = 0
        self.invite: tuple[str, str] | None = None  # secret and digest, until the client has enrolled
        self.state = "disconnected"
        self.caught_up: set[str] = set()
        self.answers: dict[str, Any] = {}
        self._ids = itertools.count()
        self._run = secrets.token_hex(4)

    def connect(self, address: str, fingerprint: str) -> None:
        parts = urlsplit(address)
        tcp = socket.socket()
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tcp.setblocking(False)
        tcp.connect_ex((parts.hostname, parts.port))
        self.socket = self.swarm.tls(fingerprint).wrap_socket(tcp, do_handshake_on_connect=False)
        self.channel = keys.channel(address, fingerprint)
        self.state, self.caught_up, self._in, self._out = "connecting", set(), bytearray(), bytearray()
        self._host = parts.netloc
        self.swarm.selector.register(self.socket, selectors.EVENT_WRITE, self)

    def disconnect(self) -> None:
        """Closes the socket without a closing handshake, like a laptop whose lid is closed."""
        self.swarm.selector.unregister(self.socket)
        self.socket.close()
        self.state = "disconnected"

    def send(self, frame: Any) -> None:
        self._write(_masked(frames.encode(frame)))

    def say(self, room: str, text: str) -> str:
        id = f"{self._run}{next(self._ids)}"
        payload = {"type": "do", "id": id, "room": room, "command": {"do": "say", "text": text}}
        self._write(_masked(msgspec.json.encode(payload)))
        return id

    def _write(self, data: bytes) -> None:
        self._out += data
        self._flush()

    def _flush(self) -> None:
        try:
            while self._out:
                del self._out[: self.socket.send(self._out)]
            self.swarm.selector.modify(self.socket, selectors.EVENT_READ, self)
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self.swarm.selector.modify(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)

    def on_ready(self, now: int) -> None:
        """Handles a readable or writable socket. `now` is the time of the event in ns."""
        if self.state == "connecting":
            try:
                self.socket.do_handshake()
            except ssl.SSLWantReadError:
                self.swarm.selector.modify(self.socket, selectors.EVENT_READ, self)
                return
            except ssl.SSLWantWriteError:
                return
            self.state = "upgrading"
            nonce = base64.b64encode(os.urandom(16)).decode()
            self._write(
                f"GET {frames.PATH} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            return
        if self._out:
            self._flush()
        try:
            while True:
                data = self.socket.recv(65536)
                if not data:
                    raise ConnectionError(f"{self.name}: The hub closed the connection.")
                self._in += data
                if not self.socket.pending():
                    break
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        if self.state == "upgrading":
            end = self._in.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._in[:20]:
                raise ConnectionError(bytes(self._in[:end]).decode())
            del self._in[: end + 4]
            self.state = "open"
        self._parse_frames(now)

    def _parse_frames(self, now: int) -> None:
        data, start = self._in, 0
        while len(data) - start >= 2:
            size, head = data[start + 1], 2
            if size == 126:
                if len(data) - start < 4:
                    break
                size, head = int.from_bytes(data[start + 2 : start + 4]), 4
            elif size == 127:
                if len(data) - start < 10:
                    break
                size, head = int.from_bytes(data[start + 2 : start + 10]), 10
            if len(data) - start < head + size:
                break
            opcode = data[start] & 15
            payload = bytes(data[start + head : start + head + size])
            start += head + size
            if opcode == PING:
                self._write(_masked(payload, PONG))
            elif opcode == CLOSE:
                raise ConnectionError(f"{self.name}: The hub closed the connection: {payload!r}")
            else:
                self._on_frame(_decoder.decode(payload), now)
        del data[:start]

    def _on_frame(self, frame: _Frame, now: int) -> None:
        match frame.type:
            case "events":
                last = self.last.get(frame.room, 0)
                for event in frame.events:
                    if event.seq != last + 1:
                        self.gaps += event.seq > last + 1
                        self.duplicates += event.seq <= last
                    last = event.seq
                    if event.fact.kind == "said":
                        self.swarm.on_message(event.fact.text, now)
                    elif event.fact.kind == "judged":
                        self.swarm.judged.add((frame.room, event.seq))
                self.last[frame.room] = last
            case "ack":
                self.swarm.acks += 1
            case "challenge":
                if self.invite is not None:
                    secret, digest = self.invite
                    signed = keys.statement("enrol", frame.hub, frame.nonce, self.channel, digest, self.name)
                    self.send(frames.Enrol(secret, self.name, self.key.public, self.key.sign(signed)))
                else:
                    signed = keys.statement("sign in", frame.hub, frame.nonce, self.channel)
                    self.send(frames.SignIn(self.key.public, self.key.sign(signed)))
            case "welcome" if self.state != "welcome":  # a later one tells a change, such as a further hub
                self.state, self.invite = "welcome", None
                for room in self.rooms:
                    self.send(frames.Enter(room, self.last.get(room, 0)))
            case "caught up":
                self.caught_up.add(frame.room)
            case "answer":
                self.answers[frame.id] = frame.data
            case "refused":
                self.swarm.refused.append(frame.says)


class Swarm:
    """Many peers in one event loop.

    `latencies` are the seconds from sending a message that begins with `stamp()` to receiving it, for each receiver.
    """

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.peers: list[Peer] = []
        self.latencies: list[float] = []
        self.refused: list[str] = []
        self.acks = 0
        self.judged: set[tuple[str, int]] = set()
        self._scheduled: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._contexts: dict[str, ssl.SSLContext] = {}

    def tls(self, fingerprint: str) -> ssl.SSLContext:
        return self._contexts.setdefault(fingerprint, client_context(fingerprint))

    def at(self, when: float, action: Callable[[], object]) -> None:
        """Schedules an action for a time of `time.perf_counter()`."""
        heapq.heappush(self._scheduled, (when, next(self._order), action))

    def on_message(self, text: str, now: int) -> None:
        if text.startswith("@"):
            self.latencies.append((now - int(text[1:].split(" ", 1)[0])) / 1e9)

    def run_until(self, condition: Callable[[], bool], timeout: float = 60.0) -> None:
        """Runs the event loop until the condition holds; raises TimeoutError."""
        end = time.perf_counter() + timeout
        while not condition():
            now = time.perf_counter()
            if now > end:
                raise TimeoutError(f"not done after {timeout} s; refused commands: {self.refused[:3]}")
            while self._scheduled and self._scheduled[0][0] <= now:
                heapq.heappop(self._scheduled)[2]()
            wait = min(self._scheduled[0][0] if self._scheduled else end, end) - time.perf_counter()
            ready = self.selector.select(max(0.0, min(wait, 0.05)))
            for entry, _ in ready:
                entry.data.on_ready(time.perf_counter_ns())

    def stamp(self) -> str:
        """The prefix of a message whose latency is measured."""
        return f"@{time.perf_counter_ns()} "
