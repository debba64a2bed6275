"""An organiser's requests about webhooks: "webhooks", "add webhook", "remove webhook" and "test webhook"."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import msgspec

from cowork.hub.http_post import check_url
from cowork.hub.requests import NoData, request
from cowork.hub.webhook import Webhook, WebhookQueue
from cowork.hub.webhook_payloads import Kind, WebhookEvent
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.registry import CHANGE_WEBHOOKS

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

MAX_WEBHOOKS = 5
DEFAULT_KINDS: tuple[Kind, ...] = (
    "pass",
    "review",
    "meeting",
    "assignment",
    "break",
)  # messages are posted only if chosen


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """`secret`: "" if the hub generates it."""

    url: str
    format: Literal["discord", "json", ""] = ""
    kinds: tuple[Kind, ...] = DEFAULT_KINDS
    rooms: tuple[str, ...] = ()
    secret: str = ""


class WebhookId(msgspec.Struct, forbid_unknown_fields=True):
    id: str


@request("webhooks", CHANGE_WEBHOOKS, NoData)
async def webhooks(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns all webhooks, without secrets and paths: a path can be a password, as Discord's are."""
    await hub.webhooks.load()
    return [
        {"id": id, "host": urlsplit(queue.webhook.url).netloc, "format": queue.webhook.format,
         "kinds": queue.webhook.kinds, "rooms": queue.webhook.rooms, "posted": queue.posted, "dropped": queue.dropped,
         "problem": queue.problem}
        for id, queue in hub.webhooks.queues.items()
    ]  # fmt: skip


@request("add webhook", CHANGE_WEBHOOKS, NewWebhook)
async def add_webhook(hub: Hub, by: Member, data: NewWebhook) -> Any:
    """Adds a webhook. Returns {"id", "secret"}; the secret is not shown again."""
    url = check_url(data.url, hub.webhooks.allowed)
    known = {room.id for room in await hub.store.rooms()}
    if not set(data.rooms) <= known or not data.kinds or "test" in data.kinds or len(data.secret) > 200:
        raise Refusal(
            "data", "A webhook posts at least one kind of event, from all rooms or from some rooms of this hub."
        )
    format = data.format or ("discord" if _is_discord(url) else "json")
    secret = data.secret or secrets.token_urlsafe(24)
    webhook = Webhook(secrets.token_hex(4), url, format, data.kinds, secret, data.rooms)

    def add(webhooks: tuple[Webhook, ...]) -> tuple[Webhook, ...]:
        if len(webhooks) >= MAX_WEBHOOKS:
            raise Refusal("too many", f"A hub has at most {MAX_WEBHOOKS} webhooks. Remove one first.")
        return (*webhooks, webhook)

    await hub.webhooks.change(add)
    return {"id": webhook.id, "secret": secret if format == "json" else ""}


def _is_discord(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname in ("discord.com", "discordapp.com") and parts.path.startswith("/api/webhooks/")


@request("remove webhook", CHANGE_WEBHOOKS, WebhookId)
async def remove_webhook(hub: Hub, by: Member, data: WebhookId) -> Any:
    _queue(hub, data.id)
    await hub.webhooks.change(lambda webhooks: tuple(webhook for webhook in webhooks if webhook.id != data.id))
    return None


@request("test webhook", CHANGE_WEBHOOKS, WebhookId)
async def test_webhook(hub: Hub, by: Member, data: WebhookId) -> Any:
    """Posts a test event; the request "webhooks" shows whether it was posted."""
    _queue(hub, data.id).put(
        WebhookEvent("test", "", hub.title, 0, time.time(), by.name, f"{by.name} tests this webhook.")
    )
    return None


def _queue(hub: Hub, id: str) -> WebhookQueue:
    if id not in hub.webhooks.queues:
        raise Refusal("unknown", f"This hub has no webhook {id!r}.")
    return hub.webhooks.queues[id]
