"""Webhooks: chosen events are posted to Discord or to any address, well behind what people in the rooms see.

The process that stored an event posts it, so of several hubs and workers over one store exactly one does. What waits
is kept in memory only: a hub that dies posts less, never twice over.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import random
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from cowork.hub.http_post import PostFailed, PostResponse, post
from cowork.hub.webhook_payloads import Kind, WebhookEvent, discord, webhook_event
from cowork.rooms.base import Event, Room
from cowork.store.contract import Store

log = logging.getLogger("cowork.webhook")
SETTING = CHANNEL = "webhooks"
WAITING = 500  # notes of one webhook; older ones are dropped
TOGETHER = 10  # notes in a post
TRIES = 6
PAUSE, FIRST, LONGEST = 1.0, 1.0, 300.0  # seconds between posts; before a second try; before any


class Webhook(msgspec.Struct, frozen=True):
    """`secret` signs posts in format "json"; `rooms`: those it tells of, all where there are none named."""

    id: str
    url: str
    format: Literal["discord", "json"]
    kinds: tuple[Kind, ...]
    secret: str
    rooms: tuple[str, ...] = ()


decoder = msgspec.json.Decoder(tuple[Webhook, ...])


def signature(secret: str, at: str, body: bytes) -> str:
    """What X-Fromscratch-Signature holds: HMAC-SHA256 over the time (X-Fromscratch-Timestamp), a dot and the body."""
    return "sha256=" + hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


class WebhookQueue:
    """What waits for one webhook. `problem`: why the last post failed, "" where it did not."""

    def __init__(self, webhook: Webhook, hub: str, tls: ssl.SSLContext | None) -> None:
        self.webhook = webhook
        self.problem = ""
        self.posted = self.dropped = 0
        self._hub, self._tls = hub, tls
        self._notes: deque[WebhookEvent] = deque()
        self._wake = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    def put(self, one: WebhookEvent) -> None:
        """Never waits."""
        chosen = one.kind in self.webhook.kinds and (not self.webhook.rooms or one.room in self.webhook.rooms)
        if not chosen and one.kind != "test":
            return
        if len(self._notes) >= WAITING:
            self._notes.popleft()
            self.dropped += 1
        self._notes.append(one)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._notes:
                batch = [self._notes.popleft() for _ in range(min(TOGETHER, len(self._notes)))]
                if await self._delivered(batch):
                    self.posted += len(batch)
                else:
                    self.dropped += len(batch)
                    log.warning("webhook %s: %d events not posted: %s", self.webhook.id, len(batch), self.problem)
                await asyncio.sleep(PAUSE)

    async def _delivered(self, batch: Sequence[WebhookEvent]) -> bool:
        for again in range(TRIES):
            body, headers = self._written(batch)
            wait = min(FIRST * 2**again, LONGEST) * random.uniform(0.5, 1.0)
            try:
                answer = await post(self.webhook.url, body, headers, self._tls)
            except PostFailed as error:
                self.problem = f"not reached: {error}"
            else:
                if 200 <= answer.status < 300:
                    self.problem = ""
                    return True
                self.problem = f"answered {answer.status}"
                if not _passes(answer):
                    return False
                wait = wait if answer.retry_after is None else min(answer.retry_after, LONGEST)
            if again < TRIES - 1:
                await asyncio.sleep(wait)
        return False

    def _written(self, batch: Sequence[WebhookEvent]) -> tuple[bytes, dict[str, str]]:
        if self.webhook.format == "discord":
            return msgspec.json.encode(discord(batch)), {}
        body = msgspec.json.encode({"version": 1, "hub": self._hub, "events": batch})
        at = str(int(time.time()))
        return body, {
            "X-Fromscratch-Timestamp": at,
            "X-Fromscratch-Signature": signature(self.webhook.secret, at, body),
        }


def _passes(answer: PostResponse) -> bool:
    """Whether another try may go better: too many requests, or a fault of the other side."""
    return answer.status in (408, 429) or answer.status >= 500


class Webhooks:
    """All webhooks over a store, for a process that stores events there. `tls`: for addresses whose certificate only
    a test trusts."""

    def __init__(self, store: Store, tls: ssl.SSLContext | None = None) -> None:
        self._store, self._tls = store, tls
        self._title = ""
        self.lines: dict[str, WebhookQueue] = {}
        self._changing = asyncio.Lock()
        self._loading: set[asyncio.Task[None]] = set()
        self._unlisten: Callable[[], None] = lambda: None

    async def start(self) -> None:
        self._unlisten = self._store.listen(self._heard)
        await self.load()

    def _heard(self, channel: str, payload: str) -> None:
        if channel == CHANNEL:
            task = asyncio.create_task(self.load())
            self._loading.add(task)
            task.add_done_callback(self._loading.discard)

    async def load(self) -> None:
        """Takes the webhooks as they are stored; what waits for one that stays is kept."""
        async with self._changing:
            self._title = await self._store.get("title") or "fromscratch"
            stored = {one.id: one for one in await self.stored()}
            for id in [id for id, line in self.lines.items() if stored.get(id) != line.webhook]:
                self.lines.pop(id).task.cancel()
            for id, webhook in stored.items():
                if id not in self.lines:
                    self.lines[id] = WebhookQueue(webhook, self._title, self._tls)

    async def stored(self) -> tuple[Webhook, ...]:
        """Raises nothing: what another version of the hub stored and this one cannot read is left alone."""
        try:
            return decoder.decode(await self._store.get(SETTING) or "[]")
        except msgspec.DecodeError as error:
            log.error("the webhooks that are stored cannot be read: %s", error)
            return ()

    async def change(self, changed: Callable[[tuple[Webhook, ...]], tuple[Webhook, ...]]) -> None:
        """Stores others, for all hubs."""
        async with self._changing:
            await self._store.put(SETTING, msgspec.json.encode(changed(await self.stored())).decode())
        await self._store.publish(CHANNEL, "")
        await self.load()

    def happened(self, room: Room, events: Sequence[Event[Any]], own: bool) -> None:
        """Takes in what was stored, by this process (`own`) or another; never waits, never fails."""
        if not self.lines or not own:
            return
        for event in events:
            try:
                one = webhook_event(room, event)
            except Exception:
                log.exception("event %d of %s cannot be told", event.seq, room.id)
                continue
            if one is not None:
                for line in self.lines.values():
                    line.put(one)

    async def close(self) -> None:
        """Stops; what waits is not posted any more."""
        self._unlisten()
        tasks = [*self._loading, *(line.task for line in self.lines.values())]
        self.lines.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
