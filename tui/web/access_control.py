"""Access control for the app in a browser: a token in the first URL, then a session cookie, from this origin only."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from aiohttp import web

from tui.web.pages import message_page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# The page loads nothing from other sites, cannot be framed, and sends no referrer.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class AccessControl:
    """Lets requests through that carry the token or the session cookie.

    `origin` is the public origin, such as https://course.example; `hosts` are the host names that the server accepts.
    """

    def __init__(self, origin: str, hosts: frozenset[str], token: str, scheme: str) -> None:
        self.origin = origin
        self.hosts = hosts
        self.scheme = scheme
        self._token = token
        self._session = secrets.token_urlsafe(32)
        # Cookies ignore the port, so two servers on one machine need different cookie names.
        self._cookie = "fromscratch-" + secrets.token_hex(4)

    @property
    def url(self) -> str:
        """The URL that grants access, with the token in it."""
        return f"{self.origin}/?token={quote(self._token, safe='')}"

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Checks every request, also those for unknown routes."""
        if not self._is_same_origin(request):
            return _forbidden("foreign")
        if _equal(request.query.get("token", ""), self._token):
            return self._start_session()
        if not _equal(request.cookies.get(self._cookie, ""), self._session):
            return _forbidden("token")
        return await handler(request)

    def _start_session(self) -> web.Response:
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            self._cookie, self._session, httponly=True, samesite="Strict", secure=self.origin.startswith("https:")
        )
        return response

    def _is_same_origin(self, request: web.Request) -> bool:
        """Rejects unknown host names (DNS rebinding) and requests from other origins."""
        host = request.headers.get("Host", "")
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if name not in self.hosts:
            return False
        origin = request.headers.get("Origin")
        if origin is None:
            return request.path != "/ws"
        return origin.lower() in (self.origin, f"{self.scheme}://{host}".lower())


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Adds the security headers to a response."""
    response.headers.update(HEADERS)
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"


def _forbidden(message: str) -> web.Response:
    return web.Response(status=403, text=message_page(message), content_type="text/html")


def _equal(received: str, expected: str) -> bool:
    return hmac.compare_digest(received.encode("utf-8", "replace"), expected.encode())
