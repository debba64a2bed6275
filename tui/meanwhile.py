"""What concerns the learner in all rooms since they were last here: collects it, and marks it as seen on the hub."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from learner import files
from tui.background import start

if TYPE_CHECKING:
    from textual.app import App

    from cowork.client.session import Session
    from cowork.mentions import Mentionable
    from cowork.rooms.base import Room
    from cowork.rooms.news import News

Marks = dict[str, set[int]]  # numbers of events, by room
MAX_SENT = 1_000  # marks in one request


class Host(Protocol):
    """What the news need of the app's co-work controller."""

    app: App[Any]
    session: Session | None

    def publish_soon(self) -> None:
        """Redraws what shows co-work data."""


@dataclass
class Entry:
    """News of a room; `seen` in this run of the app, they stay in the list."""

    room: str
    news: News
    seen: bool = False

    @property
    def key(self) -> tuple[str, int]:
        return self.room, self.news.seq


class Meanwhile:
    """The news of all rooms, newest first. The hub keeps what the learner has seen; marks that it does not have yet are
    kept in a file."""

    def __init__(self, cowork: Host, path: Path, announce: Callable[[list[Entry]], None]) -> None:
        self.cowork = cowork
        self._announce = announce
        self.loaded = False  # whether the hub has sent what the learner has seen
        self.entries: list[Entry] = []
        self.names: dict[str, frozenset[str]] = {}  # of those who may enter a room
        self.members: dict[str, dict[str, str]] = {}  # the names of those who can hand in there, by member
        self._path = path
        self._hub = ""
        self._hubs: dict[str, dict[str, set[int]]] = {}
        self._pending: Marks = {}
        self._seen: Marks = {}
        self._loading = self._refused = False
        self._announced: set[tuple[str, int]] = set()

    def open(self, hub: str) -> None:
        """Starts with the marks that an earlier run could not send to this hub."""
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._hubs = msgspec.json.decode(self._path.read_bytes(), type=dict[str, dict[str, set[int]]])
        self._hub, self._pending = hub, self._hubs.get(hub, {})
        self.loaded, self.entries, self.names, self.members, self._seen = False, [], {}, {}, {}

    def save(self) -> None:
        """Keeps the marks that the hub does not have yet; if that fails, their news are shown again."""
        hubs = self._hubs | {self._hub: self._pending}
        hubs = {hub: marks for hub, marks in hubs.items() if any(marks.values())}
        if hubs != self._hubs or (hubs and not self._path.exists()):
            self._hubs = hubs
            with contextlib.suppress(OSError):
                files.overwrite(self._path, msgspec.json.encode(hubs))

    @property
    def unseen(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.seen]

    def mentionable(self, room_id: str | None) -> Mentionable:
        """The names that can be mentioned in a room, and the learner's own."""
        from cowork.mentions import Mentionable

        session = self.cowork.session
        me = session.member.name if session is not None and session.member is not None else ""
        return Mentionable(me, self.known_names(room_id or "") | ({me} if me else set()))

    def known_names(self, room_id: str) -> frozenset[str]:
        """The names that can be mentioned in a room: of those who may enter it, and of those who are there."""
        session = self.cowork.session
        present = session.people.get(room_id, {}).values() if session is not None else ()
        return self.names.get(room_id, frozenset()) | {person.name for person in present}

    # Updates

    def update(self, changed: Iterable[str]) -> None:
        """Collects the news of changed rooms; after a connection, of all rooms once the hub has sent the marks."""
        session = self.cowork.session
        if session is None or session.state != "online":
            self.loaded = self._refused = False
            return
        if not self.loaded or session.rooms.keys() - self.names.keys():
            if session.rooms and not self._loading and not self._refused:
                self._loading = True
                start(self.cowork.app, partial(self._load, session), "meanwhile")
            if not self.loaded:
                return
        rooms = [session.rooms[id] for id in changed if id in session.rooms]
        if rooms:
            self._collect(session, rooms)

    async def _load(self, session: Session) -> None:
        from cowork.refusal import Refusal

        try:
            seen = await session.request("seen")
            rooms = list(session.rooms)
            members = await session.request("room members")
        except Refusal:  # the connection was lost, or the hub is older: the next connection tries again
            self._refused = True
            return
        finally:
            self._loading = False
        self._seen = {room: set(seqs) for room, seqs in seen.items()}
        for room in rooms:
            here = [each for each in members if each["role"] != "guest" or room in each["rooms"]]
            self.names[room] = frozenset(each["name"] for each in here)
            self.members[room] = {each["id"]: each["name"] for each in here if each["role"] != "guest"}
        self.loaded = True
        self._collect(session, [session.rooms[id] for id in rooms if id in session.rooms])
        self.cowork.publish_soon()
        await self._send(session)

    def _collect(self, session: Session, rooms: list[Room]) -> None:
        from cowork.rooms.meanwhile import passed_exercises, unseen_news
        from cowork.rooms.news import Reader

        me = session.member
        if me is None:
            return
        passed = passed_exercises(session.rooms.values(), me.id)
        collected: list[Entry] = []
        for room in rooms:
            known = self._seen.get(room.id, set()) | self._pending.get(room.id, set())
            reader = Reader(me, session.clock(), self.known_names(room.id), passed, frozenset(known))
            collected += [Entry(room.id, news) for news in unseen_news(room, reader)]
        changed = {room.id for room in rooms}
        kept = [entry for entry in self.entries if entry.seen or entry.room not in changed]
        self.entries = sorted([*kept, *collected], key=lambda entry: (-entry.news.at, -entry.news.seq))
        new = [entry for entry in collected if entry.key not in self._announced]
        self._announced.update(entry.key for entry in new)
        if new:
            self._announce(new)

    # Marks

    def mark_seen(self, entries: Iterable[Entry]) -> None:
        """Marks news as seen, also on the learner's other devices."""
        new = [entry for entry in entries if not entry.seen]
        for entry in new:
            entry.seen = True
            self._pending.setdefault(entry.room, set()).update((entry.news.seq, *entry.news.covers))
        session = self.cowork.session
        if new:
            self.cowork.publish_soon()
        if new and session is not None and session.state == "online":
            start(self.cowork.app, partial(self._send, session), "seen")

    def mark_messages_seen(self, room_id: str, messages: Iterable[int]) -> None:
        """Marks the news about these messages of a room as seen: they are on the screen."""
        shown = set(messages)
        self.mark_seen(
            entry for entry in self.unseen
            if entry.room == room_id and entry.news.page == "chat" and entry.news.target in shown
        )  # fmt: skip

    async def _send(self, session: Session) -> None:
        from cowork.refusal import Refusal

        marks = {room: sorted(seqs)[:MAX_SENT] for room, seqs in self._pending.items() if seqs}
        if not marks:
            return
        try:
            for room, seqs in marks.items():
                await session.request("mark seen", seqs={room: seqs})
                self._seen.setdefault(room, set()).update(seqs)
                self._pending[room] -= set(seqs)
        except Refusal:  # they are sent after the next connection
            return
