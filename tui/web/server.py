"""The app in a browser: textual-serve behind a door, with a page that needs no other site."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

from aiohttp import WSCloseCode, web
from textual_serve.server import Server, to_int

from tui.web.access_control import Door, add_headers
from tui.web.page_session import GRACE, Visit
from tui.web.pages import STATIC, frame, note


class WebServer(Server):
    """Serves one workspace. Each page that is opened is a visit, `most` of them at a time."""

    def __init__(self, root: Path, door: Door, most: int) -> None:
        super().__init__("fromscratch", public_url=door.address)
        self.root = root
        self.door = door
        self.most = most
        self.visits: dict[Visit, web.WebSocketResponse] = {}

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self.door.guard])
        app.router.add_get("/", self.handle_index)
        app.router.add_get("/ws", self.handle_websocket)
        app.router.add_get("/download/{key}", self.handle_download)
        app.router.add_static("/static/textual", self.statics_path)
        app.router.add_static("/static", STATIC)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self.on_shutdown)
        return app

    def serve_on(self, listening: socket.socket, context: ssl.SSLContext | None) -> None:
        """Until Ctrl-C. No log of requests: the first has the token in it."""
        web.run_app(
            self._make_app(), sock=listening, ssl_context=context, access_log=None, print=None,
            shutdown_timeout=GRACE + 2,
        )  # fmt: skip

    async def on_shutdown(self, app: web.Application) -> None:
        """Closes all pages, so that their apps end before the server does."""
        pages = list(self.visits.values())
        await asyncio.gather(*(page.close(code=WSCloseCode.GOING_AWAY) for page in pages), return_exceptions=True)

    async def handle_index(self, request: web.Request) -> web.Response:
        if len(self.visits) >= self.most:
            raise _full()
        return web.Response(text=frame(), content_type="text/html")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        if len(self.visits) >= self.most:
            raise _full()
        page = web.WebSocketResponse(heartbeat=15, timeout=3)
        visit = Visit(
            self.root, write_bytes=page.send_bytes, write_str=page.send_str, close=page.close,
            downloads=self.download_manager,
        )  # fmt: skip
        self.visits[visit] = page
        try:
            await page.prepare(request)
            await visit.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
            await self._process_messages(page, visit)
        finally:
            # The place is free at once: who reloads the page should find it so.
            del self.visits[visit]
            await visit.stop()
            await page.close()
        return page


def _full() -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(text=note("full"), content_type="text/html", headers={"Retry-After": "3"})
