"""The verbs of `fromscratch cowork webhook`: post chosen events to Discord or to any address (organisers only)."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from tui.cli.cowork.room_client import RoomClient, table, with_client

KINDS = ("pass", "review", "meeting", "assignment", "break", "message")


@click.group("webhook")
def webhook_command() -> None:
    """Post the hub's events to other services."""


@webhook_command.command("list")
@with_client(enter=False)
async def list_command(client: RoomClient) -> None:
    """List the hub's webhooks, with the result of the last post."""
    webhooks = await client.request("webhooks")
    rows = [
        [webhook["id"], webhook["host"], webhook["format"], ",".join(webhook["kinds"]),
         f"{webhook['posted']} posted", webhook["problem"]]
        for webhook in webhooks
    ]  # fmt: skip
    client.show({"webhooks": webhooks}, table(rows) or "None.")


@webhook_command.command("add")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS),
              help="Post this kind of event; can be given several times (default: all but messages).")  # fmt: skip
@click.option("--in", "rooms", multiple=True, metavar="ROOM",
              help="Post the events of this room, by its id; can be given several times (default: all).")  # fmt: skip
@click.option("--format", type=click.Choice(["discord", "json"]), help="The format (default: by the address).")
@with_client(enter=False)
async def add_command(
    client: RoomClient, url: str, kinds: tuple[str, ...], rooms: tuple[str, ...], format: str | None
) -> None:
    """Post events to URL (https://…) from now on.

    Discord receives messages. Other addresses receive {"version", "hub", "events"} as JSON, signed with a secret that
    is shown only once: X-Fromscratch-Signature is "sha256=" and the HMAC-SHA256 of X-Fromscratch-Timestamp, a dot and
    the body.
    """
    options = {"kinds": kinds, "rooms": rooms, "format": format}
    chosen = {name: value for name, value in options.items() if value}
    added = await client.request("add webhook", url=url, **chosen)
    secret = f" Its secret: {added['secret']}" if added["secret"] else ""
    client.show(added, f"Added as {added['id']}.{secret}")


@webhook_command.command("remove")
@click.argument("id")
@with_client(enter=False)
async def remove_command(client: RoomClient, id: str) -> None:
    """Remove a webhook."""
    await client.request("remove webhook", id=id)
    client.show({}, "Removed.")


@webhook_command.command("test")
@click.argument("id")
@with_client(enter=False)
async def test_command(client: RoomClient, id: str) -> None:
    """Post a test message and print the result. Exit code 1: the post failed."""

    async def state() -> dict[str, Any]:
        return next((webhook for webhook in await client.request("webhooks") if webhook["id"] == id), {})

    before = await state()
    await client.request("test webhook", id=id)
    after = before
    for _ in range(100):
        await asyncio.sleep(0.2)
        after = await state()
        if after.get("posted") != before.get("posted") or after.get("problem"):
            break
    posted = after.get("posted") != before.get("posted")
    problem = "" if posted else str(after.get("problem") or "There is no result yet.")
    client.show({"webhook": after}, problem or "Posted.")
    client.exit_code = 0 if posted else 1
