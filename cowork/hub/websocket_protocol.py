"""The hub's websockets: asyncio protocols over the sans-I/O protocol of `websockets`.

They write frames that are already encoded, because the hub sends the same frame to every client in a room.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable, Coroutine
from typing import Any

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Event, State
from websockets.server import ServerProtocol
from websockets.typing import BytesLike

from cowork.frames import MAX_FRAME
from cowork.hub.admission import Admission
from cowork.hub.limits import SIGN_IN_FRAME, SIGN_IN_TIMEOUT, TokenBucket
from cowork.refusal import Refusal

log = logging.getLogger("cowork.hub")
CLOSE_TIMEOUT = 2.0  # seconds that a client has to read the reason why its connection is closed
PING_INTERVAL = 20.0  # seconds; a client that sends nothing, not even a pong, for this long after a ping is gone
MAX_REQUEST = 64 * 1024  # bytes of the HTTP request
READ_SIZE = 16 * 1024  # bytes parsed between two rate-limit checks
CONTROL_BURST, CONTROL_RATE = 100, 20.0  # pings, pongs and continuation frames at once, and a second
FLOOD, FAULT = 4029, 1011  # close codes
LOOPBACK = ("127.0.0.1", "::1")


def binary_frame(payload: bytes) -> bytes:
    """Returns a payload as a server's binary websocket frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x82, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x82, 126, size) + payload
    return struct.pack("!BBQ", 0x82, 127, size) + payload


class WebSocketProtocol(asyncio.Protocol):
    """A client's connection, from its HTTP request to its end.

    `respond` answers the request. If it accepts the websocket, `run` is started as `task`. `connections` contains the
    protocol while it is connected, and `admission` counts it. `on_resume` is called when `writable` becomes True
    again, and `on_lost` when the connection has ended.
    """

    def __init__(
        self,
        respond: Callable[[ServerProtocol, Request], Response],
        run: Callable[[WebSocketProtocol], Coroutine[Any, Any, None]],
        connections: set[WebSocketProtocol],
        admission: Admission,
    ) -> None:
        self.address = ""
        self.writable = True
        self.on_resume: Callable[[], None] | None = None
        self.on_lost: Callable[[], None] | None = None
        self.task: asyncio.Task[None] | None = None
        self._respond, self._run, self._connections, self._admission = respond, run, connections, admission
        self._protocol = ServerProtocol(origins=[None], max_size=SIGN_IN_FRAME)  # only browsers send an Origin
        self._request_size = 0
        self._fragments: list[BytesLike] = []
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._control_frames = TokenBucket(CONTROL_BURST, CONTROL_RATE)
        self._flooded = self._silent = False
        self._lost = asyncio.Event()
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None

    # for the hub

    async def receive(self) -> bytes | None:
        """Returns the next message, or None when the connection is closing."""
        message = await self._messages.get()
        if self._messages.empty():
            self._transport.resume_reading()
        return message

    def signed_in(self) -> None:
        """Raises the limits for a client that has signed in."""
        self._protocol.max_message_size = MAX_FRAME
        self._admission.signed_in(self._transport.get_extra_info("peername"))

    def write(self, frames: bytes) -> None:
        """Writes encoded frames, unless the connection is closing."""
        if self._protocol.state is State.OPEN:
            self._transport.write(frames)

    def close(self, code: int, reason: str) -> None:
        """Closes the connection, even if the client does not answer."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
            self._messages.put_nowait(None)
        self._call_later(0.0 if self._protocol.state is State.CONNECTING else CLOSE_TIMEOUT, self._transport.abort)

    # for asyncio

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._connections.add(self)
        self._call_later(SIGN_IN_TIMEOUT, transport.abort)

    def data_received(self, data: bytes) -> None:
        self._silent = False
        for start in range(0, len(data), READ_SIZE):
            if self._flooded:
                return
            self._protocol.receive_data(data[start : start + READ_SIZE])
            for event in self._protocol.events_received():
                if not self._flooded:
                    self._on_event(event)
            self._flush()
        if self._protocol.state is State.CONNECTING:
            self._request_size += len(data)
            if self._request_size > MAX_REQUEST:
                self._transport.abort()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self.on_resume is not None:
            self.on_resume()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._protocol.receive_eof()
        self._connections.discard(self)
        self._messages.put_nowait(None)
        self._lost.set()
        if self.on_lost is not None:
            self.on_lost()

    # inside

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Request):
            self._protocol.send_response(self._respond(self._protocol, event))
            if self._protocol.state is State.OPEN:
                self.address = self._client_address(event.headers)
                self._call_later(PING_INTERVAL, self._ping)
                self.task = asyncio.create_task(self._run_until_lost())
        elif isinstance(event, Frame):
            if event.opcode in (Opcode.PING, Opcode.PONG, Opcode.CONT):
                self._count_control_frame()
            if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._on_fragment(event)
            elif event.opcode is Opcode.CLOSE:
                self._messages.put_nowait(None)

    def _on_fragment(self, frame: Frame) -> None:
        self._fragments.append(frame.data)
        if frame.fin:
            message, self._fragments = b"".join(self._fragments), []
            if self._protocol.state is State.OPEN:
                self._messages.put_nowait(message)
                self._transport.pause_reading()

    def _count_control_frame(self) -> None:
        """Limits the frames that the application does not see."""
        try:
            self._control_frames.take()
        except Refusal:
            self._flooded = True
            self.close(FLOOD, "too much at once")

    async def _run_until_lost(self) -> None:
        try:
            await self._run(self)
        except Exception:
            log.exception("a connection failed")
            self.close(FAULT, "")
        await self._lost.wait()

    def _ping(self) -> None:
        if self._silent:
            self.close(FAULT, "no answer to a ping")
        elif self._protocol.state is State.OPEN:
            self._silent = True
            self._protocol.send_ping(b"")
            self._flush()
            self._call_later(PING_INTERVAL, self._ping)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:  # the end of the stream
                self._transport.close()
                self._messages.put_nowait(None)
                self._call_later(CLOSE_TIMEOUT, self._transport.abort)

    def _call_later(self, seconds: float, callback: Callable[[], object]) -> None:
        """Starts the connection's timer, which replaces the one before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, callback)

    def _client_address(self, headers: Headers) -> str:
        """Returns the client's IP address; without TLS, as the proxy on this machine forwards it."""
        peer = str((self._transport.get_extra_info("peername") or ("",))[0])
        if self._transport.get_extra_info("sslcontext") is not None or peer not in LOOPBACK:
            return peer
        forwarded = ",".join(headers.get_all("X-Forwarded-For")).split(",")
        addresses = [_without_port(address.strip()) for address in reversed(forwarded)]
        return next((address for address in addresses if address and address not in LOOPBACK), peer)


def _without_port(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
