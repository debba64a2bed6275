"""Departures: what a member who leaves has claimed falls back, and their data is deleted if that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cowork.permissions import RECORD, Member, require
from cowork.rooms.base import Command, ErasedBlob, Event, Fact, Feature, Room


class MemberForgotten(Fact, frozen=True, tag="member forgotten"):
    """Removes a member's texts and name from all earlier events; `others`: the events by others that hold their texts.
    The events keep their numbers."""

    member: str
    others: tuple[int, ...] = ()

    def forgets(self) -> str:
        return self.member

    def erases(self) -> Sequence[int]:
        return self.others

    def apply(self, room: Room, event: Event[Any]) -> None:
        """The room is built again from the changed events."""


class MemberLeft(Command, frozen=True, tag="member left"):
    """Records that a member has left the hub. Only the hub sends it. `forget`: deletes their data too."""

    member: str
    forget: bool = False

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | ErasedBlob]:
        require(by, RECORD, room.id)
        states = room.states.values()
        facts = [fact for state in states for fact in state.departure(self.member)]
        if not self.forget:
            return facts
        traces = [state.traces(self.member) for state in states]
        others = sorted({seq for each in traces for seq in each.events})
        blobs = [ErasedBlob(key) for each in traces for key in each.blobs]
        return [*facts, MemberForgotten(self.member, tuple(others)), *blobs]


FEATURE = Feature(commands=(MemberLeft,), facts=(MemberForgotten,))
