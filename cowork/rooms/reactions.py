"""Reactions: emoji that members add to a message or to a submission that passed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cowork.permissions import EVERYBODY, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room, State
from cowork.rooms.chat import Chat
from cowork.rooms.submissions import Submissions

REACT = Right("react", EVERYBODY)

# the names are for commands and screen readers; each emoji is two cells wide in every terminal
EMOJI = {"agree": "👍", "bravo": "🎉", "thanks": "🙏", "idea": "💡", "eyes": "👀", "puzzled": "🤔"}

Target = int | str  # the seq of a message, or the id of a submission


@dataclass
class Reactions(State):
    added: dict[Target, dict[str, dict[str, str]]] = field(default_factory=dict)  # target, sign, member: name

    def of(self, target: Target) -> list[tuple[str, list[str]]]:
        """Returns the signs on a target in the order of EMOJI, each with the names of its members, oldest first."""
        signs = self.added.get(target, {})
        return [(sign, list(signs[sign].values())) for sign in EMOJI if signs.get(sign)]

    def has(self, target: Target, sign: str, member: str) -> bool:
        return member in self.added.get(target, {}).get(sign, {})


class ReactionAdded(Fact, frozen=True, tag="reacted"):
    to: Target
    sign: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Reactions].added.setdefault(self.to, {}).setdefault(self.sign, {})[event.by] = event.name


class ReactionRemoved(Fact, frozen=True, tag="reaction taken back"):
    to: Target
    sign: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Reactions].added.get(self.to, {}).get(self.sign, {}).pop(event.by, None)


class AddReaction(Command, frozen=True, tag="react"):
    """`to`: the seq of a message, or the id of a submission that passed; `sign`: a name in EMOJI."""

    to: Target
    sign: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, REACT, room.id)
        if self.sign not in EMOJI:
            raise Refusal("unknown", f"There is no reaction {self.sign!r}. Choose one of: {', '.join(EMOJI)}.")
        if isinstance(self.to, int):
            message = room[Chat].messages.get(self.to)
            if message is None or message.taken_back:
                raise Refusal("unknown", f"There is no message {self.to} to react to.")
        elif room[Submissions].find(self.to).outcome != "passed":
            raise Refusal("not yet", "You can react only to submissions that have passed.")
        return [] if room[Reactions].has(self.to, self.sign, by.id) else [ReactionAdded(self.to, self.sign)]


class RemoveReaction(Command, frozen=True, tag="unreact"):
    """Removes a reaction that the same member added."""

    to: Target
    sign: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, REACT, room.id)
        return [ReactionRemoved(self.to, self.sign)] if room[Reactions].has(self.to, self.sign, by.id) else []


FEATURE = Feature(
    state=Reactions, commands=(AddReaction, RemoveReaction), facts=(ReactionAdded, ReactionRemoved), rights=(REACT,),
    cli="tui.cli.cowork.chat", verbs=("react",),
)  # fmt: skip
