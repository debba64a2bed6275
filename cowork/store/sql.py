"""A hub's store over SQLAlchemy: the common parts of SQLite (`sqlite.py`) and PostgreSQL (`postgres.py`)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from cowork.frames import RoomCard
from cowork.rooms.base import Event
from cowork.rooms.registry import read_event
from cowork.store import tables
from cowork.store.contract import Listener, StoreProblem
from cowork.store.devices import DevicesMixin
from cowork.store.migrations import migrate
from cowork.store.notifications import Notifications
from cowork.store.people import PeopleMixin
from cowork.store.room_writer import LAST, LOCK, SINCE, UPDATE_LAST, RoomWriter
from cowork.store.seen import SeenMixin
from cowork.store.tables import blobs, rooms, settings
from cowork.store.transaction import Transaction

POLL_INTERVAL = 2.0  # seconds between checks of every room's last event

# Statements are created once, so that SQLAlchemy compiles each only once.
BLOB = select(blobs.c.data).where(blobs.c.room == bindparam("room"), blobs.c.key == bindparam("name"))
LASTS = select(rooms.c.id, rooms.c.last)
GET = select(settings.c.value).where(settings.c.name == bindparam("which"))


class Store(PeopleMixin, DevicesMixin, SeenMixin):
    """A hub's store. A subclass creates the engines, explains its database's errors and notifies hubs. `shared`:
    whether other hubs and workers can use the store too; `address`: the database's, if the store is shared. It contains
    the password, so do not show it. `can_append`: whether `append` stores events."""

    shared = False
    address = ""
    can_append = False

    def __init__(self, poll: float = POLL_INTERVAL) -> None:
        self.poll = poll
        self.notifications = Notifications()

    def transaction(self, write: bool) -> AbstractAsyncContextManager[Transaction]:
        """Opens a transaction. `write`: exclusive if the database allows only one writer."""
        raise NotImplementedError

    async def dispose(self) -> None:
        """Closes all connections."""
        raise NotImplementedError

    def problem(self, error: Exception) -> StoreProblem:
        """Explains an error of the database."""
        raise NotImplementedError

    def insert(self, table: Any) -> Any:
        """Returns the dialect's INSERT, which supports ON CONFLICT."""
        raise NotImplementedError

    def on_stored(self, room: str) -> None:
        """Called after an attempt to store events, to notify other hubs."""

    async def check(self, connection: Transaction) -> None:
        """Raises StoreProblem if the tables cannot be created in this database."""

    @contextlib.asynccontextmanager
    async def _connected(self, write: bool = False) -> AsyncIterator[Transaction]:
        """Opens a transaction. Raises StoreProblem for an error of the database."""
        try:
            async with self.transaction(write) as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise self.problem(error) from error

    async def _add(self, connection: Transaction, table: Table, row: dict[str, Any]) -> bool:
        """Adds a row. Returns False if one with the same key exists."""
        return (await connection.execute(self.insert(table).on_conflict_do_nothing(), row)).changed == 1

    async def open(self) -> None:
        """Opens the store, and creates its tables. Raises StoreProblem."""
        async with self._connected(write=True) as connection:
            await self.check(connection)
            await connection.run(tables.meta.create_all)
            await self._add(connection, settings, {"name": tables.SCHEMA_NAME, "value": str(tables.SCHEMA)})
            version = int((await connection.execute(GET, {"which": tables.SCHEMA_NAME})).scalar() or 0)
            if version < tables.SCHEMA:
                await connection.run(partial(migrate, version=version))
        if version > tables.SCHEMA:
            raise StoreProblem(
                f"This store was written by a newer fromscratch: its tables have version {version}, and this one "
                f"supports up to {tables.SCHEMA}. Upgrade fromscratch to use it."
            )
        self.notifications.start()

    async def close(self) -> None:
        await self.notifications.close()
        await self.dispose()

    # rooms

    @contextlib.asynccontextmanager
    async def writing(self, room: str) -> AsyncIterator[RoomWriter]:
        """Opens a transaction on a room; raises LookupError for an unknown room. An exception inside rolls it back, and
        so does a cancellation, except during the commit: then only `since` shows whether it was committed."""
        has_events = False
        try:
            async with self._connected(write=True) as connection:
                last = (await connection.execute(LOCK, {"room": room})).scalar()
                if last is None:
                    raise LookupError(f"There is no room {room!r}.")
                writer = RoomWriter(connection, room, last)
                yield writer
                if has_events := writer.finish():
                    connection.defer(UPDATE_LAST, {"at_room": room, "to": writer.last})
        finally:
            if has_events:  # also after an error, which does not tell whether they were committed
                self.on_stored(room)
        if writer.erases:
            await self.purge()

    async def append(self, room: str, events: Sequence[Event[Any]]) -> bool:
        """Stores events without blobs in one step, without a lock. Returns False, and stores nothing, if they do not
        follow the room's last event, or if the store cannot do this."""
        return False

    async def purge(self) -> None:
        """Removes what was erased also from the database's own files, as far as it keeps copies there."""

    async def events(self, room: str, since: int, limit: int) -> list[Event[Any]]:
        async with self._connected() as connection:
            result = await connection.execute(SINCE, {"room": room, "seq": since, "most": limit})
        return [read_event(row.event) for row in result.rows]

    async def last(self, room: str) -> int:
        async with self._connected() as connection:
            return (await connection.execute(LAST, {"room": room})).scalar() or 0

    async def blob(self, room: str, key: str) -> bytes | None:
        async with self._connected() as connection:
            data = (await connection.execute(BLOB, {"room": room, "name": key})).scalar()
        return None if data is None else bytes(data)

    async def rooms(self) -> list[RoomCard]:
        query = select(rooms.c.id, rooms.c.title, rooms.c.month).order_by(rooms.c.added, rooms.c.id)
        async with self._connected() as connection:
            return [RoomCard(row.id, row.title, row.month) for row in (await connection.execute(query)).rows]

    async def add_room(self, room: RoomCard) -> bool:
        """Returns False if there is a room with this id."""
        row = msgspec.structs.asdict(room) | {"last": 0, "added": time.time()}
        async with self._connected(write=True) as connection:
            return await self._add(connection, rooms, row)

    # settings

    async def get(self, name: str) -> str | None:
        """Returns a setting of the hub (its id, title or webhooks)."""
        async with self._connected() as connection:
            value: str | None = (await connection.execute(GET, {"which": name})).scalar()
            return value

    async def get_all(self, prefix: str) -> dict[str, str]:
        """Returns the settings whose names start with `prefix`, without it."""
        query = select(settings.c.name, settings.c.value).where(settings.c.name.startswith(prefix, autoescape=True))
        async with self._connected() as connection:
            rows = (await connection.execute(query)).rows
        return {row.name.removeprefix(prefix): row.value for row in rows}

    async def put(self, name: str, value: str) -> None:
        insert = self.insert(settings)
        upsert = insert.on_conflict_do_update(index_elements=[settings.c.name], set_={"value": insert.excluded.value})
        async with self._connected(write=True) as connection:
            await connection.execute(upsert, {"name": name, "value": value})

    async def remove(self, name: str) -> None:
        async with self._connected(write=True) as connection:
            await connection.execute(settings.delete().where(settings.c.name == name))

    async def setdefault(self, name: str, value: str) -> str:
        """Returns the setting, after setting it to `value` if it was not set. Hubs that start at the same time get the
        same value."""
        async with self._connected(write=True) as connection:
            await self._add(connection, settings, {"name": name, "value": value})
            return str((await connection.execute(GET, {"which": name})).scalar())

    # notifications

    async def publish(self, channel: str, payload: str) -> None:
        """Notifies all hubs over this store, including this one. A hub that is not listening misses the notification.
        `payload` has at most 7,000 bytes."""
        self.notifications.send(channel, payload)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with each notification, and returns a function that stops this."""
        return self.notifications.listen(listener)

    async def changes(self) -> AsyncIterator[str]:
        """Yields ids of rooms with new events: immediately if a different hub stored them, and every few seconds for
        all rooms, in case a notification was lost. Continues after failures of the database."""
        seen: dict[str, int] = {}
        with self.notifications.room_changes() as changes:
            while True:
                with contextlib.suppress(StoreProblem):  # the next check finds the changes
                    async with self._connected() as connection:
                        lasts = {row.id: row.last for row in (await connection.execute(LASTS)).rows}
                    changed = [id for id, last in lasts.items() if last != seen.get(id, 0)]
                    seen = lasts
                    for room in changed:
                        yield room
                due = asyncio.get_running_loop().time() + self.poll
                while changed := await changes.next(due):
                    for room in changed:
                        yield room
