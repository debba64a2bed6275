"""The verbs of `fromscratch cowork` for hubs, their rooms and their members."""

from __future__ import annotations

from typing import Any

import click

from cowork.refusal import Refusal
from tui.cli.cowork.room_client import RoomClient, Target, format_time, print_json, table, target_options, with_client
from tui.cli.terminal import echo


@click.command("hubs")
@click.option("--use", help="Use the hub with this title when --hub is not given.")
@click.option("--forget", help="Forget the hub with this title. You stay a member there.")
@click.option("--address", help="Change the address of the hub (--hub) to this wss:// address.")
@target_options
def hubs_command(target: Target, use: str | None, forget: str | None, address: str | None) -> None:
    """List the hubs that you have joined; the first is the default."""
    from cowork.client.known_hubs import NO_HUBS, KnownHubs, home_folder

    hubs = KnownHubs(home_folder())
    try:
        if use:
            hubs.remember(hubs.find(use))
        if forget:
            hubs.forget(hubs.find(forget))
        if address:
            hubs.move(hubs.find(target.hub), address)
        known = hubs.all()
    except (Refusal, OSError) as error:
        raise click.UsageError(str(error)) from error
    if target.as_json:
        print_json({"hubs": known})
        return
    for line in table([[hub.title, hub.address, f"as {hub.name}"] for hub in known]):
        echo(line)
    if not known:
        echo(NO_HUBS)


@click.command("rooms")
@click.option("--add", metavar="TITLE", help="Add a room (organisers only).")
@with_client(enter=False)
async def rooms_command(client: RoomClient, add: str | None) -> None:
    """List the rooms that you may enter."""
    if add:
        added = (await client.request("add room", title=add))["room"]
        await client.wait_for(lambda: any(card.id == added for card in client.session.cards), "The room")
    cards = client.session.cards
    client.show({"rooms": cards}, table([[card.id, card.title] for card in cards]))


@click.command("invite")
@click.option("--role", type=click.Choice(["member", "guest", "organiser"]), default="member", show_default=True,
              help="The role of the people who join by it.")  # fmt: skip
@click.option("--uses", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many people may use it.")
@click.option("--days", type=click.FloatRange(0, 366, min_open=True), default=7, show_default=True,
              help="How many days it is valid.")  # fmt: skip
@with_client(enter=False)
async def invite_command(client: RoomClient, role: str, uses: int, days: float) -> None:
    """Print a new invite (organisers only). A guest's invite is for one room (--room)."""
    rooms = [client.room_id] if role == "guest" else []
    answer = await client.request("invite", role=role, uses=uses, days=days, rooms=rooms)
    client.show({"invite": answer["invite"]}, answer["invite"])


@click.command("members")
@with_client(enter=False)
async def members_command(client: RoomClient) -> None:
    """List the hub's members (organisers only)."""
    entries = await client.request("members")
    rows = [
        [entry["member"]["id"], entry["member"]["name"], entry["member"]["role"],
         f"since {format_time(entry['since'])}", "removed" if entry["gone"] else ""]
        for entry in entries
    ]  # fmt: skip
    client.show({"members": entries}, table(rows))


@click.command("role")
@click.argument("member")
@click.argument("role", type=click.Choice(["member", "guest", "organiser"]))
@with_client(enter=False)
async def role_command(client: RoomClient, member: str, role: str) -> None:
    """Change a MEMBER's role (organisers only). MEMBER is a name or an id; a guest may enter one room (--room)."""
    selected = await _find_member(client, member)
    rooms = [client.room_id] if role == "guest" else []
    await client.request("change member", member=selected["id"], role=role, rooms=rooms)
    client.show({"member": selected["id"], "role": role, "rooms": rooms}, f"{selected['name']} is now {role}.")


@click.command("remove")
@click.argument("member")
@click.option("--undo", is_flag=True, help="Let the member in again.")
@with_client(enter=False)
async def remove_command(client: RoomClient, member: str, undo: bool) -> None:
    """Remove a MEMBER at once (organisers only). MEMBER is a name or an id; their work stays."""
    selected = await _find_member(client, member)
    await client.request("change member", member=selected["id"], gone=not undo)
    says = f"{selected['name']} may enter again." if undo else f"{selected['name']} is removed."
    client.show({"member": selected["id"], "gone": not undo}, says)


async def _find_member(client: RoomClient, wanted: str) -> dict[str, Any]:
    """Raises Refusal("usage")."""
    members = [entry["member"] for entry in await client.request("members")]
    matches = [member for member in members if member["id"] == wanted]
    matches = matches or [member for member in members if member["name"].casefold() == wanted.casefold()]
    if len(matches) == 1:
        return dict(matches[0])
    if matches:
        ids = ", ".join(member["id"] for member in matches)
        raise Refusal("usage", f"Several members are called {wanted!r}. Choose one by id: {ids}.")
    raise Refusal("usage", f"Nobody here is called {wanted!r}. `fromscratch cowork members` lists everybody.")
