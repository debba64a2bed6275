"""Reactions: a few signs, given to a message or to a pass, once by each person and sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact

if TYPE_CHECKING:
    from cowork.rooms.room import Room

# names for commands and screen readers; each sign is two cells wide in every terminal
EMOJI = {"agree": "👍", "bravo": "🎉", "thanks": "🙏", "idea": "💡", "eyes": "👀", "puzzled": "🤔"}

Target = int | str  # a message by its event's seq, or a pass by its submission's id


@dataclass
class Reactions:
    given: dict[Target, dict[str, dict[str, str]]] = field(default_factory=dict)  # target, sign, member: name

    def of(self, target: Target) -> list[tuple[str, list[str]]]:
        """The signs given to something, in SIGNS' order, each with the names of who gave it, in theirs."""
        given = self.given.get(target, {})
        return [(sign, list(given[sign].values())) for sign in EMOJI if given.get(sign)]

    def has(self, target: Target, sign: str, member: str) -> bool:
        return member in self.given.get(target, {}).get(sign, {})


class ReactionAdded(Fact, frozen=True, tag="reacted"):
    to: Target
    sign: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.reactions.given.setdefault(self.to, {}).setdefault(self.sign, {})[event.by] = event.name


class ReactionRemoved(Fact, frozen=True, tag="reaction taken back"):
    to: Target
    sign: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.reactions.given.get(self.to, {}).get(self.sign, {}).pop(event.by, None)


class AddReaction(Command, frozen=True, tag="react"):
    """`to`: a message's seq, or the id of a submission that passed; `sign`: a name of SIGNS."""

    to: Target
    sign: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "react", Thing(room.id))
        if self.sign not in EMOJI:
            raise Refusal("unknown", f"There is no sign {self.sign!r}. There are: {', '.join(EMOJI)}.")
        if isinstance(self.to, int):
            message = room.chat.messages.get(self.to)
            if message is None or message.taken_back:
                raise Refusal("unknown", f"There is no message {self.to} to react to.")
        elif room.work.find(self.to).outcome != "passed":
            raise Refusal("not yet", "One reacts to a pass, and this has not passed.")
        return [] if room.reactions.has(self.to, self.sign, by.id) else [ReactionAdded(self.to, self.sign)]


class RemoveReaction(Command, frozen=True, tag="unreact"):
    """Takes one's own reaction back."""

    to: Target
    sign: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "react", Thing(room.id))
        return [ReactionRemoved(self.to, self.sign)] if room.reactions.has(self.to, self.sign, by.id) else []
