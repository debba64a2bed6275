"""A session reports a server that is no hub, has a different version, or lies, and nothing breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from cowork import certificates, frames
from cowork.client import connection
from cowork.client.known_hubs import KnownHub
from cowork.frames import CaughtUp, Challenge, Events, RoomCard, Welcome, encode
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Event
from cowork.rooms.chat import MessageRetracted, MessageSent, SendMessage
from tests.support.cowork_clients import running_session
from tests.support.waiting import until

CHALLENGE = encode(Challenge("h1", "A hub", "nonce"))
WELCOME = encode(Welcome(Member("m1", "Ada", "member"), [RoomCard("lobby", "Lobby")], 0.0))
Part = Callable[[ServerConnection], Awaitable[None]]


@contextlib.asynccontextmanager
async def strange(part: Part, folder: Path) -> AsyncIterator[KnownHub]:
    certificate = certificates.load_or_create(folder)
    async with serve(part, "127.0.0.1", 0, ssl=certificate.context()) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield KnownHub("h1", f"wss://127.0.0.1:{port}", certificate.fingerprint, "A hub", "m1", "Ada")


def says(*frames: bytes, then: bytes = b"", welcome: bool = False) -> Part:
    """A hub that says this, then waits for the client to end it. `then`: after the room was entered."""

    async def part(socket: ServerConnection) -> None:
        for frame in (CHALLENGE, WELCOME) if welcome else ():
            await socket.send(frame)
            if frame == CHALLENGE:
                await socket.recv()
        for frame in frames:
            await socket.send(frame)
        async for _ in socket:
            if then:
                await socket.send(then)

    return part


async def hangs_up(socket: ServerConnection) -> None:
    await socket.close(1013, "come back later")


def events(*facts: Any, first: int = 1) -> bytes:
    made = [Event(first + n, 0.0, "ben", "Ben", f"c{n}", fact) for n, fact in enumerate(facts)]
    return encode(Events("lobby", made))


@pytest.mark.parametrize(
    ("part", "state", "sentence"),
    [
        (says(b"hello"), "refused", "unknown frame"),
        (says(b"\xff\xfe"), "refused", "unknown frame"),
        (says(encode(CaughtUp("lobby", 1))), "refused", "not a fromscratch hub"),
        (says(encode(Challenge("h1", "A hub", "n", frames.VERSION + 1))), "refused", "update this fromscratch"),
        (says(encode(Challenge("h1", "A hub", "n", frames.VERSION - 1))), "refused", "update the hub's fromscratch"),
        (says(encode(Challenge("h2", "A hub", "n"))), "refused", "is not A hub"),
        (says(encode(frames.Refused("full", "Too many are here."))), "offline", "Too many are here"),
        (says(CHALLENGE, encode(CaughtUp("lobby", 1))), "refused", "update this fromscratch"),
        (says(CHALLENGE, encode(frames.Refused("gone", "You are shut out."))), "refused", "shut out"),
        (says(b'{"type":"dance"}', welcome=True), "refused", "unknown frame"),
        (says(b'{"type":"events","room":"lobby","events":[{"seq":1}]}', welcome=True), "refused", "unknown frame"),
        (says(b"[" * 100_000, welcome=True), "refused", "unknown frame"),
        (says(b"x" * 3_000_000, welcome=True), "offline", "cannot be reached"),
        (hangs_up, "offline", "come back later"),
    ],
)
async def test_what_is_strange_is_said(part: Part, state: str, sentence: str, tmp_path: Path) -> None:
    async with strange(part, tmp_path) as known, running_session(known, tmp_path) as session:
        await until(lambda: session.state == state and sentence in session.message, sentence)


async def test_who_never_answers_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT", 0.1)
    async with strange(says(), tmp_path) as known, running_session(known, tmp_path) as session:
        await until(lambda: session.state == "offline")
        assert "does not answer" in session.message


async def test_another_server_is_no_hub(tmp_path: Path) -> None:
    certificate = certificates.load_or_create(tmp_path)

    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(web, "127.0.0.1", 0, ssl=certificate.context())
    port = server.sockets[0].getsockname()[1]
    known = KnownHub("h1", f"wss://127.0.0.1:{port}", certificate.fingerprint, "A hub", "m1", "Ada")
    async with running_session(known, tmp_path) as session:
        await until(lambda: session.state == "offline")
        assert "404" in session.message
    server.close()


async def test_a_hub_that_tells_what_cannot_be_is_left(tmp_path: Path) -> None:
    """It takes back a message that never was: the fold fails, and that is told as a fault."""
    part = says(then=events(MessageRetracted(7)), welcome=True)
    async with strange(part, tmp_path) as known, running_session(known, tmp_path) as session:
        await until(lambda: session.state == "online")
        entering = asyncio.create_task(session.enter("lobby"))
        await until(lambda: session.state == "refused")
        assert "has a bug" in session.message
        await asyncio.wait([entering])
        with pytest.raises(Refusal):
            await session.do("lobby", SendMessage("x"))


async def test_what_was_not_asked_for_does_no_harm(tmp_path: Path) -> None:
    unasked = [
        events(MessageSent("to nobody")), encode(CaughtUp("lobby", 9)), encode(frames.Present("attic", [], True)),
        encode(frames.Ack("what", 3)), encode(frames.Answer("what", {})), encode(frames.Refused("x", "No.", "what")),
        encode(frames.RoomsChanged([RoomCard("attic", "Attic")])),
    ]  # fmt: skip
    async with strange(says(*unasked, welcome=True), tmp_path) as known, running_session(known, tmp_path) as session:
        await until(lambda: [card.id for card in session.cards] == ["attic"])
        assert session.state == "online" and session.rooms == {}
