"""One client's connection: a challenge, who it is, then what it asks for, one after the other."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from contextlib import ExitStack
from typing import Any

import msgspec

from cowork.frames import (
    CHUNK,
    Ack,
    Answer,
    AskQuery,
    Challenge,
    DoCommand,
    Enrol,
    Enter,
    FromHub,
    Leave,
    Refused,
    ReportStatus,
    Request,
    RoomsChanged,
    SignIn,
    Welcome,
    encode,
    from_client,
    id_of,
)
from cowork.hub import (
    cohort_requests,  # noqa: F401  registers what it answers
    requests,
    webhook_requests,  # noqa: F401
)
from cowork.hub.fanout import SendQueue
from cowork.hub.hub import Hub
from cowork.hub.limits import DEBT, SHARE, SIGN_IN_TIMEOUT, TokenBucket
from cowork.hub.websocket_protocol import FLOOD, WebSocketProtocol
from cowork.permissions import ENTER, Member, can, require
from cowork.refusal import Refusal
from cowork.store.contract import StoreProblem

log = logging.getLogger("cowork.hub")
AT_ONCE = 4  # questions and requests of one client that are worked on
# why a connection is closed, beyond what websockets define
NOT_KNOWN, GONE = 4001, 4003
STOPS = 1012  # "service restart"


class Ended(Exception):
    """The client has gone."""


def _refused(error: Refusal | StoreProblem, id: str = "") -> Refused:
    if isinstance(error, Refusal):
        return Refused(error.code, error.says, id, error.data)
    log.error("%s", error)
    return Refused("store", "The hub cannot reach its store at the moment. Try again in a moment.", id)


class Connection:
    def __init__(self, hub: Hub, websocket: WebSocketProtocol) -> None:
        self._hub = hub
        self._websocket = websocket
        self._line = SendQueue(websocket)
        self._bucket = TokenBucket()
        self._rooms: set[str] = set()
        self._asked: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(AT_ONCE)
        self.member: Member

    async def run(self) -> None:
        """From the handshake to the end; cleans up after itself."""
        address = self._websocket.address
        with ExitStack() as address_limit:
            heard = self._hub.members_heard
            try:
                address_limit.enter_context(self._hub.address_limit.one(address))
                with self._hub.unsigned_limit.one(address):
                    await self._sign_in()
                address_limit.enter_context(self._hub.member_limit.one(self.member.id))
                await self._stay(heard)
            except (Refusal, StoreProblem) as error:
                refused = _refused(error)
                self._put(refused)
                self._line.end(NOT_KNOWN, refused.code)
            except Ended:
                pass

    async def _sign_in(self) -> None:
        nonce = secrets.token_urlsafe(24)
        self._put(Challenge(self._hub.id, self._hub.title, nonce))
        try:
            async with asyncio.timeout(SIGN_IN_TIMEOUT):
                data = await self._receive()
        except TimeoutError:
            raise Refusal("too late", "The hub waited in vain for you to say who you are.") from None
        try:
            frame = from_client.decode(data)
        except msgspec.DecodeError:
            frame = None
        if not isinstance(frame, Enrol | SignIn):
            raise Refusal("key", "The hub expects you to sign in first. A newer fromscratch may be needed.")
        self.member = (await self._hub.sign_in(frame, nonce)).member

    async def _stay(self, heard: int) -> None:
        self._hub.connected.add(self)
        try:
            if self._hub.members_heard != heard:  # changed while they signed in
                await self._hub.look_at(self.member.id)
            self._websocket.allow_large_frames()
            self._put(Welcome(self.member, self._hub.cards(self.member), time.time()))
            await self._read()
        finally:
            self._hub.connected.discard(self)
            for task in self._asked:
                task.cancel()
            for room in self._rooms:
                self._leave(room)
            self._line.end(1000, "")

    # in and out

    async def _receive(self) -> bytes:
        message = await self._websocket.receive()
        if message is None or self._line.ended:
            raise Ended
        return message

    def _put(self, frame: FromHub) -> None:
        self._line.put(encode(frame))

    async def _read(self) -> None:
        while True:
            data = await self._receive()
            try:
                frame = from_client.decode(data)
            except msgspec.DecodeError as error:
                self._put(Refused("frame", f"The hub does not understand that: {error}.", id_of(data)))
                frame = None
            id = str(getattr(frame, "id", None) or getattr(frame, "room", ""))
            try:
                self._bucket.take(1 + len(data) / SHARE)
                if frame is not None:
                    await self._handle(frame)
            except (Refusal, StoreProblem) as error:
                self._put(_refused(error, id))
                if self._bucket.refused > DEBT:
                    self._line.end(FLOOD, "too much at once")

    async def _handle(self, frame: Any) -> None:
        match frame:
            case DoCommand():
                require(self.member, ENTER, frame.room)
                seq = await self._hub.ledger.execute(self.member, frame.room, frame.id, frame.command)
                self._put(Ack(frame.id, seq))
            case Enter():
                await self._enter(frame.room, frame.since)
            case Leave():
                self._leave(frame.room)
                self._rooms.discard(frame.room)
            case ReportStatus():
                self._hub.presence.here(self._line, frame.room, frame.here)
            case AskQuery():
                require(self.member, ENTER, frame.room)
                self._answer(frame.id, self._hub.ledger.answer(self.member, frame.room, frame.question))
            case Request():
                self._answer(frame.id, requests.answer(self._hub, self.member, frame.what, frame.data))
            case _:
                raise Refusal("signed in", "You are signed in already.")

    async def _enter(self, room: str, since: int) -> None:
        require(self.member, ENTER, room)
        await self._hub.ledger.room(room)
        channel = self._hub.fanout.channel(room, self._hub.ledger.notified(room))
        if since > channel.seq:  # another hub was ahead of this one
            await self._hub.ledger.catch_up(room)
        if not 0 <= since <= channel.seq:
            raise Refusal("ahead", "You have events that this hub never had. Begin anew in this room.")
        self._hub.fanout.leave(self._line, room)
        while self._line not in channel.lines:
            sent = channel.join(self._line, since)
            if sent is None:
                sent = channel.send(self._line, await self._hub.store.events(room, since, CHUNK))
            since = sent
            if self._line not in channel.lines:
                await self._line.drained()
                if self._line.ended:
                    raise Ended
                require(self.member, ENTER, room)  # they may have been shut out meanwhile
        if room not in self._rooms:
            self._rooms.add(room)
            self._hub.presence.enter(self._line, room, self.member)

    def _leave(self, room: str) -> None:
        self._hub.fanout.leave(self._line, room)
        self._hub.presence.leave(self._line, room)

    def _answer(self, id: str, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(self._work(id, work))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _work(self, id: str, work: Coroutine[Any, Any, Any]) -> None:
        async with self._free:
            try:
                self._put(Answer(id, await work))
            except (Refusal, StoreProblem) as error:
                self._put(_refused(error, id))
            except Exception as error:
                log.error("a question could not be answered", exc_info=error)
                self._put(Refused("fault", "The hub has a fault and cannot answer. Its log says more.", id))

    # what the hub says of the member

    def became(self, member: Member | None) -> None:
        """Acts at once on what an organiser has changed."""
        if member is None:
            self._put(Refused("gone", "An organiser of this hub has shut you out."))
            self._line.end(GONE, "gone")
            return
        if member == self.member:
            return
        self.member = member
        for room in list(self._rooms):
            if can(member, ENTER, room):
                self._hub.presence.became(self._line, room, member)
            else:
                self._leave(room)
                self._rooms.discard(room)
        self._put(Welcome(member, self._hub.cards(member), time.time()))

    def stop(self) -> None:
        self._line.end(STOPS, "the hub stops")

    def rooms_changed(self) -> None:
        self._put(RoomsChanged(self._hub.cards(self.member)))
