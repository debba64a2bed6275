"""Meetings and series of meetings as a room remembers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from cowork.rooms.base import Event, Post
from cowork.rooms.recurrence import Rule

Comes = Literal["yes", "perhaps", "no"]


class Participant(msgspec.Struct, frozen=True):
    member: str
    name: str


@dataclass
class NotesVersion:
    """The complete notes as saved at `at`; `number` counts from 1. A `removed` version has the text of the one before.
    The text of versions before the last few is not kept here."""

    number: int
    at: float
    by: str
    name: str
    text: str
    seq: int = 0
    removed: bool = False


@dataclass
class Entry(Post):
    """A question or an insight. Only questions use `votes` (member ids) and `answered`."""

    votes: set[str] = field(default_factory=set)
    answered: bool = False


@dataclass
class Reply:
    """Whether a member comes, to the meeting as it was planned for `starts`; `at` is the time of the reply."""

    name: str
    comes: Comes
    starts: float
    at: float


@dataclass
class Meeting:
    """A meeting. `starts` is the planned time, in seconds since 1970; `started` and `ended` are the actual times.
    `revision` counts the changes of the plan, and `changed` is the time of the last one. A meeting of a series has the
    id of the `series`, the time that its rule gives (`original`), and the course's `month` that it is about."""

    id: str
    title: str
    starts: float
    minutes: int
    place: str
    agenda: tuple[str, ...]
    changed: float
    revision: int = 0
    cancelled: bool = False
    planner: Participant | None = None
    series: str = ""
    original: float = 0.0
    month: str | None = None
    replies: dict[str, Reply] = field(default_factory=dict)  # by member
    presenter: Participant | None = None
    versions: list[NotesVersion] = field(default_factory=list)
    older: list[NotesVersion] = field(default_factory=list)
    questions: dict[int, Entry] = field(default_factory=dict)
    insights: dict[int, Entry] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    attended: dict[str, str] = field(default_factory=dict)  # member: name

    @property
    def notes(self) -> str:
        return self.versions[-1].text if self.versions else ""

    @property
    def version(self) -> int:
        """The number of the last version of the notes, 0 before the first."""
        return self.versions[-1].number if self.versions else 0

    @property
    def goes_on(self) -> bool:
        return self.started is not None and self.ended is None

    def coming(self, answer: Comes) -> list[str]:
        """The names of those who gave this reply since the meeting was last moved, sorted."""
        names = [reply.name for reply in self.replies.values() if reply.comes == answer and reply.starts == self.starts]
        return sorted(names, key=str.casefold)

    def to_reply(self) -> list[str]:
        """The names of those who replied before the meeting was moved, and not again, sorted."""
        return sorted((r.name for r in self.replies.values() if r.starts != self.starts), key=str.casefold)

    def change_plan(self, event: Event[Any]) -> None:
        """Counts a change of the plan."""
        self.revision, self.changed = self.revision + 1, event.at

    def ranked(self) -> list[Entry]:
        """The questions: open ones first, then by votes, then by age."""
        return sorted(self.questions.values(), key=lambda entry: (entry.answered, -len(entry.votes), entry.seq))


@dataclass
class Series:
    """A series of meetings: its rule and, for calendars, what its meetings have in common. The time of day is that of
    `zone`, an IANA name, also after a change of the clocks."""

    id: str
    rule: Rule
    zone: str
    title: str
    minutes: int
    place: str
    agenda: tuple[str, ...]
