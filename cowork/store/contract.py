"""What a hub asks of its store. `sql.py` keeps it over SQLite and PostgreSQL; one suite of tests holds for both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec

from cowork.permissions import Member, Role
from cowork.rooms.base import Blob, Event

Listener = Callable[[str, str], Awaitable[None] | None]  # (channel, payload)


class RoomRow(msgspec.Struct, frozen=True):
    id: str
    title: str
    month: str | None = None


class Enrolled(msgspec.Struct, frozen=True):
    """A member as the organiser sees them; `key`: the device's public key, base64; `gone`: shut out."""

    member: Member
    key: str
    since: float
    gone: bool = False


class Invite(msgspec.Struct, frozen=True):
    """An invite as it is stored: never its secret, only its SHA-256."""

    digest: str
    role: Role
    expires: float
    uses: int  # left
    rooms: tuple[str, ...] = ()
    by: str = ""


class RoomWriter(Protocol):
    """One room, alone: nobody else writes to it until this ends. All is stored or nothing."""

    async def since(self, seq: int) -> list[Event[Any]]:
        """The room's events after `seq`."""

    async def done(self, by: str, command: str) -> int | None:
        """The last event of a command that was carried out before; None for one that was not."""

    async def add(self, events: Sequence[Event[Any]], blobs: Sequence[Blob]) -> None:
        """Stores events, numbered without a gap (else ValueError), and blobs of this room, whose keys are new."""


class Store(Protocol):
    shared: bool  # whether other hubs and workers may use it too
    address: str  # of the database, where it is shared; with its password, so it is not shown

    async def open(self) -> None:
        """Makes the tables where there are none. Raises StoreProblem with a sentence where it cannot be used."""

    async def close(self) -> None: ...

    def writing(self, room: str) -> AbstractAsyncContextManager[RoomWriter]:
        """Raises LookupError for an unknown room. What is raised inside takes all back and goes on its way; so does
        a cancellation, but for one that comes while the commit is under way: then `since` tells."""

    async def events(self, room: str, since: int, limit: int) -> list[Event[Any]]: ...

    async def last(self, room: str) -> int: ...

    async def blob(self, room: str, key: str) -> bytes | None: ...

    async def rooms(self) -> list[RoomRow]: ...

    async def add_room(self, room: RoomRow) -> bool:
        """False where there is one of this id."""

    async def members(self) -> list[Enrolled]: ...

    async def by_key(self, key: str) -> Enrolled | None: ...

    async def change_member(
        self, id: str, role: Role | None = None, gone: bool | None = None, rooms: tuple[str, ...] | None = None
    ) -> bool: ...

    async def add_invite(self, invite: Invite) -> None: ...

    async def enrol(self, digest: str, name: str, key: str, now: float) -> Enrolled | None:
        """Takes one use of an invite and makes the member, both or neither; None where the invite is unknown, used
        up or expired. A name that somebody has gets a number. A key that is enrolled already gets its member back,
        gone or not, and uses nothing up."""

    async def get(self, name: str) -> str | None:
        """A setting of the hub (its id, its title, webhooks)."""

    async def put(self, name: str, value: str) -> None: ...

    async def setdefault(self, name: str, value: str) -> str:
        """The setting, which is `value` where there was none: the same for hubs that start at once."""

    async def publish(self, channel: str, payload: str) -> None:
        """Tells all hubs over this store, this one too. Lost where nobody listens. At most 7,000 bytes."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` for what is published; returns how to stop."""

    def changes(self) -> AsyncIterator[str]:
        """Ids of rooms that got events: at once where another hub wrote them; every few seconds also of all others
        that moved (this hub's own too), in case a word was lost. Goes on when the database is away for a while."""


class StoreProblem(RuntimeError):
    """The store cannot be used, now or at all; the text says why and what to do. Any method may raise it."""
