"""The news that each member has seen, in a hub's store: for the person, on all their devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select

from cowork.store.tables import seen

if TYPE_CHECKING:
    from cowork.store.transaction import Transaction

KEPT = 90 * 86_400.0  # seconds; news are shown for a shorter time (`cowork.rooms.news.MAX_AGE`)
SEEN = select(seen.c.room, seen.c.seq).where(seen.c.member == bindparam("who"))
FORGET_OLD = delete(seen).where(seen.c.member == bindparam("who"), seen.c.at < bindparam("until"))


class SeenMixin:
    """The part of a store that keeps what members have seen; `cowork.store.sql.Store` provides the connections."""

    if TYPE_CHECKING:

        def _connected(self, write: bool = False) -> AbstractAsyncContextManager[Transaction]: ...
        def insert(self, table: Any) -> Any: ...

    async def seen(self, member: str) -> dict[str, list[int]]:
        """Returns the numbers of the events that a member has seen, sorted, by room."""
        async with self._connected() as connection:
            rows = (await connection.execute(SEEN, {"who": member})).rows
        by_room: dict[str, list[int]] = {}
        for row in rows:
            by_room.setdefault(row.room, []).append(row.seq)
        return {room: sorted(seqs) for room, seqs in by_room.items()}

    async def mark_seen(self, member: str, seqs: Mapping[str, Iterable[int]], now: float) -> None:
        """Adds events by room; marks from several devices at the same time are all kept."""
        marks = [(room, seq) for room, numbers in seqs.items() for seq in set(numbers)]
        async with self._connected(write=True) as connection:
            for room, seq in marks:
                row = {"member": member, "room": room, "seq": seq, "at": now}
                await connection.execute(self.insert(seen).on_conflict_do_nothing(), row)
            await connection.execute(FORGET_OLD, {"who": member, "until": now - KEPT})
