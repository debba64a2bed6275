"""Webhooks: post chosen events to Discord or to any URL, in the background.

The process that stored an event posts it, so that only one of several hubs and workers does. Queued events are kept
in memory only: a hub that dies loses some, but posts none twice.
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
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import msgspec

from cowork.hub.http_post import PostFailed, post
from cowork.hub.webhook_payloads import Kind, WebhookEvent, discord, webhook_event
from cowork.rooms.base import Event, Room
from cowork.store.sql import Store

log = logging.getLogger("cowork.webhook")
SETTING = CHANNEL = "webhooks"
ALLOWED = "webhooks.allowed"  # the setting with the hosts that whoever runs the hub allows, as a JSON list
MAX_QUEUED = 500  # events of one webhook; older ones are dropped
MAX_BATCH = 10  # events in a post
MAX_TRIES = 6
POST_INTERVAL = 1.0  # seconds between posts
FIRST_DELAY, MAX_DELAY = 1.0, 300.0  # seconds before a retry


class Webhook(msgspec.Struct, frozen=True):
    """`secret` signs posts in the format "json"; `rooms`: those whose events are posted, () for all."""

    id: str
    url: str
    format: Literal["discord", "json"]
    kinds: tuple[Kind, ...]
    secret: str
    rooms: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(tuple[Webhook, ...])


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Returns X-Fromscratch-Signature: HMAC-SHA256 over X-Fromscratch-Timestamp, a dot and the body."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class WebhookQueue:
    """The events to post to one webhook. `problem`: why the last post failed, "" if it did not."""

    def __init__(self, webhook: Webhook, hub: str, tls: ssl.SSLContext | None, allowed: Collection[str]) -> None:
        self.webhook, self.allowed = webhook, allowed
        self.problem = ""
        self.posted = self.dropped = 0
        self._hub, self._tls = hub, tls
        self._events: deque[WebhookEvent] = deque()
        self._wake = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    def put(self, event: WebhookEvent) -> None:
        """Queues an event if the webhook has chosen it. Never waits."""
        chosen = event.kind in self.webhook.kinds and (not self.webhook.rooms or event.room in self.webhook.rooms)
        if not chosen and event.kind != "test":
            return
        if len(self._events) >= MAX_QUEUED:
            self._events.popleft()
            self.dropped += 1
        self._events.append(event)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._events:
                batch = [self._events.popleft() for _ in range(min(MAX_BATCH, len(self._events)))]
                if await self._deliver(batch):
                    self.posted += len(batch)
                else:
                    self.dropped += len(batch)
                    log.warning("webhook %s: %d events not posted: %s", self.webhook.id, len(batch), self.problem)
                await asyncio.sleep(POST_INTERVAL)

    async def _deliver(self, batch: Sequence[WebhookEvent]) -> bool:
        """Posts events, and retries after temporary failures. Returns whether they were posted."""
        for failures in range(MAX_TRIES):
            body, headers = self._encode(batch)
            delay = min(FIRST_DELAY * 2**failures, MAX_DELAY) * random.uniform(0.5, 1.0)
            try:
                response = await post(self.webhook.url, body, headers, self._tls, self.allowed)
            except PostFailed as error:
                self.problem = f"not reached: {error}"
            else:
                if 200 <= response.status < 300:
                    self.problem = ""
                    return True
                self.problem = f"answered {response.status}"
                if response.status not in (408, 429) and response.status < 500:  # not temporary
                    return False
                delay = delay if response.retry_after is None else min(response.retry_after, MAX_DELAY)
            if failures < MAX_TRIES - 1:
                await asyncio.sleep(delay)
        return False

    def _encode(self, batch: Sequence[WebhookEvent]) -> tuple[bytes, dict[str, str]]:
        if self.webhook.format == "discord":
            return msgspec.json.encode(discord(batch)), {}
        body = msgspec.json.encode({"version": 1, "hub": self._hub, "events": batch})
        timestamp = str(int(time.time()))
        signed = signature(self.webhook.secret, timestamp, body)
        return body, {"X-Fromscratch-Timestamp": timestamp, "X-Fromscratch-Signature": signed}


class Webhooks:
    """The webhooks of a store. `tls`: a test's context, which trusts the test's certificate."""

    def __init__(self, store: Store, tls: ssl.SSLContext | None = None) -> None:
        self._store, self._tls = store, tls
        self._title = ""
        self.queues: dict[str, WebhookQueue] = {}
        self.allowed: frozenset[str] = frozenset()
        self._changing = asyncio.Lock()
        self._loading: set[asyncio.Task[None]] = set()
        self._unlisten: Callable[[], None] = lambda: None

    async def start(self) -> None:
        self._unlisten = self._store.listen(self._on_notification)
        await self.load()

    def _on_notification(self, channel: str, payload: str) -> None:
        if channel == CHANNEL:
            task = asyncio.create_task(self.load())
            self._loading.add(task)
            task.add_done_callback(self._loading.discard)

    async def load(self) -> None:
        """Reads the stored webhooks; unchanged ones keep their queues."""
        async with self._changing:
            self._title = await self._store.get("title") or "fromscratch"
            self.allowed = frozenset(msgspec.json.decode(await self._store.get(ALLOWED) or "[]", type=list[str]))
            stored = {webhook.id: webhook for webhook in await self.stored()}
            for id in [id for id, queue in self.queues.items() if stored.get(id) != queue.webhook]:
                self.queues.pop(id).task.cancel()
            for id, webhook in stored.items():
                if id not in self.queues:
                    self.queues[id] = WebhookQueue(webhook, self._title, self._tls, self.allowed)
                self.queues[id].allowed = self.allowed

    async def allow(self, hosts: Sequence[str]) -> None:
        """Stores the hosts, as "host" or "host:port", that webhooks may reach besides public addresses."""
        await self._store.put(ALLOWED, msgspec.json.encode(list(hosts)).decode())
        await self._store.publish(CHANNEL, "")
        await self.load()

    async def stored(self) -> tuple[Webhook, ...]:
        """Returns the stored webhooks; () if a different version stored them in a form that this one cannot read."""
        try:
            return _decoder.decode(await self._store.get(SETTING) or "[]")
        except msgspec.DecodeError as error:
            log.error("the stored webhooks cannot be read: %s", error)
            return ()

    async def change(self, change: Callable[[tuple[Webhook, ...]], tuple[Webhook, ...]]) -> None:
        """Stores changed webhooks, and notifies all hubs."""
        async with self._changing:
            await self._store.put(SETTING, msgspec.json.encode(change(await self.stored())).decode())
        await self._store.publish(CHANNEL, "")
        await self.load()

    def on_events(self, room: Room, events: Sequence[Event[Any]], own: bool) -> None:
        """Queues stored events if this process stored them (`own`). Never waits or raises."""
        if not self.queues or not own:
            return
        for event in events:
            try:
                payload = webhook_event(room, event)
            except Exception:
                log.exception("event %d of %s cannot be posted", event.seq, room.id)
                continue
            if payload is not None:
                for queue in self.queues.values():
                    queue.put(payload)

    async def close(self) -> None:
        """Stops posting, and drops the queued events."""
        self._unlisten()
        tasks = [*self._loading, *(queue.task for queue in self.queues.values())]
        self.queues.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
