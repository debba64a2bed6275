"""Room, Feature, and what a feature is made of: facts, events, commands, queries and state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import msgspec

from cowork.permissions import Member, Right

F = TypeVar("F")
S = TypeVar("S", bound="State")


class Job(msgspec.Struct, frozen=True):
    """Work that the hub does outside the room: "grade" a submission, "race" it, or "break" (run an attempt)."""

    kind: str
    room: str
    id: str

    @property
    def key(self) -> str:
        """Identifies the job, and is the id of the command that records its result: so it is recorded only once."""
        return f"{self.kind}:{self.room}:{self.id}"


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is"):
    """Something that happened in a room. A fact is never refused and never random: its command has made every
    decision that depends on chance or on a clock."""

    def apply(self, room: Room, event: Event[Any]) -> None:
        """Changes the room; `event` says who caused the fact, and when."""
        raise NotImplementedError

    def job(self, room: str) -> Job | None:
        """The job that follows from the fact, if any."""
        return None

    def erases(self) -> Sequence[int]:
        """The numbers of earlier events whose content this fact removes for good, also from the store."""
        return ()

    def erased(self) -> Fact:
        """This fact without what people wrote, as it is stored once a later fact erases it."""
        return self

    def without(self, member: str) -> Fact:
        """This fact, of somebody else, without the name of a member who left."""
        return self

    def forgets(self) -> str:
        """The member whose texts and name this fact removes from all earlier events, or "". Whoever has applied those
        events builds the room again."""
        return ""


FORGOTTEN = "somebody who left"  # the name of members whose data was deleted


class Event(msgspec.Struct, Generic[F], frozen=True, omit_defaults=True):
    """A fact with its place in a room. `seq` counts from 1 without gaps; `at` is the hub's clock, in seconds since
    1970; `by` and `name` identify the member whose command caused it; `command` is the id that the client gave it."""

    seq: int
    at: float
    by: str
    name: str
    command: str
    fact: F

    def erased(self) -> Event[Any]:
        """This event without its content; it keeps its place."""
        return msgspec.structs.replace(self, fact=self.fact.erased())  # type: ignore[attr-defined]

    def forgetting(self, fact: Fact) -> Event[Any]:
        """This event as it is stored once a later fact forgets a member."""
        member = fact.forgets()
        event = self.erased() if self.by == member or self.seq in fact.erases() else self
        kept: Any = event.fact.without(member)  # type: ignore[union-attr]
        return msgspec.structs.replace(event, name=FORGOTTEN if self.by == member else self.name, fact=kept)


@dataclass
class Post:
    """A text that a member wrote; `seq` is the number of its event."""

    seq: int
    at: float
    by: str
    name: str
    text: str

    @classmethod
    def of(cls, event: Event[Any], text: str) -> Self:
        return cls(event.seq, event.at, event.by, event.name, text)


class Blob(msgspec.Struct, frozen=True):
    """Bytes that are stored with facts but not sent to the room, such as a source; queries return them."""

    key: str
    data: bytes


class ErasedBlob(msgspec.Struct, frozen=True):
    """The key of bytes that are removed from the store."""

    key: str


class Traces(NamedTuple):
    """The numbers of events by others, and the keys of blobs."""

    events: tuple[int, ...] = ()
    blobs: tuple[str, ...] = ()


class State:
    """The state of one feature of a room. Subclasses are dataclasses whose fields all have defaults."""

    def jobs(self, room: str) -> list[Job]:
        """The jobs that still have to be done, oldest first."""
        return []

    def departure(self, member: str) -> Sequence[Fact]:
        """The facts by which what a member holds, such as a claim, falls back when they leave."""
        return ()

    def traces(self, member: str) -> Traces:
        """The places that hold a member's texts besides their own events."""
        return Traces()

    def observe(self, room: Room, event: Event[Any]) -> None:
        """Called after every event of the room has changed its feature's state."""


class MissingEvents(ValueError):
    """An event arrived out of order: some events before it are missing."""


@dataclass
class Room:
    """A room, built from its events alone; `room[Chat]` is the state of the chat. `month`: the month of the course
    that the room is about, if any; `seq`: the number of the last applied event."""

    id: str
    title: str
    month: str | None
    states: dict[type[State], State]
    seq: int = 0

    def __getitem__(self, kind: type[S]) -> S:
        state = self.states[kind]
        assert isinstance(state, kind)
        return state

    def apply(self, event: Event[Any]) -> bool:
        """Applies the next event; returns False for one that was applied before. Raises MissingEvents."""
        if event.seq <= self.seq:
            return False
        if event.seq != self.seq + 1:
            raise MissingEvents(f"{self.id}: event {event.seq} after {self.seq}")
        event.fact.apply(self, event)
        for state in self.states.values():
            state.observe(self, event)
        self.seq = event.seq
        return True

    def jobs(self) -> list[Job]:
        """The jobs that the hub still has to do for this room; the hub resumes them when it starts."""
        return [job for state in self.states.values() for job in state.jobs(self.id)]


class Command(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="do"):
    """A request of a member to change a room."""

    lasting: ClassVar[bool] = True  # whether a client keeps it until the hub can be reached

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob | ErasedBlob]:
        """Returns what follows, without changing the room; raises Refusal. Only new ids are random."""
        raise NotImplementedError


class Query(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="ask"):
    """A request of a member for data that is not sent to everybody in the room."""

    def keys(self, room: Room, by: Member) -> list[str]:
        """The keys of the blobs that the answer needs. Raises Refusal if `by` has no right to them."""
        return []

    def answer(self, room: Room, by: Member, blob: Callable[[str], bytes]) -> Any:
        """Returns the data, which only `by` receives."""
        raise NotImplementedError


@dataclass(frozen=True)
class Page:
    """A page of the Co-work mode. `widget` names its class as "module:Class" in `tui/screens/cowork_pages`."""

    id: str
    key: str
    title: str
    tooltip: str
    widget: str


@dataclass(frozen=True)
class Feature:
    """The declaration of one feature. `state`: what a room remembers of it; `cli`: the module that defines its `verbs`
    of `fromscratch cowork`, each as a click command `VERB_command`. The modules of the interface are named, not
    imported, because the layers import each other in one direction only."""

    state: type[State] | None = None
    commands: tuple[type[Command], ...] = ()
    facts: tuple[type[Fact], ...] = ()
    queries: tuple[type[Query], ...] = ()
    rights: tuple[Right, ...] = ()
    cli: str = ""
    verbs: tuple[str, ...] = ()
    page: Page | None = None
