"""What an organiser asks about webhooks: "webhooks", "add webhook", "remove webhook" and "test webhook"."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import msgspec

from cowork.administration import CHANGE_WEBHOOKS
from cowork.hub.http_post import check_url
from cowork.hub.requests import Nothing, request
from cowork.hub.webhook import Webhook
from cowork.hub.webhook_payloads import Kind, WebhookEvent
from cowork.permissions import Member
from cowork.refusal import Refusal

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

MOST = 5
USUAL: tuple[Kind, ...] = ("pass", "review", "meeting", "break")  # what people say stays in the room unless asked for


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """`secret`: "" for one that the hub makes."""

    url: str
    format: Literal["discord", "json", ""] = ""
    kinds: tuple[Kind, ...] = USUAL
    rooms: tuple[str, ...] = ()
    secret: str = ""


class Named(msgspec.Struct, forbid_unknown_fields=True):
    id: str


@request("webhooks", CHANGE_WEBHOOKS, Nothing)
async def webhooks(hub: Hub, by: Member, data: Nothing) -> Any:
    """All of them, without what only the other side may know: a path may be a password, as Discord's are."""
    await hub.webhooks.load()
    return [
        {"id": id, "host": urlsplit(line.webhook.url).netloc, "format": line.webhook.format,
         "kinds": line.webhook.kinds, "rooms": line.webhook.rooms, "posted": line.posted, "dropped": line.dropped,
         "problem": line.problem}
        for id, line in hub.webhooks.lines.items()
    ]  # fmt: skip


@request("add webhook", CHANGE_WEBHOOKS, NewWebhook)
async def add_webhook(hub: Hub, by: Member, data: NewWebhook) -> Any:
    """{"id", "secret"}: the secret is told this once."""
    url = check_url(data.url)
    known = {room.id for room in await hub.store.rooms()}
    if not set(data.rooms) <= known or not data.kinds or "test" in data.kinds or len(data.secret) > 200:
        raise Refusal("data", "A webhook tells of at least one kind of event, of all rooms or of some of this hub.")
    format = data.format or ("discord" if _is_discord(url) else "json")
    secret = data.secret or secrets.token_urlsafe(24)
    made = Webhook(secrets.token_hex(4), url, format, data.kinds, secret, data.rooms)

    def added(there: tuple[Webhook, ...]) -> tuple[Webhook, ...]:
        if len(there) >= MOST:
            raise Refusal("too many", f"A hub has at most {MOST} webhooks. Remove one first.")
        return (*there, made)

    await hub.webhooks.change(added)
    return {"id": made.id, "secret": secret if format == "json" else ""}


def _is_discord(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname in ("discord.com", "discordapp.com") and parts.path.startswith("/api/webhooks/")


@request("remove webhook", CHANGE_WEBHOOKS, Named)
async def remove_webhook(hub: Hub, by: Member, data: Named) -> Any:
    _line(hub, data.id)
    await hub.webhooks.change(lambda there: tuple(one for one in there if one.id != data.id))
    return None


@request("test webhook", CHANGE_WEBHOOKS, Named)
async def test_webhook(hub: Hub, by: Member, data: Named) -> Any:
    """Posts a word of its own; "webhooks" tells how that went."""
    _line(hub, data.id).put(
        WebhookEvent("test", "", hub.title, 0, time.time(), by.name, f"{by.name} tries this webhook.")
    )
    return None


def _line(hub: Hub, id: str) -> Any:
    if id not in hub.webhooks.lines:
        raise Refusal("unknown", f"There is no webhook {id!r}.")
    return hub.webhooks.lines[id]
