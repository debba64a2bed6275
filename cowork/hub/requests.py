"""What is asked of the hub rather than of a room, by name. A file with more of them registers them on import."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from cowork import invites, sanitize
from cowork.administration import ADD_ROOMS, CHANGE_MEMBERS, INVITE
from cowork.permissions import Member, Right, Role, require
from cowork.refusal import Refusal
from cowork.store.contract import RoomRow

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

Answers = Callable[["Hub", Member, Any], Awaitable[Any]]
D = TypeVar("D", bound=msgspec.Struct)
REQUESTS: dict[str, tuple[Right, type[msgspec.Struct], Answers]] = {}


def request(what: str, right: Right, data: type[D]) -> Callable[[Callable[[Hub, Member, D], Awaitable[Any]]], Any]:
    """Registers `async (hub, by, data) -> data`: for members who have `right`, with data of that type."""

    def register(answers: Callable[[Hub, Member, D], Awaitable[Any]]) -> Any:
        REQUESTS[what] = (right, data, answers)
        return answers

    return register


async def answer(hub: Hub, by: Member, what: str, data: dict[str, Any]) -> Any:
    """Carries out a request. Raises Refusal."""
    if what not in REQUESTS:
        raise Refusal("unknown", f"The hub knows no request {what!r}.")
    right, shape, answers = REQUESTS[what]
    require(by, right)
    try:
        checked = msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise Refusal("data", f"{what}: {error}.") from error
    return await answers(hub, by, checked)


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class NewInvite(msgspec.Struct, forbid_unknown_fields=True):
    """`rooms`: those a guest may enter; `days`: how long it may be used."""

    role: Role = "member"
    uses: int = 1
    days: float = 7.0
    rooms: tuple[str, ...] = ()


@request("invite", INVITE, NewInvite)
async def invite(hub: Hub, by: Member, data: NewInvite) -> Any:
    """{"invite": the text to send}"""
    if data.role == "hub" or not 1 <= data.uses <= 1_000 or not 0 < data.days <= 366:
        raise Refusal("data", "An invite is for a member, guest or organiser, 1 to 1000 times, for at most 366 days.")
    known = {room.id for room in await hub.store.rooms()}
    if not set(data.rooms) <= known or (data.role == "guest") != bool(data.rooms):
        raise Refusal("data", "An invite for a guest names rooms of this hub; other invites name none.")
    made, stored = invites.create(
        hub.address, hub.fingerprint, data.role, time.time(),
        rooms=data.rooms, uses=data.uses, lifetime=data.days * invites.DAY, by=by.id,
    )  # fmt: skip
    await hub.store.add_invite(stored)
    return {"invite": made.text()}


@request("members", CHANGE_MEMBERS, Nothing)
async def members(hub: Hub, by: Member, data: Nothing) -> Any:
    """All that have joined: the list of Enrolled."""
    return await hub.store.members()


class ChangeMember(msgspec.Struct, forbid_unknown_fields=True):
    member: str
    role: Role | None = None
    gone: bool | None = None
    rooms: tuple[str, ...] | None = None


@request("change member", CHANGE_MEMBERS, ChangeMember)
async def change_member(hub: Hub, by: Member, data: ChangeMember) -> Any:
    """Gives a role, or shuts out (and in again), at once. `rooms`: those a guest may enter. The last organiser stays
    one."""
    enrolled = {one.member.id: one for one in await hub.store.members()}
    if data.member not in enrolled or data.role == "hub":
        raise Refusal("unknown", f"Nobody here is {data.member!r}.")
    others = [
        one for one in enrolled.values()
        if one.member.role == "organiser" and not one.gone and one.member.id != data.member
    ]  # fmt: skip
    if enrolled[data.member].member.role == "organiser" and not others and (data.gone or data.role):
        raise Refusal("last", "You are the only organiser. Make somebody else one first.")
    if not set(data.rooms or ()) <= {room.id for room in await hub.store.rooms()}:
        raise Refusal("unknown", "The hub has no such room.")
    await hub.store.change_member(data.member, data.role, data.gone, data.rooms)
    await hub.members_changed(data.member)
    return None


class NewRoom(msgspec.Struct, forbid_unknown_fields=True):
    title: str


@request("add room", ADD_ROOMS, NewRoom)
async def add_room(hub: Hub, by: Member, data: NewRoom) -> Any:
    """{"room": its id}"""
    row = RoomRow(secrets.token_hex(6), sanitize.line(data.title, sanitize.MAX_NAME, "A room's title"))
    await hub.add_room(row)
    return {"room": row.id}
