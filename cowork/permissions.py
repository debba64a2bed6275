"""Members, roles and rights: decides who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from cowork.refusal import Refusal

Role = Literal["organiser", "member", "guest", "hub"]
ORGANISERS: frozenset[Role] = frozenset({"organiser"})
MEMBERS: frozenset[Role] = ORGANISERS | {"member"}
EVERYBODY: frozenset[Role] = MEMBERS | {"guest"}


class Member(msgspec.Struct, frozen=True):
    """A person, identified by the key of a device. `rooms`: the rooms that a guest may enter; others may enter all."""

    id: str
    name: str
    role: Role
    rooms: tuple[str, ...] = ()


HUB = Member("hub", "the hub", "hub")


@dataclass(frozen=True)
class Right:
    """The right to do one kind of action. `roles` have it everywhere. `for_owner`: the owner of the object has it too;
    `for_shared`: so do members with whom the object is shared."""

    name: str
    roles: frozenset[Role]
    for_owner: bool = False
    for_shared: bool = False


# rights that several features use; the others stand in the feature's file
ENTER = Right("enter", EVERYBODY)
TAKE_BACK = Right("take back", ORGANISERS, for_owner=True)
RECORD = Right("record", frozenset({"hub"}))  # results of the hub's own jobs


def can(actor: Member, right: Right, room: str | None = None, owner: str | None = None, shared: bool = False) -> bool:
    """Whether `actor` has `right` in `room`, over an object of `owner` that may be `shared` with the actor."""
    if actor.role == "hub":
        return "hub" in right.roles
    if actor.role == "guest" and room is not None and room not in actor.rooms:
        return False
    return (
        actor.role in right.roles
        or (right.for_owner and owner == actor.id)
        or (right.for_shared and shared and actor.role == "member")
    )


def require(
    actor: Member, right: Right, room: str | None = None, owner: str | None = None, shared: bool = False
) -> None:
    """Raises Refusal("not allowed") if `can` returns False."""
    if not can(actor, right, room, owner, shared):
        if right.roles == ORGANISERS and not right.for_owner:
            raise Refusal("not allowed", f"Only an organiser can do that; your role here is {actor.role}.")
        raise Refusal("not allowed", f"Your role here ({actor.role}) does not allow that.")
