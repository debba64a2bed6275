"""Verbs of `fromscratch cowork` for hubs, their rooms and their members."""

from __future__ import annotations

from typing import Any

import click

from tui.cli.cowork.shared import At, Where, clock_time, say_json, table, where_options


@click.command("hubs")
@click.option("--use", help="Make the hub of this title the one that is used without --hub.")
@click.option("--forget", help="Forget the hub of this title. Your membership stays there.")
@click.option("--address", help="The hub (--hub) has moved: it is at this wss:// address now.")
@where_options
def hubs_command(where: Where, use: str | None, forget: str | None, address: str | None) -> None:
    """The hubs that you have joined; the first is used where none is named."""
    from cowork.client.known_hubs import KnownHubs, home_folder
    from cowork.refusal import Refusal

    hubs = KnownHubs(home_folder())
    try:
        if use:
            hubs.remember(hubs.find(use))
        if forget:
            hubs.forget(hubs.find(forget))
        if address:
            hubs.move(hubs.find(where.hub), address)
        known = hubs.all()
    except (Refusal, OSError) as error:
        raise click.UsageError(str(error)) from error
    if where.as_json:
        say_json({"hubs": known})
        return
    for line in table([[one.title, one.address, f"as {one.name}"] for one in known]):
        click.echo(line)
    if not known:
        click.echo("You have joined no hub yet. `fromscratch join INVITE` joins one; `fromscratch host` is one.")


@click.command("rooms")
@click.option("--add", metavar="TITLE", help="Make a room. For organisers.")
@where_options
def rooms_command(where: Where, add: str | None) -> None:
    """The rooms that you may enter."""

    async def rooms(at: At) -> None:
        if add:
            made = (await at.request("add room", title=add))["room"]
            await at.until(lambda: any(card.id == made for card in at.session.cards), 10, "The room")
        cards = at.session.cards
        at.show({"rooms": cards}, table([[card.id, card.title] for card in cards]))

    where.talk(rooms, enter=False)


@click.command("invite")
@click.option("--role", type=click.Choice(["member", "guest", "organiser"]), default="member", show_default=True)
@click.option("--uses", type=click.IntRange(1, 1000), default=1, show_default=True, help="For so many people.")
@click.option("--days", type=click.FloatRange(0, 366, min_open=True), default=7, show_default=True, help="How long.")
@where_options
def invite_command(where: Where, role: str, uses: int, days: float) -> None:
    """Make an invite, to be sent to somebody. A guest's is for one room (--room). For organisers."""

    async def invite(at: At) -> None:
        rooms = [at.room_id] if role == "guest" else []
        made = await at.request("invite", role=role, uses=uses, days=days, rooms=rooms)
        at.show({"invite": made["invite"]}, made["invite"])

    where.talk(invite, enter=False)


@click.command("members")
@where_options
def members_command(where: Where) -> None:
    """All who have joined. For organisers."""

    async def members(at: At) -> None:
        found = await at.request("members")
        rows = [
            [one["member"]["id"], one["member"]["name"], one["member"]["role"], f"since {clock_time(one['since'])}",
             "shut out" if one["gone"] else ""]
            for one in found
        ]  # fmt: skip
        at.show({"members": found}, table(rows))

    where.talk(members, enter=False)


@click.command("role")
@click.argument("member")
@click.argument("role", type=click.Choice(["member", "guest", "organiser"]))
@where_options
def role_command(where: Where, member: str, role: str) -> None:
    """Give a MEMBER (by name or id) another role; a guest may enter one room (--room). For organisers."""

    async def change(at: At) -> None:
        one = await _member(at, member)
        rooms = [at.room_id] if role == "guest" else []
        await at.request("change member", member=one["id"], role=role, rooms=rooms)
        at.show({"member": one["id"], "role": role, "rooms": rooms}, f"{one['name']} is {role} now.")

    where.talk(change, enter=False)


@click.command("remove")
@click.argument("member")
@click.option("--undo", is_flag=True, help="Let them in again.")
@where_options
def remove_command(where: Where, member: str, undo: bool) -> None:
    """Shut a MEMBER (by name or id) out, at once. What they did stays. For organisers."""

    async def remove(at: At) -> None:
        one = await _member(at, member)
        await at.request("change member", member=one["id"], gone=not undo)
        says = f"{one['name']} is let in again." if undo else f"{one['name']} is shut out."
        at.show({"member": one["id"], "gone": not undo}, says)

    where.talk(remove, enter=False)


async def _member(at: At, wanted: str) -> dict[str, Any]:
    """Raises Refusal."""
    from cowork.refusal import Refusal

    members = [one["member"] for one in await at.request("members")]
    found = [one for one in members if one["id"] == wanted]
    found = found or [one for one in members if one["name"].casefold() == wanted.casefold()]
    if len(found) == 1:
        return dict(found[0])
    if found:
        ids = ", ".join(one["id"] for one in found)
        raise Refusal("usage", f"Several members are called {wanted!r}. Say which by id: {ids}.")
    raise Refusal("usage", f"Nobody here is {wanted!r}. `fromscratch cowork members` lists all.")
