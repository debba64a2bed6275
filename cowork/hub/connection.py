"""One client's connection: the challenge, the sign-in, then its frames in order."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from contextlib import ExitStack
from typing import Any

import msgspec

from cowork import frames
from cowork.hub import (  # noqa: F401  they register their requests
    cohort_requests,
    departure_requests,
    meanwhile_requests,
    membership_requests,
    requests,
    webhook_requests,
)
from cowork.hub.fanout import SendQueue
from cowork.hub.hub import Hub
from cowork.hub.limits import BYTES_PER_TOKEN, MAX_REFUSALS, SIGN_IN_TIMEOUT, TokenBucket
from cowork.hub.websocket_protocol import FLOOD, WebSocketProtocol
from cowork.permissions import ENTER, Member, can, require
from cowork.refusal import Refusal
from cowork.store.contract import StoreProblem

log = logging.getLogger("cowork.hub")
MAX_QUERIES = 4  # queries and requests of one client that are answered at the same time
NOT_SIGNED_IN, GONE = 4001, 4003  # close codes
RESTART = 1012


class ConnectionEnded(Exception):
    """The client has disconnected."""


def _refused(error: Refusal | StoreProblem, id: str = "") -> frames.Refused:
    if isinstance(error, Refusal):
        return frames.Refused(error.code, error.says, id, error.data)
    log.error("%s", error)
    return frames.Refused("store", "The hub cannot reach its store at the moment. Try again in a moment.", id)


class Connection:
    """A client's connection to the hub."""

    def __init__(self, hub: Hub, websocket: WebSocketProtocol) -> None:
        self._hub = hub
        self._websocket = websocket
        self._queue = SendQueue(websocket)
        self._rate_limit = TokenBucket()
        self._rooms: set[str] = set()
        self._queries: set[asyncio.Task[None]] = set()
        self._query_slots = asyncio.Semaphore(MAX_QUERIES)
        self.member: Member
        self.key = ""

    async def run(self) -> None:
        """Serves the client until it disconnects or is disconnected."""
        with ExitStack() as limits:
            membership_changes = self._hub.membership_changes
            try:
                limits.enter_context(self._hub.address_limit.acquire(self._websocket.address))
                with self._hub.unsigned_limit.acquire(self._websocket.address):
                    await self._sign_in()
                limits.enter_context(self._hub.member_limit.acquire(self.member.id))
                await self._serve(membership_changes)
            except (Refusal, StoreProblem) as error:
                refused = _refused(error)
                self._put(refused)
                self._queue.close(NOT_SIGNED_IN, refused.code)
            except ConnectionEnded:
                pass

    async def _sign_in(self) -> None:
        nonce = secrets.token_urlsafe(24)
        self._put(frames.Challenge(self._hub.id, self._hub.title, nonce))
        try:
            async with asyncio.timeout(SIGN_IN_TIMEOUT):
                data = await self._receive()
        except TimeoutError:
            raise Refusal("too late", "Signing in took too long.") from None
        try:
            frame = frames.from_client.decode(data)
        except msgspec.DecodeError:
            frame = None
        if not isinstance(frame, frames.Enrol | frames.SignIn):
            raise Refusal("key", "You must sign in first. Your fromscratch may be too old for this hub.")
        self.member, self.key = (await self._hub.sign_in(frame, nonce)).member, frame.key

    async def _serve(self, membership_changes: int) -> None:
        self._hub.connected.add(self)
        try:
            if self._hub.membership_changes != membership_changes:  # the member may have changed during the sign-in
                await self._hub.refresh_members(self.member.id)
            self._websocket.signed_in()
            self._put(self._welcome(self.member))
            await self._read()
        finally:
            self._hub.connected.discard(self)
            for task in self._queries:
                task.cancel()
            for room in self._rooms:
                self._leave(room)
            self._queue.close(1000, "")

    def _welcome(self, member: Member) -> frames.Welcome:
        return frames.Welcome(member, self._hub.room_cards(member), time.time(), self._hub.addresses)

    # frames from the client

    async def _receive(self) -> bytes:
        message = await self._websocket.receive()
        if message is None or self._queue.closed:
            raise ConnectionEnded
        return message

    def _put(self, frame: frames.FromHub) -> None:
        self._queue.put(frames.encode(frame))

    async def _read(self) -> None:
        while True:
            data = await self._receive()
            try:
                frame = frames.from_client.decode(data)
            except msgspec.DecodeError as error:
                says = f"The hub does not understand this frame: {error}."
                self._put(frames.Refused("frame", says, frames.id_of(data)))
                frame = None
            id = str(getattr(frame, "id", None) or getattr(frame, "room", ""))
            try:
                self._rate_limit.take(1 + len(data) / BYTES_PER_TOKEN)
                if frame is not None:
                    await self._handle(frame)
            except (Refusal, StoreProblem) as error:
                self._put(_refused(error, id))
                if self._rate_limit.refused > MAX_REFUSALS:
                    self._queue.close(FLOOD, "too much at once")

    async def _handle(self, frame: Any) -> None:
        match frame:
            case frames.DoCommand():
                require(self.member, ENTER, frame.room)
                if self.member.id in self._hub.leaving:
                    raise Refusal("gone", "You are leaving this hub.")
                seq = await self._hub.ledger.execute(self.member, frame.room, frame.id, frame.command)
                self._put(frames.Ack(frame.id, seq))
            case frames.Enter():
                await self._enter(frame.room, frame.since)
            case frames.Leave():
                self._leave(frame.room)
                self._rooms.discard(frame.room)
            case frames.ReportStatus():
                self._hub.presence.change(self._queue, frame.room, here=frame.here)
            case frames.AskQuery():
                require(self.member, ENTER, frame.room)
                self._start_query(frame.id, self._hub.ledger.answer(self.member, frame.room, frame.question))
            case frames.Request():
                self._start_query(frame.id, requests.handle(self._hub, self.member, frame.what, frame.data))
            case _:
                raise Refusal("signed in", "You are already signed in.")

    async def _enter(self, room: str, since: int) -> None:
        require(self.member, ENTER, room)
        await self._hub.ledger.room(room)
        channel = self._hub.fanout.channel(room, self._hub.ledger.notified(room))
        if since > channel.seq:  # the client was connected to a hub that is ahead of this one
            await self._hub.ledger.catch_up(room)
        if not 0 <= since <= channel.seq:
            raise Refusal("ahead", "You have events that this hub does not have. Enter the room from the beginning.")
        self._hub.fanout.leave(self._queue, room)
        while self._queue not in channel.subscribers:
            sent = channel.join(self._queue, since)
            if sent is None:
                sent = channel.send(self._queue, await self._hub.store.events(room, since, frames.MAX_EVENTS))
            since = sent
            if self._queue not in channel.subscribers:
                await self._queue.drained()
                if self._queue.closed:
                    raise ConnectionEnded
                require(self.member, ENTER, room)  # the member's rights may have changed in the meantime
        if room not in self._rooms:
            self._rooms.add(room)
            self._hub.presence.enter(self._queue, room, self.member)

    def _leave(self, room: str) -> None:
        self._hub.fanout.leave(self._queue, room)
        self._hub.presence.leave(self._queue, room)

    def _start_query(self, id: str, answer: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(self._answer_query(id, answer))
        self._queries.add(task)
        task.add_done_callback(self._queries.discard)

    async def _answer_query(self, id: str, answer: Coroutine[Any, Any, Any]) -> None:
        async with self._query_slots:
            try:
                self._put(frames.Answer(id, await answer))
            except (Refusal, StoreProblem) as error:
                self._put(_refused(error, id))
            except Exception as error:
                log.error("a query could not be answered", exc_info=error)
                self._put(frames.Refused("fault", "The hub has an internal error and cannot answer; see its log.", id))

    # changes from the hub

    def addresses_changed(self) -> None:
        self._put(self._welcome(self.member))

    def member_changed(self, member: Member | None, says: str = "") -> None:
        if member is None:
            self._put(frames.Refused("gone", says))
            self._queue.close(GONE, "gone")
            return
        if member == self.member:
            return
        self.member = member
        for room in list(self._rooms):
            if can(member, ENTER, room):
                self._hub.presence.change(self._queue, room, name=member.name, role=member.role)
            else:
                self._leave(room)
                self._rooms.discard(room)
        self._put(self._welcome(member))

    def stop(self) -> None:
        self._queue.close(RESTART, "the hub stops")

    def rooms_changed(self) -> None:
        self._put(frames.RoomsChanged(self._hub.room_cards(self.member)))
