"""A webhook reaches public addresses, and the hosts that whoever runs the hub allows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cowork.hub.http_post import PostFailed, check_url, post
from cowork.refusal import Refusal


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "ftp://example.org/", "https://", "https://user:secret@example.org/", "https://a b/",
     "https://example.org:0/", "https://example.org:99999/", "https://example.org/#x", "http://127.0.0.1.example.org/",
     "https://example.org/\r\nHost: x", "https://exämple.org/", "javascript:alert(1)", "x" * 600, "https://[::1"],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(Refusal):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [("https://example.org/x?y=1", []), ("https://1.1.1.1/", []), ("http://127.0.0.1:80/", ["127.0.0.1"]),
     ("http://[::1]/", ["::1:80"]), ("http://localhost/", ["localhost"]), ("https://10.0.0.1:84/", ["10.0.0.1:84"])],
)  # fmt: skip
def test_addresses_that_may_be(url: str, allowed: list[str]) -> None:
    assert check_url(url, allowed) == url


@pytest.mark.parametrize(
    ("url", "allowed"),
    [("http://127.0.0.1:22/", []), ("https://127.0.0.1:22/", []), ("https://localhost:22/", []), ("https://[::1]/", []),
     ("https://192.168.1.1/", []), ("https://169.254.169.254/", []), ("https://[::ffff:10.0.0.1]/", []),
     ("http://127.0.0.1:22/", ["127.0.0.1:80"])],
)  # fmt: skip
async def test_a_webhook_does_not_look_at_the_hosts_own_ports(url: str, allowed: list[str]) -> None:
    with pytest.raises(Refusal):
        check_url(url, allowed)
    with pytest.raises(PostFailed):
        await post(url, b"{}", {}, allowed=allowed)


async def test_a_name_that_leads_to_this_machine_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is checked that is connected to, whatever the name was before."""
    connected = asyncio.Event()
    server = await asyncio.start_server(lambda *_: connected.set(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]

        async def getaddrinfo(host: str, port: int, **options: Any) -> list[Any]:
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        with pytest.raises(PostFailed, match="not a public address"):
            await post(f"https://public.example.org:{port}/", b"{}", {})
        assert not connected.is_set()
