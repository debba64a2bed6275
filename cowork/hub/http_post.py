"""Posts one HTTP request to a webhook: without redirects or proxies, and without reading the response's body."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

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


def check_url(url: str, allowed: Collection[str] = ()) -> str:
    """Returns the URL if the hub can post to it. Raises Refusal("url").

    A webhook reaches public addresses over TLS. An organiser in the app must not use one to look at the ports of the
    hub's machine or of its network, so `allowed` names the further hosts that whoever runs the hub allows, as "host" or
    "host:port"; these may be reached without TLS too.
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
    if _is_allowed(host, _port(parts), allowed):
        return url
    if parts.scheme != "https":
        raise Refusal("url", "A webhook's URL starts with https://.")
    if is_loopback(host) or not _is_public(host, otherwise=True):
        raise Refusal("url", NOT_PUBLIC.format(host=host))
    return url


NOT_PUBLIC = (
    "{host} is not a public address. Whoever runs the hub can allow it: `fromscratch host --allow-webhook {host}`."
)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_allowed(host: str, port: int, allowed: Collection[str]) -> bool:
    return host in allowed or f"{host}:{port}" in allowed


def _is_public(address: str, otherwise: bool) -> bool:
    """Whether an IP address can be reached from everywhere; `otherwise`, if it is a name."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return otherwise
    return ip.is_global and not ip.is_multicast


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def post(
    url: str, body: bytes, headers: dict[str, str], tls: ssl.SSLContext | None = None, allowed: Collection[str] = ()
) -> PostResponse:
    """Posts a JSON body; `allowed` is that of `check_url`. Raises PostFailed."""
    try:
        async with asyncio.timeout(POST_TIMEOUT):
            return await _post(url, body, headers, tls, allowed)
    except Refusal as error:
        raise PostFailed(error.says) from error
    except (OSError, TimeoutError, h11.ProtocolError) as error:
        raise PostFailed(str(error) or type(error).__name__) from error


async def _resolve(host: str, port: int, allowed: Collection[str]) -> str:
    """Returns the address to connect to: it is checked and used, so a name cannot change in between. Raises OSError,
    and Refusal("url")."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not _is_allowed(host, port, allowed):
        addresses = [address for address in addresses if _is_public(address, otherwise=False)]
    if not addresses:
        raise Refusal("url", NOT_PUBLIC.format(host=host))
    return addresses[0]


async def _post(
    url: str, body: bytes, headers: dict[str, str], tls: ssl.SSLContext | None, allowed: Collection[str]
) -> PostResponse:
    parts = urlsplit(check_url(url, allowed))
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", _port(parts)
    reader, writer = await asyncio.open_connection(
        await _resolve(host, port, allowed), port, ssl=(tls or _tls()) if secure else None,
        server_hostname=host if secure else None,
    )  # fmt: skip
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
