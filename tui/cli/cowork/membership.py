"""The verbs of `fromscratch cowork` for members and invites."""

from __future__ import annotations

from typing import Any

import click

from cowork.refusal import Refusal
from tui.cli.cowork.room_client import RoomClient, format_time, table, with_client


@click.command("invite")
@click.option("--role", type=click.Choice(["member", "guest", "organiser"]), default="member", show_default=True,
              help="The role of the people who join with it.")  # fmt: skip
@click.option("--uses", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many people may use it.")
@click.option("--days", type=click.FloatRange(0, 366, min_open=True), default=7, show_default=True,
              help="How many days it is valid.")  # fmt: skip
@click.option("--for", "label", default="", metavar="WHOM", help="For whom it is, as `cowork invites` shows it.")
@with_client(enter=False)
async def invite_command(client: RoomClient, role: str, uses: int, days: float, label: str) -> None:
    """Print a new invite (organisers only). A guest's invite is for one room (--room)."""
    rooms = [client.room_id] if role == "guest" else []
    answer = await client.request("invite", role=role, uses=uses, days=days, rooms=rooms, label=label)
    client.show({"invite": answer["invite"], "id": answer["id"]}, answer["invite"])


@click.command("invites")
@with_client(enter=False)
async def invites_command(client: RoomClient) -> None:
    """List the invites: who made each, for whom, who joined with it, and how many still can (organisers only)."""
    invites = await client.request("invites")
    rows = [
        [invite["id"], invite["role"], f"by {invite['by']}", f"for {invite['label']}" if invite["label"] else "",
         _left(invite), f"used by {', '.join(invite['used_by'])}" if invite["used_by"] else ""]
        for invite in invites
    ]  # fmt: skip
    client.show({"invites": invites}, table(rows) if rows else "There are no invites.")


def _left(invite: dict[str, Any]) -> str:
    if invite["revoked"]:
        return "revoked"
    if not invite["left"]:
        return "used up" if len(invite["used_by"]) >= invite["total"] else "expired"
    return f"{invite['left']} of {invite['total']} left until {format_time(invite['expires'])}"


@click.command("revoke")
@click.argument("invite")
@with_client(enter=False)
async def revoke_command(client: RoomClient, invite: str) -> None:
    """Revoke an INVITE, by its id in `cowork invites` (organisers only). Members who joined with it stay."""
    await client.request("revoke invite", invite=invite)
    client.show({"invite": invite, "revoked": True}, f"Nobody can join with the invite {invite} any more.")


@click.command("members")
@with_client(enter=False)
async def members_command(client: RoomClient) -> None:
    """List the hub's members (organisers only)."""
    entries = await client.request("members")
    rows = [
        [entry["member"]["id"], entry["member"]["name"], entry["member"]["role"],
         f"since {format_time(entry['since'])}", "left" if entry["left"] else "removed" if entry["gone"] else ""]
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
    article = "an" if role == "organiser" else "a"
    client.show(
        {"member": selected["id"], "role": role, "rooms": rooms}, f"{selected['name']} is now {article} {role}."
    )


@click.command("remove")
@click.argument("member")
@click.option("--undo", is_flag=True, help="Let the member in again.")
@click.option("--delete-data", "forget", is_flag=True,
              help="Also delete everything that they wrote and handed in, and their name.")  # fmt: skip
@with_client(enter=False)
async def remove_command(client: RoomClient, member: str, undo: bool, forget: bool) -> None:
    """Remove a MEMBER at once (organisers only). MEMBER is a name or an id; their work stays, without --delete-data.
    The invite that they came by is revoked, and so are those that they made."""
    selected = await _find_member(client, member)
    answer = await client.request("change member", member=selected["id"], gone=not undo, forget=forget)
    lines = [f"{selected['name']} may enter again." if undo else f"{selected['name']} has been removed."]
    lines += ["Everything that they wrote and handed in is deleted."] if forget else []
    lines += [f"The invite {invite} has been revoked: they knew it." for invite in answer["revoked"]]
    client.show({"member": selected["id"], "gone": not undo, "revoked": answer["revoked"]}, lines)


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
    raise Refusal("usage", f"No member is called {wanted!r}. `fromscratch cowork members` lists all members.")
