"""`fromscratch cowork webhook`: chosen events posted to Discord, or to any address. For organisers."""

from __future__ import annotations

import click

from tui.cli.cowork.shared import At, Where, table, where_options

KINDS = ("pass", "review", "meeting", "break", "message")


@click.group("webhook")
def webhook_command() -> None:
    """Where the hub posts what happens."""


@webhook_command.command("list")
@where_options
def list_command(where: Where) -> None:
    """The hub's webhooks, and how the last post went."""

    async def listed(at: At) -> None:
        found = await at.request("webhooks")
        rows = [
            [one["id"], one["host"], one["format"], ",".join(one["kinds"]), f"{one['posted']} posted", one["problem"]]
            for one in found
        ]
        at.show({"webhooks": found}, table(rows) or "None.")

    where.talk(listed, enter=False)


@webhook_command.command("add")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Again for more. All but messages.")
@click.option("--in", "rooms", multiple=True, metavar="ROOM", help="What happens in this room, by its id. All rooms.")
@click.option("--format", type=click.Choice(["discord", "json"]), help="By the address, if not given.")
@where_options
def add_command(where: Where, url: str, kinds: tuple[str, ...], rooms: tuple[str, ...], format: str | None) -> None:
    """Post to URL (https://…) from now on.

    Discord gets messages; other addresses get {"version", "hub", "events"} as JSON, signed with a secret that is shown
    once: X-Fromscratch-Signature is "sha256=" and the HMAC-SHA256 of X-Fromscratch-Timestamp, a dot and the body.
    """

    async def add(at: At) -> None:
        given = {"kinds": kinds, "rooms": rooms, "format": format}
        made = await at.request("add webhook", url=url, **{name: value for name, value in given.items() if value})
        secret = f" Its secret: {made['secret']}" if made["secret"] else ""
        at.show(made, f"Added as {made['id']}.{secret}")

    where.talk(add, enter=False)


@webhook_command.command("remove")
@click.argument("id")
@where_options
def remove_command(where: Where, id: str) -> None:
    """Post there no more."""

    async def remove(at: At) -> None:
        await at.request("remove webhook", id=id)
        at.show({}, "Removed.")

    where.talk(remove, enter=False)


@webhook_command.command("test")
@click.argument("id")
@where_options
def test_command(where: Where, id: str) -> None:
    """Post a word, and tell how that went. Exit code 1: not well."""
    import asyncio

    async def test(at: At) -> None:
        async def now() -> dict[str, object]:
            return next((one for one in await at.request("webhooks") if one["id"] == id), {})

        before = await now()
        await at.request("test webhook", id=id)
        after = before
        for _ in range(100):
            await asyncio.sleep(0.2)
            after = await now()
            if after.get("posted") != before.get("posted") or after.get("problem"):
                break
        problem = str(after.get("problem") or "") if after.get("posted") == before.get("posted") else ""
        waits = not problem and after.get("posted") == before.get("posted")
        at.show({"webhook": after}, problem or ("Nothing has come of it yet." if waits else "Posted."))
        at.code = 1 if problem or waits else 0

    where.talk(test, enter=False)
