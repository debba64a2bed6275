"""What a hub says about its addresses, and how a client chooses among several."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cowork import certificates, invites
from cowork.client import connection
from cowork.client.connection import Unreachable, first_reachable, join
from cowork.hub import reachability
from cowork.hub.hosting import HostOptions, check_running
from cowork.hub.reachability import OwnAddress, check, classify, listened_addresses, offered, own_addresses, report
from cowork.refusal import Refusal
from tests.support.cowork_clients import running_session
from tests.support.hub import HubServer, Serve
from tests.support.waiting import until

HOME = OwnAddress("192.168.1.5", "wlan0", "private")
VPN = OwnAddress("100.101.1.2", "tailscale0", "vpn")
CARRIER = OwnAddress("100.70.1.2", "eth0", "carrier")
LOOPBACK = OwnAddress("127.0.0.1", "lo", "loopback")
PUBLIC = OwnAddress("2a01:4f8::5", "eth0", "public")


@pytest.mark.parametrize(
    ("address", "interface", "kind"),
    [
        ("127.0.0.1", "lo", "loopback"),
        ("::1", "lo", "loopback"),
        ("169.254.3.4", "eth0", "link"),
        ("fe80::1%eth0", "eth0", "link"),
        ("192.168.1.5", "wlan0", "private"),
        ("10.8.0.2", "tun0", "vpn"),
        ("10.8.0.2", "eth0", "private"),
        ("100.101.1.2", "tailscale0", "vpn"),
        ("100.101.1.2", "utun4", "vpn"),
        ("100.70.1.2", "eth0", "carrier"),
        ("172.17.0.1", "docker0", "container"),
        ("172.18.0.1", "br-12ab", "container"),
        ("fd00::2", "eth0", "private"),
        ("2a01:4f8::5", "eth0", "public"),
        ("8.8.8.8", "eth0", "public"),
    ],
)
def test_who_reaches_an_address(address: str, interface: str, kind: str) -> None:
    assert classify(address, interface) == kind


def test_invites_contain_what_others_can_reach() -> None:
    assert offered([HOME, VPN, PUBLIC, CARRIER, LOOPBACK], 8765) == [
        "192.168.1.5:8765", "100.101.1.2:8765", "[2a01:4f8::5]:8765",
    ]  # fmt: skip
    assert offered([LOOPBACK, CARRIER], 1) == ["127.0.0.1:1"]


def test_the_addresses_of_this_machine() -> None:
    own = own_addresses()
    assert "127.0.0.1" in [each.address for each in own if each.kind == "loopback"]
    assert [each.address for each in listened_addresses("127.0.0.1")] == ["127.0.0.1"]
    assert listened_addresses("0.0.0.0") == [each for each in own if ":" not in each.address]
    assert listened_addresses("::") == own
    assert listened_addresses("8.8.8.8") == [OwnAddress("8.8.8.8", "", "public")]


@pytest.mark.parametrize(
    ("addresses", "advice"),
    [
        ([LOOPBACK], "--address 0.0.0.0"),
        ([HOME, LOOPBACK], "your router forwards"),
        ([CARRIER, LOOPBACK], "CGNAT"),
        ([PUBLIC, HOME], ""),
    ],
)
async def test_the_report_says_what_to_do(
    addresses: list[OwnAddress], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fine(*_: object) -> str:
        return ""

    monkeypatch.setattr(reachability, "listened_addresses", lambda _: addresses)
    monkeypatch.setattr(reachability, "check", fine)
    monkeypatch.setattr(reachability, "CONTAINER_FILES", ())
    lines = await report("0.0.0.0", 8765, "", [])
    assert [line.split()[0] for line in lines[: len(addresses)]] == ["✓"] * len(addresses)
    assert all(each.address in line for each, line in zip(addresses, lines, strict=False))
    assert advice in "\n".join(lines) and (len(lines) > len(addresses)) == bool(advice)
    monkeypatch.setattr(reachability, "CONTAINER_FILES", (Path("/"),))
    assert any("container" in line for line in await report("0.0.0.0", 8765, "", [])) == (addresses != [LOOPBACK])


@pytest.fixture
def silent() -> Iterator[str]:
    """An address at which connections open, but nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


async def test_a_check_connects_and_asks(
    server: HubServer, silent: str, closed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reachability, "CHECK_TIMEOUT", 0.3)
    assert await check(closed, server.fingerprint) == "connection refused"
    assert await check(silent, server.fingerprint) == "no answer"
    monkeypatch.undo()
    address = server.address.removeprefix("wss://")
    assert await check(address, server.fingerprint) == ""
    assert await check(address, "ab" * 32) == "a server with a different certificate answers"

    def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n[]")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as plain:
        other = f"127.0.0.1:{plain.sockets[0].getsockname()[1]}"
        assert await check(other, "", tls=False) == "a different server answers"
    running = HostOptions(tmp_path, port=int(address.partition(":")[2]))
    said: list[str] = []
    assert await check_running(running, said.append) and said[0].startswith("  ✓ 127.0.0.1")
    stopped = HostOptions(tmp_path, port=int(closed.partition(":")[2]))
    assert not await check_running(stopped, said.append) and said[-1].startswith("  ✗ 127.0.0.1")
    with pytest.raises(Refusal, match="There is no hub"):
        await check_running(HostOptions(tmp_path / "none"), said.append)
    lines = await report("127.0.0.1", int(address.partition(":")[2]), server.fingerprint, [closed])
    assert lines[0].startswith("  ✓ 127.0.0.1") and lines[1].startswith("  ✗") and "outside" in lines[2]


async def test_of_several_addresses_the_first_that_answers(
    server: HubServer, silent: str, closed: str, tmp_path: Path, serve_hub: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve_hub(tmp_path / "other") as other:
        assert other.fingerprint != server.fingerprint
        addresses = [f"wss://{silent}", f"wss://{closed}", other.address, server.address]
        start = time.monotonic()
        assert await first_reachable(addresses, server.fingerprint) == server.address
        assert time.monotonic() - start < connection.RACE_TIMEOUT
        monkeypatch.setattr(connection, "RACE_TIMEOUT", 1.0)
        with pytest.raises(Unreachable, match="none of its 3 addresses"):
            await first_reachable(addresses[:3], server.fingerprint)
        assert await first_reachable([addresses[1]], server.fingerprint) == addresses[1]  # the connection says why
    monkeypatch.undo()
    made, stored = invites.create(addresses, server.fingerprint, "member", time.time())
    await server.hub.store.add_invite(stored)
    known = await join(made.text(), "Ann", tmp_path / "ann")
    assert known.address == server.address
    session = running_session(known, tmp_path / "ann", "lobby")
    async with session as ann:
        await until(lambda: ann.state == "online", "Ann is online")


async def test_a_hub_announces_all_its_addresses_and_forgets_earlier_ones(tmp_path: Path, serve_hub: Serve) -> None:
    async with serve_hub(tmp_path) as server:
        await server.hub.store.put("hub:wss://10.0.0.9:1", f"{time.time():.0f} {server.fingerprint}")
        server.hub.own_addresses.append("wss://10.0.0.1:8765")
        await server.hub._register()
        assert server.hub.addresses == [server.address, "wss://10.0.0.1:8765"]
    assert certificates.load_or_create(tmp_path).fingerprint == server.fingerprint
