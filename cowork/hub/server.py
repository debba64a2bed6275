"""The hub as a server: Starlette on uvicorn, TLS, one websocket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from cowork.frames import MAX_FRAME, PATH, VERSION
from cowork.hub.connection import Connection
from cowork.hub.hub import Hub
from cowork.hub.websocket_protocol import Door, Wire

GRACE = 5  # seconds that connections have to end when the hub stops


def app(hub: Hub) -> Starlette:
    async def live(websocket: WebSocket) -> None:
        await Connection(hub, websocket).run()

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({"hub": "fromscratch", "version": VERSION})

    return Starlette(routes=[WebSocketRoute(PATH, live), Route("/health", health)])


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(hub: Hub, listener: socket.socket, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
    """Serves a hub that has started on a bound socket, until the block ends; clients are told that it stops."""
    config = uvicorn.Config(
        app(hub),
        http=Door,
        ws=Wire,
        ws_max_size=MAX_FRAME,
        ws_per_message_deflate=False,  # costs more than it saves, and memory of every client
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=tls is None,  # who speaks to a hub without TLS is a proxy on this machine
        forwarded_allow_ips=["127.0.0.1", "::1"],
        timeout_graceful_shutdown=GRACE,
        ssl_context_factory=None if tls is None else lambda config, default: tls,
    )
    server = _Server(config)
    serve = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serve.done():
                serve.result()
                raise RuntimeError("the server has not started")
            await asyncio.sleep(0.01)
        yield
    finally:
        hub.stop()
        server.should_exit = True
        await serve
