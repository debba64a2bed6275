"""Serves a hub: websockets at PATH, and a health check, over TLS or behind a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus

from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from cowork.frames import PATH, VERSION
from cowork.hub.connection import RESTART, Connection
from cowork.hub.hub import Hub
from cowork.hub.limits import SIGN_IN_TIMEOUT
from cowork.hub.websocket_protocol import WebSocketProtocol

STOP_TIMEOUT = 5.0  # seconds that connections have to end when the hub stops


def respond(protocol: ServerProtocol, request: Request) -> Response:
    """Accepts a websocket, or answers the health check."""
    path = request.path.partition("?")[0]
    if path == PATH:
        return protocol.accept(request)
    if path == "/health":
        response = protocol.reject(HTTPStatus.OK, json.dumps({"hub": "fromscratch", "version": VERSION}))
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response
    return protocol.reject(HTTPStatus.NOT_FOUND, "Not Found")


@contextlib.asynccontextmanager
async def serving(hub: Hub, listener: socket.socket, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
    """Serves a started hub on a bound socket until the block ends, then tells its clients that it stops."""
    connections: set[WebSocketProtocol] = set()

    async def run(websocket: WebSocketProtocol) -> None:
        await Connection(hub, websocket).run()

    server = await asyncio.get_running_loop().create_server(
        lambda: WebSocketProtocol(respond, run, connections), sock=listener, backlog=2048, ssl=tls,
        ssl_handshake_timeout=None if tls is None else SIGN_IN_TIMEOUT,
    )  # fmt: skip
    try:
        yield
    finally:
        server.close()
        hub.stop()
        for connection in list(connections):
            connection.close(RESTART, "the hub stops")
        tasks = [connection.task for connection in connections if connection.task is not None]
        if tasks:
            _, running = await asyncio.wait(tasks, timeout=STOP_TIMEOUT)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
