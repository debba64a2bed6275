"""Commands, facts, events and questions: what features of a room are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from cowork.permissions import Member

if TYPE_CHECKING:
    from cowork.rooms.room import Room

F = TypeVar("F")


class Job(msgspec.Struct, frozen=True):
    """What the hub has to do for a room, off to the side: "grade" or "break", and of what."""

    kind: str
    room: str
    id: str

    @property
    def key(self) -> str:
        """One a job, and the id of the command that ends it: so it ends once."""
        return f"{self.kind}:{self.room}:{self.id}"


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is"):
    """Something that has happened; it holds whatever the room has become since. Never refused, never random: what
    chance or a clock decides is decided by the command."""

    def apply(self, room: Room, event: Event[Any]) -> None:
        """Changes the room. `event` tells who and when."""
        raise NotImplementedError

    def job(self, room: str) -> Job | None:
        """What the hub has to do now that this has happened."""
        return None


class Event(msgspec.Struct, Generic[F], frozen=True, omit_defaults=True):
    """A fact with its place in a room. `seq` counts from 1 without a gap; `at` is the hub's clock, in seconds since
    1970; `by` and `name` tell whose command it followed, `command` which (an id that the client chose)."""

    seq: int
    at: float
    by: str
    name: str
    command: str
    fact: F


class Blob(msgspec.Struct, frozen=True):
    """Bytes stored along with facts, for questions to be answered with: a source, which not everybody may see."""

    key: str
    data: bytes


class Command(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="do"):
    """What a client asks a room for."""

    lasting: ClassVar[bool] = True  # whether a client keeps it until the hub can be reached

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact | Blob]:
        """What follows; raises Refusal. Pure but for ids, which may be random. Must not change the room."""
        raise NotImplementedError


class Query(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="ask"):
    """What a client wants to know that is not for everybody in the room."""

    def keys(self, room: Room, by: Member) -> list[str]:
        """The blobs it takes to answer; raises Refusal where `by` may not know."""
        return []

    def answer(self, room: Room, by: Member, blob: Callable[[str], bytes]) -> Any:
        """Data for `by` alone."""
        raise NotImplementedError
