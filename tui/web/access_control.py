"""Who may come in: those who bring the token, and after that the cookie it was changed for; and from no other site."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from aiohttp import web

from tui.web.pages import note

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Nothing is loaded from elsewhere, nothing frames the page, and no address of it is told to anybody.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Door:
    """`address` is what a browser opens, as in https://course.example; `names` the hosts this server answers to."""

    def __init__(self, address: str, names: frozenset[str], token: str, scheme: str) -> None:
        self.address = address
        self.names = names
        self.scheme = scheme
        self._token = token
        self._session = secrets.token_urlsafe(32)
        # Cookies know no ports, so two servers on one machine would take each other's.
        self._cookie = "fromscratch-" + secrets.token_hex(4)

    @property
    def invitation(self) -> str:
        """The address that lets in."""
        return f"{self.address}/?token={quote(self._token, safe='')}"

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Before every route, those that do not exist too."""
        if not self._from_here(request):
            return _refusal("foreign")
        if _same(request.query.get("token", ""), self._token):
            return self._let_in()
        if not _same(request.cookies.get(self._cookie, ""), self._session):
            return _refusal("token")
        return await handler(request)

    def _let_in(self) -> web.Response:
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            self._cookie, self._session, httponly=True, samesite="Strict", secure=self.address.startswith("https:")
        )
        return response

    def _from_here(self, request: web.Request) -> bool:
        """A name that points here from elsewhere (DNS rebinding) is not ours, and a page of another site is not."""
        host = request.headers.get("Host", "")
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if name not in self.names:
            return False
        origin = request.headers.get("Origin")
        if origin is None:
            return request.path != "/ws"
        return origin.lower() in (self.address, f"{self.scheme}://{host}".lower())


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """To every answer."""
    response.headers.update(HEADERS)
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"


def _refusal(why: str) -> web.Response:
    return web.Response(status=403, text=note(why), content_type="text/html")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
