"""Requests to the hub rather than to a room, by name. Other files register theirs on import."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from cowork import invites, sanitize
from cowork.frames import RoomCard
from cowork.permissions import Member, Right, Role, require
from cowork.refusal import Refusal
from cowork.rooms.registry import ADD_ROOMS, CHANGE_MEMBERS, INVITE

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

Handler = Callable[["Hub", Member, Any], Awaitable[Any]]
D = TypeVar("D", bound=msgspec.Struct)
REQUESTS: dict[str, tuple[Right, type[msgspec.Struct], Handler]] = {}


def request(what: str, right: Right, data: type[D]) -> Callable[[Callable[[Hub, Member, D], Awaitable[Any]]], Any]:
    """Registers the decorated `async (hub, by, data) -> answer` for members who have `right`."""

    def register(handler: Callable[[Hub, Member, D], Awaitable[Any]]) -> Any:
        REQUESTS[what] = (right, data, handler)
        return handler

    return register


async def handle(hub: Hub, by: Member, what: str, data: dict[str, Any]) -> Any:
    """Checks a request's rights and data, and returns the answer. Raises Refusal."""
    if what not in REQUESTS:
        raise Refusal("unknown", f"The hub knows no request {what!r}.")
    right, data_type, handler = REQUESTS[what]
    require(by, right)
    try:
        converted = msgspec.convert(data, data_type)
    except msgspec.ValidationError as error:
        raise Refusal("data", f"{what}: {error}.") from error
    return await handler(hub, by, converted)


class NoData(msgspec.Struct, forbid_unknown_fields=True):
    pass


class NewInvite(msgspec.Struct, forbid_unknown_fields=True):
    """`rooms`: those that a guest may enter; `days`: until it expires."""

    role: Role = "member"
    uses: int = 1
    days: float = 7.0
    rooms: tuple[str, ...] = ()


@request("invite", INVITE, NewInvite)
async def invite(hub: Hub, by: Member, data: NewInvite) -> Any:
    """Returns {"invite": its text}."""
    if data.role == "hub" or not 1 <= data.uses <= 1_000 or not 0 < data.days <= 366:
        raise Refusal(
            "data", "An invite has the role member, guest or organiser, 1 to 1000 uses, and expires within 366 days."
        )
    known = {room.id for room in await hub.store.rooms()}
    if not set(data.rooms) <= known or (data.role == "guest") != bool(data.rooms):
        raise Refusal("data", "An invite for a guest names rooms of this hub; other invites name no rooms.")
    invitation, stored = invites.create(
        hub.address, hub.fingerprint, data.role, time.time(),
        rooms=data.rooms, uses=data.uses, lifetime=data.days * invites.DAY, by=by.id,
    )  # fmt: skip
    await hub.store.add_invite(stored)
    return {"invite": invitation.text()}


@request("members", CHANGE_MEMBERS, NoData)
async def members(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns all members as a list of Enrolled."""
    return await hub.store.members()


class ChangeMember(msgspec.Struct, forbid_unknown_fields=True):
    member: str
    role: Role | None = None
    gone: bool | None = None
    rooms: tuple[str, ...] | None = None


@request("change member", CHANGE_MEMBERS, ChangeMember)
async def change_member(hub: Hub, by: Member, data: ChangeMember) -> Any:
    """Changes a member's role or rooms (those that a guest may enter), or shuts them out or in again, immediately. The
    last organiser cannot be changed."""
    enrolled = {entry.member.id: entry for entry in await hub.store.members()}
    if data.member not in enrolled or data.role == "hub":
        raise Refusal("unknown", f"This hub has no member {data.member!r}.")
    organisers = {entry.member.id for entry in enrolled.values() if entry.member.role == "organiser" and not entry.gone}
    is_organiser = enrolled[data.member].member.role == "organiser"
    if is_organiser and not organisers - {data.member} and (data.gone or data.role):
        raise Refusal("last", "You are the only organiser. Make another member an organiser first.")
    if not set(data.rooms or ()) <= {room.id for room in await hub.store.rooms()}:
        raise Refusal("unknown", "This hub does not have all of these rooms.")
    await hub.store.change_member(data.member, data.role, data.gone, data.rooms)
    await hub.members_changed(data.member)
    return None


class NewRoom(msgspec.Struct, forbid_unknown_fields=True):
    title: str


@request("add room", ADD_ROOMS, NewRoom)
async def add_room(hub: Hub, by: Member, data: NewRoom) -> Any:
    """Creates a room. Returns {"room": its id}."""
    row = RoomCard(secrets.token_hex(6), sanitize.line(data.title, sanitize.MAX_NAME, "A room's title"))
    await hub.add_room(row)
    return {"room": row.id}
