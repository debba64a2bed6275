"""The list of all features, and what is derived from it: types to decode, empty rooms, rights, verbs and pages."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from cowork.permissions import ENTER, EVERYBODY, ORGANISERS, RECORD, TAKE_BACK, Right
from cowork.rooms import (
    assignments,
    board,
    break_it,
    chat,
    departure,
    league,
    live_meeting,
    meanwhile,
    meeting_notes,
    meeting_replies,
    meeting_series,
    meetings,
    mentoring,
    reactions,
    reminders,
    review,
    submissions,
    timer,
)
from cowork.rooms.base import Command, Event, Fact, Feature, Page, Query, Room

# the features that concern a whole hub, declared like those of a room; `cowork/hub/*requests.py` implements them
INVITE = Right("invite", ORGANISERS)
LINK_DEVICE = Right("link a device", EVERYBODY)
LEAVE = Right("leave", EVERYBODY)
CHANGE_MEMBERS = Right("members", ORGANISERS)
ADD_ROOMS = Right("rooms", ORGANISERS)
SEE_COHORT = Right("cohort", ORGANISERS)
CHANGE_WEBHOOKS = Right("webhook", ORGANISERS)

ROOMS = Feature(rights=(ENTER, TAKE_BACK, RECORD, ADD_ROOMS), cli="tui.cli.cowork.hub", verbs=("hubs", "rooms"))
MEMBERSHIP = Feature(
    rights=(INVITE, CHANGE_MEMBERS),
    cli="tui.cli.cowork.membership",
    verbs=("invite", "invites", "revoke", "members", "role", "remove"),
)
DEVICES = Feature(
    rights=(LINK_DEVICE, LEAVE), cli="tui.cli.cowork.devices", verbs=("link", "devices", "remove-device", "leave")
)
COHORT = Feature(rights=(SEE_COHORT,), cli="tui.cli.cowork.cohort", verbs=("cohort", "export", "similar"))
WEBHOOKS = Feature(rights=(CHANGE_WEBHOOKS,), cli="tui.cli.cowork.webhook", verbs=("webhook",))

FEATURES = (
    ROOMS, chat.FEATURE, reactions.FEATURE, submissions.FEATURE, board.FEATURE, timer.FEATURE, MEMBERSHIP, DEVICES,
    review.FEATURE, mentoring.FEATURE, break_it.FEATURE, league.FEATURE, meetings.FEATURE, meeting_series.FEATURE,
    meeting_replies.FEATURE, live_meeting.FEATURE, assignments.FEATURE, reminders.FEATURE,
    meeting_notes.FEATURE, meanwhile.FEATURE, departure.FEATURE, COHORT, WEBHOOKS,
)  # fmt: skip


class Registry:
    """Derives everything from a list of features. `command`, `fact` and `query` are the unions of their types."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.features = tuple(features)
        self.command = _union(command for feature in self.features for command in feature.commands)
        self.fact = _union(fact for feature in self.features for fact in feature.facts)
        self.query = _union(query for feature in self.features for query in feature.queries)
        self._events: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Event[self.fact])  # type: ignore[name-defined]

    @property
    def rights(self) -> list[Right]:
        """All rights, by the order of the features."""
        return [right for feature in self.features for right in feature.rights]

    @property
    def verbs(self) -> dict[str, str]:
        """The verbs of `fromscratch cowork`, each with the module that defines its command."""
        return {verb: feature.cli for feature in self.features for verb in feature.verbs}

    @property
    def pages(self) -> dict[str, Page]:
        """The pages of the Co-work mode, by id."""
        return {feature.page.id: feature.page for feature in self.features if feature.page is not None}

    def new_room(self, id: str, title: str, month: str | None = None) -> Room:
        """An empty room."""
        states = [feature.state for feature in self.features if feature.state is not None]
        return Room(id, title, month, {state: state() for state in states})

    def read_event(self, data: bytes | str) -> Event[Any]:
        """Decodes an event from JSON; raises msgspec.ValidationError."""
        event: Event[Any] = self._events.decode(data)
        return event


def _union(types: Iterable[Any]) -> Any:
    return functools.reduce(operator.or_, types)


REGISTRY = Registry(FEATURES)
new_room = REGISTRY.new_room
read_event = REGISTRY.read_event
if TYPE_CHECKING:  # a type checker knows no union that is made at run time
    AnyCommand: TypeAlias = Command
    AnyFact: TypeAlias = Fact
    AnyQuery: TypeAlias = Query
else:
    AnyCommand, AnyFact, AnyQuery = REGISTRY.command, REGISTRY.fact, REGISTRY.query
