"""The websocket as uvicorn has it, with a short way out: a frame is made once and written to many sockets as it is."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import OPEN

from cowork.frames import MAX_FRAME
from cowork.hub.limits import SIGN_IN, SIGN_IN_FRAME, Bucket
from cowork.refusal import Refusal

PATIENCE = 2.0  # seconds that a client has to read why it is cut
AT_A_TIME = 16 * 1024  # bytes that are looked at before what is in them is counted
ASIDE, ASIDE_RATE = 100, 20.0  # pings, pongs and pieces of a message at once, and a second: none is counted elsewhere
FLOOD = 4029  # the code with which a connection is closed that asks for too much
SCOPE = "cowork.wire"  # where in its ASGI scope a connection finds its wire


def framed(payload: bytes) -> bytes:
    """A payload as a server's binary websocket frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x82, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x82, 126, size) + payload
    return struct.pack("!BBQ", 0x82, 127, size) + payload


class Door(H11Protocol):
    """The way in: who has not asked for a websocket by then is not waited for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(SIGN_IN, transport.abort)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._late.cancel()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        super().connection_lost(exc)


class Wire(WebSocketsSansIOProtocol):
    """`on_resume` is called when what was written has gone, after `writes` was False; `on_lost` when nothing can be
    sent any more."""

    on_resume: Callable[[], None] | None = None
    on_lost: Callable[[], None] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._aside, self._flooded = Bucket(ASIDE, ASIDE_RATE), False

    def data_received(self, data: bytes) -> None:
        for at in range(0, len(data), AT_A_TIME):
            if self._flooded:
                return
            super().data_received(data[at : at + AT_A_TIME])

    def _count(self) -> None:
        """Counts a frame that no application sees."""
        try:
            self._aside.take()
        except Refusal:
            if not self._flooded:
                self._flooded = True
                self.cut(FLOOD, "too much at once")

    def handle_ping(self) -> None:
        super().handle_ping()
        self._count()

    def handle_pong(self, event: Frame) -> None:
        super().handle_pong(event)
        self._count()

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        self._count()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        self.conn.max_message_size = SIGN_IN_FRAME
        if hasattr(self, "scope"):  # the handshake is in order; the application's task begins after this
            cast(dict[str, Any], self.scope)[SCOPE] = self

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_resume is not None:
            self.on_resume()

    @property
    def writes(self) -> bool:
        """False while more waits to be sent than should."""
        return self.writable.is_set()

    def trust(self) -> None:
        """From now on, frames may be as large as they ever may."""
        self.conn.max_message_size = MAX_FRAME

    def put(self, frames: bytes) -> None:
        """Sends whole frames, as `framed` makes them; nothing where the connection ends."""
        if self.conn.state is OPEN and not self.close_sent and not self.disconnected:
            self.transport.write(frames)

    def cut(self, code: int, reason: str) -> None:
        """Closes, and does not wait long for one who does not read."""
        if self.conn.state is OPEN and not self.close_sent and not self.disconnected:
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.loop.call_later(PATIENCE, self.transport.abort)
