"""Who takes part, and what each may do: the one place where that is decided."""

from __future__ import annotations

from typing import Literal

import msgspec

from cowork.refusal import Refusal

Role = Literal["organiser", "member", "guest", "hub"]
Action = Literal[
    "enter", "chat", "react", "question", "vote",
    "timer", "hand in", "review", "comment", "break", "present", "note", "insight",
    "take back", "see source",
    "meeting", "moderate", "invite", "members", "rooms", "cohort", "webhook",
    "record",
]  # fmt: skip

GUESTS: frozenset[Action] = frozenset({"enter", "chat", "react", "question", "vote"})
MEMBERS: frozenset[Action] = GUESTS | {"timer", "hand in", "review", "comment", "break", "present", "note", "insight"}
ORGANISERS: frozenset[Action] = MEMBERS | {"meeting", "moderate", "invite", "members", "rooms", "cohort", "webhook"}


class Member(msgspec.Struct, frozen=True):
    """A person, by a key of a device. `rooms`: the rooms a guest was invited to; others may enter each."""

    id: str
    name: str
    role: Role
    rooms: tuple[str, ...] = ()


HUB = Member("hub", "the hub", "hub")


class Thing(msgspec.Struct, frozen=True):
    """What an action is done to: in which room, whose it is, and whether its owner has opened it to the actor."""

    room: str | None = None
    owner: str | None = None
    opened: bool = False


NOTHING = Thing()


def can(actor: Member, action: Action, thing: Thing = NOTHING) -> bool:
    """Whether `actor` may do `action` to `thing`. The hub itself records verdicts and nothing else; nobody else
    records. One takes back what is one's own; sources are seen by their owner, organisers, and whom they are
    opened to."""
    if actor.role == "hub" or action == "record":
        return actor.role == "hub" and action == "record"
    if actor.role == "guest" and thing.room is not None and thing.room not in actor.rooms:
        return False
    own = thing.owner is not None and thing.owner == actor.id
    if action == "take back":
        return own or actor.role == "organiser"
    if action == "see source":
        return own or actor.role == "organiser" or (actor.role == "member" and thing.opened)
    allowed = {"organiser": ORGANISERS, "member": MEMBERS, "guest": GUESTS}[actor.role]
    return action in allowed


def require(actor: Member, action: Action, thing: Thing = NOTHING) -> None:
    """Raises Refusal("not allowed") where `can` says no."""
    if not can(actor, action, thing):
        needs = "an organiser" if action in ORGANISERS - MEMBERS else "somebody else"
        raise Refusal("not allowed", f"That is for {needs} to do: you are here as {actor.role}.")
