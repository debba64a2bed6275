"""Requests of a member about themselves: what they have seen, and the members whom they can mention in a room."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from cowork.hub.requests import NoData, request
from cowork.permissions import ENTER, Member, Role, can
from cowork.refusal import Refusal

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

MAX_MARKS = 2_000  # in one request
Seq = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]


@request("seen", ENTER, NoData)
async def seen(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns the numbers of the events that the member has seen, by room."""
    return await hub.store.seen(by.id)


class MarkSeen(msgspec.Struct, forbid_unknown_fields=True):
    """`seqs`: numbers of events by room."""

    seqs: dict[str, list[Seq]]


@request("mark seen", ENTER, MarkSeen)
async def mark_seen(hub: Hub, by: Member, data: MarkSeen) -> Any:
    """Marks events as seen by the member, on all their devices."""
    if sum(map(len, data.seqs.values())) > MAX_MARKS:
        raise Refusal("data", f"At most {MAX_MARKS} events can be marked at once.")
    marks = {}
    for room in hub.room_cards(by):
        if room.id in data.seqs:
            last = await hub.store.last(room.id)
            marks[room.id] = [seq for seq in data.seqs[room.id] if seq <= last]
    await hub.store.mark_seen(by.id, marks, time.time())
    return None


class RoomMember(msgspec.Struct, frozen=True):
    """`rooms`: those that a guest may enter, as far as the asking member may enter them too; others may enter all."""

    id: str
    name: str
    role: Role
    rooms: list[str]


@request("room members", ENTER, NoData)
async def room_members(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns all members who may enter a room that the asking member may enter, as a list of RoomMember sorted by
    name: they can be mentioned there."""
    own = [room.id for room in hub.room_cards(by)]
    listed = []
    for member in [entry.member for entry in await hub.store.members() if not entry.gone]:
        rooms = [room for room in own if can(member, ENTER, room)]
        if rooms:
            listed.append(RoomMember(member.id, member.name, member.role, rooms if member.role == "guest" else []))
    return sorted(listed, key=lambda each: each.name.casefold())
