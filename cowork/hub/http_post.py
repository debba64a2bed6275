"""Posts one HTTP request to a webhook: without redirects or proxies, and without reading the response's body."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import h11

from cowork.invites import is_loopback
from cowork.refusal import Refusal

POST_TIMEOUT = 15.0  # seconds for the whole exchange


class PostFailed(Exception):
    """The address cannot be reached, or does not speak HTTP."""


@dataclass(frozen=True)
class PostResponse:
    """`retry_after`: seconds that the server asks to wait."""

    status: int
    retry_after: float | None = None


def check_url(url: str) -> str:
    """Returns the URL if the hub can post to it. Raises Refusal("url").

    Outside this machine, the URL must use TLS. Any https address is accepted, private networks included, because
    organisers are trusted and groups run their own chat servers. The response is not shown to anybody.
    """
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise Refusal("url", "This is not a valid URL.") from None
    host = parts.hostname or ""
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= 500
    if not (plain and host and port_fits) or parts.username is not None or parts.fragment:
        raise Refusal("url", "Give a URL such as https://example.org/hook, without a user or fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise Refusal("url", "A webhook's URL starts with https://; http:// is accepted only for this machine.")
    return url


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def post(url: str, body: bytes, headers: dict[str, str], tls: ssl.SSLContext | None = None) -> PostResponse:
    """Posts a JSON body. Raises PostFailed."""
    try:
        async with asyncio.timeout(POST_TIMEOUT):
            return await _post(url, body, headers, tls)
    except (OSError, TimeoutError, h11.ProtocolError) as error:
        raise PostFailed(str(error) or type(error).__name__) from error


async def _post(url: str, body: bytes, headers: dict[str, str], tls: ssl.SSLContext | None) -> PostResponse:
    parts = urlsplit(check_url(url))
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=(tls or _tls()) if secure else None)
    try:
        http = h11.Connection(h11.CLIENT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = {
            "Host": parts.netloc, "User-Agent": "fromscratch-hub", "Content-Type": "application/json",
            "Content-Length": str(len(body)), "Connection": "close", **headers,
        }  # fmt: skip
        request = h11.Request(method="POST", target=target, headers=list(fields.items()))
        writer.write(b"".join(http.send(event) or b"" for event in (request, h11.Data(body), h11.EndOfMessage())))
        await writer.drain()
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(65_536))
            elif isinstance(event, h11.Response):
                return PostResponse(event.status_code, _retry_after(event.headers))
            elif not isinstance(event, h11.InformationalResponse):
                raise PostFailed("no response")
    finally:
        writer.close()


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Returns Retry-After in seconds; a date is ignored."""
    value = next((value for name, value in headers if name == b"retry-after"), b"")
    with suppress(ValueError):
        return max(float(value), 0.0)
    return None
