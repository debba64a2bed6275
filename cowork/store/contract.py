"""The contract of a hub's store. `sql.py` implements it over SQLite and PostgreSQL; the same tests check both."""

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
    """A member as organisers see them. `key`: the device's public key, base64; `gone`: the member is shut out."""

    member: Member
    key: str
    since: float
    gone: bool = False


class Invite(msgspec.Struct, frozen=True):
    """A stored invite: the SHA-256 of its secret, never the secret. `uses` is the number left."""

    digest: str
    role: Role
    expires: float
    uses: int
    rooms: tuple[str, ...] = ()
    by: str = ""


class RoomWriter(Protocol):
    """An exclusive transaction on one room."""

    async def since(self, seq: int) -> list[Event[Any]]:
        """Returns the room's events after `seq`."""

    async def done(self, by: str, command: str) -> int | None:
        """Returns the last event of a command that was executed before, else None."""

    async def add(self, events: Sequence[Event[Any]], blobs: Sequence[Blob]) -> None:
        """Stores events, and blobs with new keys. Raises ValueError if the events' numbers have a gap."""


class Store(Protocol):
    """`shared`: whether other hubs and workers can use the store too; `address`: the database's, if the store is
    shared. It contains the password, so do not show it."""

    shared: bool
    address: str

    async def open(self) -> None:
        """Opens the store, and creates its tables. Raises StoreProblem."""

    async def close(self) -> None: ...

    def writing(self, room: str) -> AbstractAsyncContextManager[RoomWriter]:
        """Opens a transaction on a room; raises LookupError for an unknown room. An exception inside rolls it back, and
        so does a cancellation, except during the commit: then only `since` shows whether it was committed."""

    async def events(self, room: str, since: int, limit: int) -> list[Event[Any]]: ...

    async def last(self, room: str) -> int: ...

    async def blob(self, room: str, key: str) -> bytes | None: ...

    async def rooms(self) -> list[RoomRow]: ...

    async def add_room(self, room: RoomRow) -> bool:
        """Returns False if there is a room with this id."""

    async def members(self) -> list[Enrolled]: ...

    async def by_key(self, key: str) -> Enrolled | None: ...

    async def change_member(
        self, id: str, role: Role | None = None, gone: bool | None = None, rooms: tuple[str, ...] | None = None
    ) -> bool: ...

    async def add_invite(self, invite: Invite) -> None: ...

    async def enrol(self, digest: str, name: str, key: str, now: float) -> Enrolled | None:
        """Takes one use of an invite and creates the member, in one transaction. Returns None if the invite is unknown,
        used up or expired. A name that is in use gets a number. A key that is enrolled already returns its member,
        shut out or not, without taking a use."""

    async def get(self, name: str) -> str | None:
        """Returns a setting of the hub (its id, title or webhooks)."""

    async def put(self, name: str, value: str) -> None: ...

    async def setdefault(self, name: str, value: str) -> str:
        """Returns the setting, after setting it to `value` if it was not set. Hubs that start at the same time get the
        same value."""

    async def publish(self, channel: str, payload: str) -> None:
        """Notifies all hubs over this store, including this one. A hub that is not listening misses the notification.
        `payload` has at most 7,000 bytes."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with each notification, and returns a function that stops this."""

    def changes(self) -> AsyncIterator[str]:
        """Yields ids of rooms with new events: immediately if a different hub stored them, and every few seconds for
        all rooms, in case a notification was lost. Continues after failures of the database."""


class StoreProblem(RuntimeError):
    """The store cannot be used; the text says why and what to do. Any method can raise it."""
