"""Clients by the hundred in one thread: TLS sockets, epoll, and just as much of the websocket protocol as it takes.

A whole client library costs as much a message as the hub itself, and its share would be in every figure.
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
    """Of any frame what is looked at."""

    type: str
    room: str = ""
    id: str = ""
    seq: int = 0
    events: list[_Event] = []
    hub: str = ""
    nonce: str = ""
    says: str = ""
    data: Any = None


_read = msgspec.json.Decoder(_Frame)


def _masked(payload: bytes, opcode: int = BINARY) -> bytes:
    """A client's frame. The mask is 0: it has to be there, but hides nothing over TLS."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    return head + bytes(4) + payload


class Peer:
    """One client. `last`: the last event of each room; `gaps` and `doubles` are counted."""

    def __init__(self, swarm: Swarm, key: keys.DeviceKey, name: str) -> None:
        self.swarm, self.key, self.name = swarm, key, name
        self.rooms: list[str] = []
        self.last: dict[str, int] = {}
        self.gaps = self.doubles = 0
        self.invite: tuple[str, str] | None = None  # secret and digest, while it is to enrol
        self.state = "away"
        self.caught: set[str] = set()
        self.answers: dict[str, Any] = {}
        self._ids = itertools.count()
        self._run = secrets.token_hex(4)

    def connect(self, address: str, fingerprint: str) -> None:
        parts = urlsplit(address)
        plain = socket.socket()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setblocking(False)
        plain.connect_ex((parts.hostname, parts.port))
        self.socket = self.swarm.tls(fingerprint).wrap_socket(plain, do_handshake_on_connect=False)
        self.channel = keys.channel(address, fingerprint)
        self.state, self.caught, self._in, self._out = "connecting", set(), bytearray(), bytearray()
        self._host = parts.netloc
        self.swarm.selector.register(self.socket, selectors.EVENT_WRITE, self)

    def drop(self) -> None:
        """Goes without a word, as a laptop that is shut."""
        self.swarm.selector.unregister(self.socket)
        self.socket.close()
        self.state = "away"

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

    def ready(self, now: int) -> None:
        """Something can be read or written. `now`: when that was known, in ns."""
        if self.state == "connecting":
            try:
                self.socket.do_handshake()
            except ssl.SSLWantReadError:
                self.swarm.selector.modify(self.socket, selectors.EVENT_READ, self)
                return
            except ssl.SSLWantWriteError:
                return
            self.state = "asking"
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
                    raise ConnectionError(f"{self.name}: the hub has closed the connection")
                self._in += data
                if not self.socket.pending():
                    break
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        if self.state == "asking":
            end = self._in.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._in[:20]:
                raise ConnectionError(bytes(self._in[:end]).decode())
            del self._in[: end + 4]
            self.state = "open"
        self._frames(now)

    def _frames(self, now: int) -> None:
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
                raise ConnectionError(f"{self.name}: closed with {payload!r}")
            else:
                self._take(_read.decode(payload), now)
        del data[:start]

    def _take(self, frame: _Frame, now: int) -> None:
        match frame.type:
            case "events":
                last = self.last.get(frame.room, 0)
                for event in frame.events:
                    if event.seq != last + 1:
                        self.gaps += event.seq > last + 1
                        self.doubles += event.seq <= last
                    last = event.seq
                    if event.fact.kind == "said":
                        self.swarm.heard(event.fact.text, now)
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
            case "welcome":
                self.state, self.invite = "welcome", None
                for room in self.rooms:
                    self.send(frames.Enter(room, self.last.get(room, 0)))
            case "caught up":
                self.caught.add(frame.room)
            case "answer":
                self.answers[frame.id] = frame.data
            case "refused":
                self.swarm.refused.append(frame.says)


class Swarm:
    """Many peers and what they hear. `late`: seconds from `do` to each who heard it, of messages that begin with the
    time at which they were sent."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.peers: list[Peer] = []
        self.late: list[float] = []
        self.refused: list[str] = []
        self.acks = 0
        self.judged: set[tuple[str, int]] = set()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._contexts: dict[str, ssl.SSLContext] = {}

    def tls(self, fingerprint: str) -> ssl.SSLContext:
        return self._contexts.setdefault(fingerprint, client_context(fingerprint))

    def at(self, when: float, what: Callable[[], object]) -> None:
        """Plans something for a time of `time.perf_counter()`."""
        heapq.heappush(self._due, (when, next(self._order), what))

    def heard(self, text: str, now: int) -> None:
        if text.startswith("@"):
            self.late.append((now - int(text[1:].split(" ", 1)[0])) / 1e9)

    def run(self, done: Callable[[], bool], patience: float) -> None:
        """Lives until `done`; raises TimeoutError."""
        end = time.perf_counter() + patience
        while not done():
            now = time.perf_counter()
            if now > end:
                raise TimeoutError(f"after {patience} s; refused: {self.refused[:3]}")
            while self._due and self._due[0][0] <= now:
                heapq.heappop(self._due)[2]()
            wait = min(self._due[0][0] if self._due else end, end) - time.perf_counter()
            ready = self.selector.select(max(0.0, min(wait, 0.05)))
            for entry, _ in ready:
                entry.data.ready(time.perf_counter_ns())

    def stamp(self) -> str:
        """The beginning of a message whose way is timed."""
        return f"@{time.perf_counter_ns()} "
