"""Executes commands: each exactly once, in one order for each room, and stored before anybody is notified."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.base import Blob, Command, ErasedBlob, Event, Job, Query, Room
from cowork.rooms.registry import new_room
from cowork.store.contract import StoreProblem
from cowork.store.sql import Store

log = logging.getLogger("cowork.ledger")
PAGE_SIZE = 1_000  # events read at once
MAX_BATCH = 64  # commands in a transaction
MAX_SINGLE = 4  # waiting commands that are stored one by one, if the store can append; more are stored together
MAX_TRIES = 3  # of appending a command's events to a room to which other hubs append too
OnEvents = Callable[[Room, list[Event[Any]], bool], None]  # (room, events, whether this hub stored them)


@dataclass
class _PendingCommand:
    by: Member
    id: str
    command: Command
    seq: asyncio.Future[int]


@dataclass
class _RoomState:
    """A room in memory. `notified`: the last event passed to `on_events`; `executed`: the last event of each command,
    by member and command id; `stale`: the room may contain events that were not stored."""

    room: Room
    notified: int = 0
    last_at: float = 0.0
    stale: bool = False
    executed: dict[tuple[str, str], int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pending: list[_PendingCommand] = field(default_factory=list)
    writer: asyncio.Task[None] | None = None

    def apply(self, event: Event[Any]) -> None:
        self.room.apply(event)
        self.last_at = max(self.last_at, event.at)
        self.executed[(event.by, event.command)] = event.seq

    def empty(self) -> _RoomState:
        """An empty state of the same room."""
        return _RoomState(new_room(self.room.id, self.room.title, self.room.month))

    def replace(self, built: _RoomState) -> None:
        self.room, self.executed, self.stale = built.room, built.executed, False
        self.last_at = max(self.last_at, built.last_at)


class Ledger:
    """Rooms in memory, synchronized with the store. `on_events` receives each stored event once, in order."""

    def __init__(self, store: Store, on_events: OnEvents, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._on_events = on_events
        self._clock = clock
        self._states: dict[str, _RoomState] = {}
        self._loading = asyncio.Lock()

    async def room(self, id: str) -> Room:
        """Returns the current room. Raises Refusal("unknown")."""
        return (await self._state(id)).room

    def notified(self, id: str) -> int:
        """Returns the last event passed to `on_events`; the room itself can be slightly ahead."""
        return self._states[id].notified

    def jobs(self) -> list[Job]:
        """Returns the unfinished jobs of the rooms in memory."""
        return [job for state in self._states.values() for job in state.room.jobs()]

    async def execute(self, by: Member, room: str, id: str, command: Command) -> int:
        """Executes a command, unless it was executed before, and returns the number of its last event; 0 if it has
        none. Raises Refusal. Cancelling the call does not cancel the command."""
        state = await self._state(room)
        pending = _PendingCommand(by, id, command, asyncio.get_running_loop().create_future())
        state.pending.append(pending)
        if state.writer is None:
            state.writer = asyncio.create_task(self._write(state))
        return await pending.seq

    async def answer(self, by: Member, room: str, query: Query) -> Any:
        """Returns the data that a query asks for. Raises Refusal."""
        state = await self._state(room)
        blobs = {key: await self._store.blob(room, key) for key in query.keys(state.room, by)}

        def blob(key: str) -> bytes:
            data = blobs.get(key)
            if data is None:
                raise Refusal("unknown", "The hub no longer has this data.")
            return data

        return query.answer(state.room, by, blob)

    async def catch_up(self, room: str) -> None:
        """Reads the events that other hubs have stored, if the room is in memory."""
        state = self._states.get(room)
        if state is not None:
            async with state.lock:
                await self._read(state)

    async def close(self) -> None:
        """Waits until the pending commands are stored."""
        writers = [state.writer for state in self._states.values() if state.writer is not None]
        await asyncio.gather(*writers, return_exceptions=True)

    async def _state(self, id: str) -> _RoomState:
        if id in self._states:
            return self._states[id]
        async with self._loading:
            if id not in self._states:
                row = next((row for row in await self._store.rooms() if row.id == id), None)
                if row is None:
                    raise Refusal("unknown", f"This hub has no room {id!r}.")
                state = _RoomState(new_room(row.id, row.title, row.month), notified=sys.maxsize)  # no notifications yet
                await self._read(state)
                state.notified = state.room.seq
                self._states[id] = state
        return self._states[id]

    async def _read(self, state: _RoomState) -> None:
        """Reads the events that follow. A stale room is built again beside the old one, which is used until then."""
        built = state.empty() if state.stale else state
        forgets, more = False, True
        new: list[Event[Any]] = []
        while more:
            events = await self._store.events(state.room.id, built.room.seq, PAGE_SIZE)
            for event in events:
                built.apply(event)
            forgets |= any(event.fact.forgets() for event in events)
            new += [event for event in events if event.seq > state.notified]
            if built is state:
                self._notify(state, new, False)
                new = []
            more = len(events) == PAGE_SIZE
        if built is not state:
            state.replace(built)
            self._notify(state, new, False)
        elif forgets and state.room.seq > 0 and state.notified < sys.maxsize:
            state.stale = True  # the events before have changed
            await self._read(state)

    def _notify(self, state: _RoomState, events: list[Event[Any]], own: bool) -> None:
        new = [event for event in events if event.seq > state.notified]
        if new:
            state.notified = new[-1].seq
            self._on_events(state.room, new, own)

    async def _write(self, state: _RoomState) -> None:
        try:
            while state.pending:
                size = 1 if self._store.can_append and len(state.pending) <= MAX_SINGLE else MAX_BATCH
                batch, state.pending = state.pending[:size], state.pending[size:]
                async with state.lock:
                    await self._transaction(state, batch)
        finally:
            state.writer = None

    async def _transaction(self, state: _RoomState, batch: list[_PendingCommand]) -> None:
        """Decides each command on the room as the previous ones left it, and stores the events of all. If that fails,
        the room is read again, and each caller can retry with the same id."""
        results: dict[int, int | Refusal] = {}
        others: list[Event[Any]] = []
        try:
            if state.stale:
                await self._read(state)
            if len(batch) == 1 and (events := await self._append(state, batch[0])):
                results[0] = events[-1].seq
            else:
                others, events = await self._store_locked(state, batch, results)
        except Exception as error:
            known = isinstance(error, StoreProblem)
            log.error("room %s: nothing was stored: %s", state.room.id, error, exc_info=None if known else error)
            state.stale = True
            for index in range(len(batch)):
                if not isinstance(results.get(index), Refusal):
                    results[index] = Refusal("store", "The hub could not store this. Try again in a moment.")
        else:
            self._notify(state, others, False)
            self._notify(state, events, True)
            if any(event.fact.forgets() for event in (*others, *events)):
                state.stale = True
                with suppress(StoreProblem):  # the next transaction reads the room
                    await self._read(state)
        for index, pending in enumerate(batch):
            if pending.seq.done():
                continue
            result = results[index]
            if isinstance(result, Refusal):
                pending.seq.set_exception(result)
            else:
                pending.seq.set_result(result)

    async def _append(self, state: _RoomState, pending: _PendingCommand) -> list[Event[Any]]:
        """Stores the events of one command in one step, without locking the room, and returns them. Returns [], and
        stores nothing, where the room must be locked."""
        for _ in range(MAX_TRIES if self._store.can_append else 0):
            events = self._decide_alone(state, pending)
            if not events:
                break
            if await self._store.append(state.room.id, events):
                for event in events:
                    state.apply(event)
                return events
            await self._read(state)  # newer events, on which the command may have to be decided differently
        return []

    def _decide_alone(self, state: _RoomState, pending: _PendingCommand) -> list[Event[Any]]:
        """Returns the events of a command, without applying them. Returns [] for a command that was executed before, is
        refused, or changes more than its own events."""
        if (pending.by.id, pending.id) in state.executed:
            return []
        now = max(self._clock(), state.last_at)
        try:
            decided = pending.command.decide(state.room, pending.by, now)
        except Exception:  # decided again on the locked room
            return []
        facts = [outcome for outcome in decided if not isinstance(outcome, Blob | ErasedBlob)]
        if len(facts) != len(decided) or any(fact.forgets() or fact.erases() for fact in facts):
            return []
        return [
            Event(state.room.seq + number, now, pending.by.id, pending.by.name, pending.id, fact)
            for number, fact in enumerate(facts, 1)
        ]

    async def _store_locked(
        self, state: _RoomState, batch: list[_PendingCommand], results: dict[int, int | Refusal]
    ) -> tuple[list[Event[Any]], list[Event[Any]]]:
        """Decides and stores commands while the room is locked, and adds their `results`, by their index. Returns the
        events that other hubs have stored before, and those of the commands."""
        events: list[Event[Any]] = []
        blobs: list[Blob | ErasedBlob] = []
        async with self._store.writing(state.room.id) as writer:
            others = await writer.since(state.room.seq)
            for event in others:
                state.apply(event)
            for index, pending in enumerate(batch):
                try:
                    results[index] = self._decide(state, pending, events, blobs)
                except Refusal as refusal:
                    results[index] = refusal
            if events:
                await writer.add(events, [blob for blob in blobs if isinstance(blob, Blob)])
                writer.erase_blobs([blob for blob in blobs if isinstance(blob, ErasedBlob)])
        return others, events

    def _decide(
        self, state: _RoomState, pending: _PendingCommand, events: list[Event[Any]], blobs: list[Blob | ErasedBlob]
    ) -> int:
        by, executed = pending.by, state.executed.get((pending.by.id, pending.id))
        if executed is not None:
            return executed
        now = max(self._clock(), state.last_at)  # a clock that is set back does not change the order of events
        try:
            decided = pending.command.decide(state.room, by, now)
        except Refusal:
            raise
        except Exception as error:
            log.error("room %s: %r failed", state.room.id, type(pending.command).__name__, exc_info=error)
            raise Refusal("fault", "The hub did not execute this because of an internal error; see its log.") from error
        seq = 0
        for outcome in decided:
            if isinstance(outcome, Blob | ErasedBlob):
                blobs.append(outcome)
                continue
            event = Event(state.room.seq + 1, now, by.id, by.name, pending.id, outcome)
            state.apply(event)
            events.append(event)
            seq = event.seq
        return seq
