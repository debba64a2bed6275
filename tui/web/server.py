"""Serves the app in a browser: textual-serve with access control, and a page that loads nothing from other sites."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

from aiohttp import WSCloseCode, web
from textual_serve.server import Server, to_int

from tui.web.access_control import AccessControl, add_headers
from tui.web.page_session import EXIT_TIMEOUT, PageSession
from tui.web.pages import STATIC, frame, message_page


class WebServer(Server):
    """Serves one workspace, to at most `max_pages` pages at the same time."""

    def __init__(self, root: Path, access: AccessControl, max_pages: int) -> None:
        super().__init__("fromscratch", public_url=access.origin)
        self.root = root
        self.access = access
        self.max_pages = max_pages
        self.sessions: dict[PageSession, web.WebSocketResponse] = {}

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self.access.middleware])
        app.router.add_get("/", self.handle_index)
        app.router.add_get("/ws", self.handle_websocket)
        app.router.add_get("/download/{key}", self.handle_download)
        app.router.add_static("/static/textual", self.statics_path)
        app.router.add_static("/static", STATIC)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self.on_shutdown)
        return app

    def serve_on(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        """Serves until Ctrl-C, without an access log, because the first URL contains the token."""
        web.run_app(
            self._make_app(), sock=listener, ssl_context=context, access_log=None, print=None,
            shutdown_timeout=EXIT_TIMEOUT + 2,
        )  # fmt: skip

    async def on_shutdown(self, app: web.Application) -> None:
        """Closes all pages, so that their apps exit before the server."""
        pages = list(self.sessions.values())
        await asyncio.gather(*(page.close(code=WSCloseCode.GOING_AWAY) for page in pages), return_exceptions=True)

    async def handle_index(self, request: web.Request) -> web.Response:
        if len(self.sessions) >= self.max_pages:
            raise _full()
        return web.Response(text=frame(), content_type="text/html")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        if len(self.sessions) >= self.max_pages:
            raise _full()
        page = web.WebSocketResponse(heartbeat=15, timeout=3)
        session = PageSession(
            self.root, write_bytes=page.send_bytes, write_str=page.send_str, close=page.close,
            downloads=self.download_manager,
        )  # fmt: skip
        self.sessions[session] = page
        try:
            await page.prepare(request)
            await session.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
            await self._process_messages(page, session)
        finally:
            # Removed before the app has exited, so that a reload of the page succeeds at once.
            del self.sessions[session]
            await session.stop()
            await page.close()
        return page


def _full() -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(text=message_page("full"), content_type="text/html", headers={"Retry-After": "3"})
