"""Connections from outside: they are counted by address before TLS, and members notice nothing."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import sys

import pytest

from cowork import frames
from cowork.hub import admission, limits
from cowork.hub.admission import Admission, Listener, network
from cowork.rooms.chat import SendMessage
from tests.support.hub import HubServer
from tests.support.waiting import TIMEOUT, until

SILENT = 5_000
ATTACK = """
import resource, socket, sys
host, port, source, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
sockets = []
for _ in range(count):
    try:
        sockets.append(socket.create_connection((host, port), 10, (source, 0)))
    except OSError:
        pass
print(len(sockets), flush=True)
sys.stdin.read()
"""


def test_connections_are_counted_by_address_until_they_close() -> None:
    gate = Admission(by_address=True, max_files=10_000)
    admitted = [gate.admit(("10.0.0.1", port)) for port in range(admission.MAX_UNSIGNED_PER_ADDRESS + 5)]
    assert admitted.count(False) == 5 and not admitted[-1]
    assert gate.admit(("10.0.0.2", 1)), "a different address is not affected"
    gate.signed_in(("10.0.0.1", 0))
    assert gate.admit(("10.0.0.1", 9_001)), "a member who signed in frees the place"
    assert not gate.admit(("10.0.0.1", 9_002))
    gate.closed(("10.0.0.1", 1))
    assert gate.admit(("10.0.0.1", 9_003))


def test_many_addresses_together_leave_room_for_others() -> None:
    gate = Admission(by_address=True, max_files=10_000)
    for host in range(4):
        assert all(gate.admit((f"10.0.0.{host}", port)) for port in range(admission.MAX_UNSIGNED_PER_ADDRESS))
    assert sum(gate.admit(("10.0.1.1", port)) for port in range(200)) == admission.BUSY_UNSIGNED_PER_ADDRESS


def test_all_connections_together_leave_descriptors_for_the_hub() -> None:
    gate = Admission(by_address=False, max_files=admission.RESERVED_FILES + 3)
    assert [gate.admit(("127.0.0.1", port)) for port in range(5)] == [True] * 3 + [False] * 2


def test_an_ipv6_network_counts_as_one_machine() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff") != network("2001:db8:0:1::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1")


def test_refusals_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    gate = Admission(by_address=False, max_files=0, clock=lambda: now)
    gate.admit(("10.0.0.1", 0))
    with caplog.at_level(logging.WARNING, "cowork.hub"):
        for port in range(1_000):
            assert not gate.admit(("10.0.0.1", port))
        assert len(caplog.records) == 1
        now = admission.REPORT_INTERVAL
        gate.admit(("10.0.0.1", 1))
    assert [record.getMessage() for record in caplog.records][1:] == [
        "1000 connections refused since the last such line, most of them from 10.0.0.1"
    ]


def test_a_connection_is_refused_even_without_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    with Listener.of(bound, Admission(by_address=True, max_files=10_000)) as listener:
        listener.setblocking(False)
        waiting = socket.create_connection(listener.getsockname())
        real = socket.socket.accept
        failures = iter([OSError(errno.EMFILE, "Too many open files")])

        def accept(self: socket.socket) -> tuple[socket.socket, object]:
            for failure in failures:
                raise failure
            return real(self)

        monkeypatch.setattr(socket.socket, "accept", accept)
        with pytest.raises(BlockingIOError):
            listener.accept()
        with waiting, pytest.raises(ConnectionResetError):
            waiting.recv(1)


async def test_silent_connections_from_outside_shut_nobody_out(
    server: HubServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if sys.platform != "linux":
        pytest.skip("only Linux has further loopback addresses without configuration")
    count = min(SILENT, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100)
    host, port = server.address.removeprefix("wss://").split(":")
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        await ada.enter("lobby")
        await bo.enter("lobby")
        attacker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ATTACK, host, port, "127.0.0.2", str(count),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert attacker.stdout is not None
        connected = asyncio.create_task(attacker.stdout.readline())
        sent = 0
        while not connected.done() or sent < 20:
            assert isinstance(await ada.do("lobby", SendMessage(f"message {sent}")), frames.Ack)
            sent += 1
            await asyncio.wait({connected}, timeout=1 / limits.FRAME_RATE)  # slower machines send more messages
        assert int(await connected) > 0
        async with server.join("Cy") as cy:
            assert isinstance(await cy.do("lobby", SendMessage("new here")), frames.Ack)
        await bo.events_until("lobby", lambda events: len(events) >= sent + 1)
        attacker.kill()
        await attacker.wait()
    refusals = [record for record in caplog.records if "refused" in record.getMessage()]
    assert 1 <= len(refusals) <= 3 and len(caplog.text) < 2**20


async def test_a_handshake_that_does_not_begin_ends(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub closes a silent connection itself, so the address can connect again."""
    host, port = server.address.removeprefix("wss://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""
    writer.close()
    async with server.join("Ada") as ada:
        await until(lambda: ada.member.id in {connection.member.id for connection in server.hub.connected})
