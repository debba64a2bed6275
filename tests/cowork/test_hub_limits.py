"""A hub's limits against large frames, floods, nonsense, forged verdicts, clients that do not read."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from cowork import frames
from cowork.certificates import client_context
from cowork.hub import fanout, limits
from cowork.hub.limits import TokenBucket
from cowork.permissions import Role
from cowork.refusal import Refusal
from cowork.rooms.chat import SendMessage
from cowork.rooms.submissions import Graded, RecordVerdict
from tests.support.hub import HubServer
from tests.support.waiting import TIMEOUT, until


async def closed(peer_socket: websockets.ClientConnection) -> int | None:
    """Reads to the end; the code that the hub gave."""
    try:
        async with asyncio.timeout(TIMEOUT):
            while True:
                await peer_socket.recv()
    except ConnectionClosed as ended:
        return ended.rcvd.code if ended.rcvd else None


async def test_a_frame_that_is_too_large_ends_its_connection_and_no_other(server: HubServer) -> None:
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        await ada.socket.send(b"x" * (frames.MAX_FRAME + 1))
        assert await closed(ada.socket) == 1009
        assert isinstance(await bo.do("lobby", SendMessage("still here")), frames.Ack)


async def test_who_is_not_signed_in_may_say_little(server: HubServer) -> None:
    async with server.socket() as stranger:
        await stranger.recv()
        await stranger.send(b" " * (limits.SIGN_IN_FRAME + 1))
        assert await closed(stranger) == 1009
    async with server.socket() as stranger:
        await stranger.recv()
        await stranger.send(frames.encode(frames.DoCommand("1", "lobby", SendMessage("hello"))))
        refused = frames.from_hub.decode(await stranger.recv())
        assert isinstance(refused, frames.Refused) and refused.code == "key"
        assert await closed(stranger) == 4001
    assert (await server.hub.ledger.room("lobby")).seq == 0


async def test_who_does_not_sign_in_is_not_waited_for(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cowork.hub.connection.SIGN_IN_TIMEOUT", 0.1)
    async with server.socket() as stranger:
        await stranger.recv()
        refused = frames.from_hub.decode(await stranger.recv())
        assert isinstance(refused, frames.Refused) and refused.code == "too late"
        assert await closed(stranger) == 4001


async def test_a_client_that_sends_no_request_is_disconnected(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cowork.hub.websocket_protocol.SIGN_IN_TIMEOUT", 0.1)
    host, port = server.address.removeprefix("wss://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=client_context(server.fingerprint))
    writer.write(b"GET /")
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""
    writer.close()


async def test_a_client_that_answers_no_ping_is_disconnected_and_others_stay(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cowork.hub.websocket_protocol.PING_INTERVAL", 0.2)
    async with server.join("Ada") as ada, server.join("Bo") as bo:
        ada.socket.transport.pause_reading()
        await until(lambda: ada.member.id not in {connection.member.id for connection in server.hub.connected})
        ada.socket.transport.resume_reading()
        assert await closed(ada.socket) == 1011
        assert isinstance(await bo.do("lobby", SendMessage("still here")), frames.Ack)


async def test_an_address_has_only_so_many_connections_that_are_not_signed_in(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.hub.unsigned_limit, "_limit", 1)
    async with (
        server.join("Ada"),
        server.socket() as first,
    ):  # Ada is signed in, and takes no such place any more
        await first.recv()
        async with server.socket() as second:
            refused = frames.from_hub.decode(await second.recv())
            assert isinstance(refused, frames.Refused) and refused.code == "full"
            assert await closed(second) == 4001


async def test_a_flood_is_refused_then_cut_and_nobody_else_notices(server: HubServer) -> None:
    async with server.join("Flo") as flo, server.join("Bo") as bo:
        await bo.enter("lobby")
        for index in range(limits.FRAME_BURST + limits.MAX_REFUSALS + 200):
            await flo.send(frames.DoCommand(f"{index}", "lobby", SendMessage("!")))
        codes = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                frame = await flo.next()
                codes.append(frame.code if isinstance(frame, frames.Refused) else frame.__class__.__name__)
        assert await closed(flo.socket) == 4029
        assert codes[: limits.FRAME_BURST] == ["Ack"] * limits.FRAME_BURST and "too fast" in codes
        assert isinstance(await bo.do("lobby", SendMessage("a quiet word")), frames.Ack)
        said = (await server.hub.ledger.room("lobby")).seq
        assert limits.FRAME_BURST < said < limits.FRAME_BURST + limits.MAX_REFUSALS


@pytest.mark.parametrize("head", [b"\x89", b"\x8a", b"\x00"], ids=["pings", "pongs", "pieces"])
async def test_a_flood_of_what_no_application_sees_is_cut(server: HubServer, head: bytes) -> None:
    async with server.socket() as stranger, server.join("Bo") as bo:
        await stranger.recv()
        begin = b"\x02\x80\0\0\0\0" if head == b"\x00" else b""  # of a message that does not end
        stranger.transport.write(begin + (head + b"\x80\0\0\0\0") * 50_000)
        assert await closed(stranger) == 4029
        assert isinstance(await bo.do("lobby", SendMessage("a quiet word")), frames.Ack)


def test_a_bucket_fills_again_and_large_frames_take_more_of_it() -> None:
    now = 0.0
    bucket = TokenBucket(burst=4, rate=2, clock=lambda: now)
    bucket.take(3)
    bucket.take()
    with pytest.raises(Refusal, match="2 frames per second") as refused:
        bucket.take()
    assert (refused.value.code, bucket.refused) == ("too fast", 1)
    now = 0.5
    bucket.take()
    assert bucket.refused == 0
    now = 60.0
    bucket.take(4)
    with pytest.raises(Refusal):
        bucket.take()


NONSENSE = (
    b"", b"{", b"\xff\xfe", b'{"type":"do"}', b'{"type":"nothing"}', b"[1]", b"[" * 5_000, b'{"a":' * 5_000,
    b'{"type":"do","id":"1","room":"lobby","command":{"do":"judged"}}',
    b'{"type":"do","id":"\\u001b[31m","room":"lobby","command":{"do":"say","text":"x"}}',
    b'{"type":"do","id":"' + b"1" * 65 + b'","room":"lobby","command":{"do":"say","text":"x"}}',
    b'{"type":"here","room":"lobby","here":{"exercise":"\\u001b[31m"}}',
    b'{"type":"here","room":"lobby","here":{"checks":-1}}',
    b'{"type":"enter","room":"nowhere"}', b'{"type":"enter","room":"lobby","since":-1}',
    b'{"type":"enter","room":"lobby","since":7}', b'{"type":"sign in","key":"","signature":""}',
    b'{"type":"request","id":"1","what":"nothing"}', b'{"type":"request","id":"1","what":"invite","data":{"uses":0}}',
)  # fmt: skip


async def test_what_makes_no_sense_is_refused_and_the_connection_goes_on(server: HubServer) -> None:
    async with server.join("Ada", "organiser") as ada:
        for frame in NONSENSE:
            await ada.socket.send(frame)
            assert isinstance(await ada.next(), frames.Refused), frame
        assert await ada.do("lobby", SendMessage("and on it goes"), "last") == frames.Ack("last", 1)


@pytest.mark.parametrize("role", ["member", "organiser", "guest"])
async def test_a_verdict_is_the_hubs_to_give_and_nobody_elses(server: HubServer, role: Role) -> None:
    async with server.join("Mal", role, ("lobby",) if role == "guest" else ()) as mal:
        forged = await mal.do("lobby", RecordVerdict(Graded("1", "passed")))
        assert isinstance(forged, frames.Refused) and forged.code == "not allowed"
    assert (await server.hub.ledger.room("lobby")).seq == 0


async def test_who_does_not_read_is_cut_loose_and_comes_back_without_a_gap(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "MAX_QUEUED", 64 * 1024)
    monkeypatch.setattr("cowork.hub.connection.TokenBucket", lambda: TokenBucket(1e9, 1e9))
    async with server.join("Slow") as slow, server.join("Bo") as bo:
        await slow.enter("lobby")
        await bo.enter("lobby")
        slow.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        slow.socket.transport.pause_reading()
        word, sent = "\N{SNAIL}" * 4_000, 0  # 16 KB
        while any(one.member.id == slow.member.id for one in server.hub.connected):
            sent += 1
            assert isinstance(await bo.do("lobby", SendMessage(word)), frames.Ack)
            assert sent < 2_000, "a client that reads nothing is still there"
        monkeypatch.undo()
        slow.socket.transport.resume_reading()
        assert await closed(slow.socket) in (4008, None)  # None: it was too slow to be told as well
        assert isinstance(await bo.do("lobby", SendMessage("done")), frames.Ack)
        async with server.sign_in(slow.key) as again:
            await again.enter("lobby")
            seqs = [event.seq for event in again.events["lobby"]]
            assert seqs == [*range(1, len(seqs) + 1)] and len(seqs) == sent + 1


async def test_who_is_gone_in_the_middle_of_a_long_history_is_not_waited_for(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cowork.hub.connection.TokenBucket", lambda: TokenBucket(1e9, 1e9))
    async with server.join("Bo") as bo:
        for _ in range(120):
            assert isinstance(await bo.do("lobby", SendMessage("\N{SNAIL}" * 4_000)), frames.Ack)
        async with server.join("Slow") as slow:
            slow.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
            slow.socket.transport.pause_reading()
            await slow.send(frames.Enter("lobby"))
            (there,) = [one for one in server.hub.connected if one.member.id == slow.member.id]
            # The hub has sent what the socket accepts, and holds the next piece.
            await until(lambda: not there._queue._drained.is_set())
            assert there._queue._bytes <= frames.MAX_FRAME  # and not the whole history
            slow.socket.transport.abort()
            await until(lambda: there not in server.hub.connected)
        assert isinstance(await bo.do("lobby", SendMessage("on it goes")), frames.Ack)
