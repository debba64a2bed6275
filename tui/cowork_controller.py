"""The app's connection to a co-work hub: its session, the rooms it follows, and what has been read in them."""

from __future__ import annotations

import asyncio
import importlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.signal import Signal

from playground.data_folder import data_folder
from tui.announcements import Announcements
from tui.background import start
from tui.formatting import clean
from tui.learner_context import LearnerContext
from tui.meanwhile import Meanwhile
from tui.read_marks import ReadMarks
from tui.room_dates import room_dates

# The package `cowork` is imported only once there is a hub to connect to.
if TYPE_CHECKING:
    from cowork.client.known_hubs import KnownHub
    from cowork.client.session import Change, Session
    from cowork.frames import Person
    from cowork.permissions import Member
    from cowork.rooms.base import Command, Query, Room

PUBLISH_DELAY = 0.04  # seconds in which changes are collected before they are published
MAX_ROOMS = 24  # rooms that are followed for unread messages


@dataclass(frozen=True)
class CoworkChanged:
    """Published on a change of `rooms` (ids), or, if empty, of the connection, the list of rooms or the people."""

    rooms: frozenset[str] = frozenset()


class CoworkController:
    """Manages the session with one hub at a time. Widgets that show co-work data subscribe to `changed`."""

    def __init__(self, app: App[Any], learner: LearnerContext, session: Session | None = None) -> None:
        self.app = app
        self.learner = learner
        self.session = session
        self.visible = False  # whether the Co-work mode is open
        self.changed: Signal[CoworkChanged] = Signal(app, "cowork-changed")
        self.events: Signal[Change] = Signal(app, "cowork-events")
        self.news: Signal[bool] = Signal(app, "cowork-news")
        self.room_id: str | None = None
        self.read = ReadMarks(self.learner.workspace.state_folder / "cowork-read.json")
        seen = self.learner.workspace.state_folder / "cowork-seen.json"
        self.meanwhile = Meanwhile(self, seen, Announcements(self).announce)
        self._changed_rooms: set[str] = set()
        self._publish_timer: asyncio.TimerHandle | None = None

    # The session

    def connect(self) -> None:
        """Connects to the hub that was used last, if any; ends the session before."""
        start(self.app, self._connect, "cowork")

    async def _connect(self) -> None:
        if self.session is None and hubs_file().exists():
            self.session = await self._result(asyncio.to_thread(_open_session))
        if self.session is not None:
            await self._run(self.session)

    async def join(self, invite: str, name: str) -> str | None:
        """Joins a hub by an invite and connects to it; returns a message if that fails."""
        await asyncio.to_thread(importlib.import_module, "cowork.client.connection")  # keeps the app responsive
        from cowork.client.connection import Unreachable, join
        from cowork.client.known_hubs import home_folder
        from cowork.refusal import Refusal

        try:
            known = await join(invite, name, home_folder())
        except Refusal as refusal:
            return refusal.says
        except Unreachable as error:
            return f"Cannot reach the hub: {error}."
        except OSError as error:
            return f"Cannot save the hub's address: {error}"
        self.session, self.room_id = _open_session(known), None
        self.connect()
        return None

    async def leave(self, forget: bool) -> bool:
        """Leaves the hub; `forget`: it deletes all that the learner wrote and handed in. Returns False, and notifies,
        if the hub refuses."""
        from cowork.client.known_hubs import home_folder
        from cowork.client.leaving import leave_hub
        from cowork.refusal import Refusal

        if self.session is None:
            return False
        try:
            await leave_hub(self.session, home_folder(), forget)
        except Refusal as refusal:
            self.app.notify(clean(refusal.says), severity="warning", markup=False, timeout=12)
            return False
        self.session, self.room_id = None, None
        self.connect()  # to another hub that the learner has joined, if any
        self.publish_soon()
        return True

    async def _run(self, session: Session) -> None:
        known = getattr(session, "known", None)
        hub = known.hub if known is not None else ""
        self.read.load(hub)
        self.meanwhile.open(hub)
        unsubscribe = session.subscribe(self._on_change)
        self.publish_soon()
        try:
            await session.run()
        finally:
            unsubscribe()
            await asyncio.shield(session.close())

    async def close(self) -> None:
        """Ends the session; queued commands are kept for the next session."""
        if self._publish_timer is not None:
            self._publish_timer.cancel()
        self.read.save()
        self.meanwhile.save()
        if self.session is not None:
            await self.session.close()

    @property
    def room(self) -> Room | None:
        """The current room: the selected one, else the first."""
        if self.session is None:
            return None
        if self.room_id not in self.session.rooms:
            self.room_id = next(iter(self.session.rooms), None)
        return self.session.rooms.get(self.room_id) if self.room_id is not None else None

    @property
    def me(self) -> Member | None:
        return self.session.member if self.session is not None else None

    @property
    def people(self) -> list[Person]:
        """The people present in the current room, by name."""
        if self.session is None or self.room_id is None:
            return []
        people = self.session.people.get(self.room_id, {}).values()
        return sorted((person for person in people if person.here is not None), key=lambda p: p.name.casefold())

    def now(self) -> float:
        """The hub's time, in seconds since 1970."""
        return self.session.clock() if self.session is not None else self.learner.clock().timestamp()

    def _on_change(self, change: Change) -> None:
        if change.room is not None:
            self._changed_rooms.add(change.room)
        match change.kind:
            case "events":
                self.events.publish(change)
            case "refused":
                self.app.notify(clean(change.says), severity="warning", markup=False, timeout=12)
        self.publish_soon()

    def publish_soon(self) -> None:
        """Publishes a change, together with others that follow at once."""
        if self._publish_timer is None:
            self._publish_timer = asyncio.get_running_loop().call_later(PUBLISH_DELAY, self._publish)

    def _publish(self) -> None:
        self._publish_timer = None
        rooms, self._changed_rooms = frozenset(self._changed_rooms), set()
        session = self.session
        if session is not None and session.state == "online":
            new_rooms = [card.id for card in session.cards[:MAX_ROOMS] if card.id not in session.rooms]
            if new_rooms:
                start(self.app, partial(self._enter, session, new_rooms), "cowork-enter")
        self.meanwhile.update(rooms)
        self._store_due_dates(rooms)
        self._publish_news()
        self.changed.publish(CoworkChanged(rooms))

    def _store_due_dates(self, changed: frozenset[str]) -> None:
        """Keeps the dates of assignments, which the Course shows also offline."""
        session, me = self.session, self.me
        rooms = [self.rooms[id] for id in changed if id in self.rooms]
        if session is not None and me is not None and rooms and session.state == "online":
            known = getattr(session, "known", None)
            self.learner.due_dates.store(known.hub if known is not None else "", room_dates(rooms, me))

    async def _enter(self, session: Session, rooms: list[str]) -> None:
        """Enters rooms; messages from before the first visit count as read."""
        from cowork.refusal import Refusal

        for id in rooms:
            try:
                room = await session.enter(id)
            except Refusal as refusal:
                self.app.notify(clean(refusal.says), severity="warning", markup=False)
            else:
                self.read.initialize(id, room.seq)
        self.publish_soon()

    @property
    def rooms(self) -> dict[str, Room]:
        """The rooms that are followed, by id."""
        return self.session.rooms if self.session is not None else {}

    def waiting(self, room_id: str) -> tuple[str, ...]:
        """The texts of messages to a room that have not reached the hub yet."""
        if self.session is None or not self.session.waiting or self.session.state == "online":
            return ()
        from cowork.rooms.chat import SendMessage

        return tuple(command.text for command in self.session.queued(room_id) if isinstance(command, SendMessage))

    # Unread messages

    def unread(self, room_id: str) -> int:
        """The number of unread messages by others in a room."""
        if self.session is None or (room := self.session.rooms.get(room_id)) is None:
            return 0
        from cowork.rooms.chat import Chat

        me, read = self.me.id if self.me else "", self.read.get(room_id, room.seq)
        count = 0
        for message in reversed(room[Chat].messages.values()):
            if message.seq <= read:
                break
            count += message.by != me
        return count

    def set_visible(self, visible: bool) -> None:
        """Records whether the Co-work mode is open."""
        self.visible = visible
        self._publish_news()

    def _publish_news(self) -> None:
        news = bool(self.meanwhile.unseen) or any(self.unread(id) for id in self.rooms)
        self.news.publish(not self.visible and news)

    def mark_read(self) -> None:
        """Marks everything in the current room as read."""
        if (room := self.room) is not None:
            self.read.set(room.id, room.seq)

    # Requests

    async def do(self, command: Command, room_id: str | None = None) -> bool:
        """Sends a command to a room, by default the current one. Returns False, and notifies, if it is refused."""
        room = self.room
        if self.session is None or room is None:
            return False
        return await self._result(self.session.do(room_id or room.id, command)) is not None

    async def ask(self, query: Query, room_id: str | None = None) -> Any:
        """Returns a room's answer to a query, by default the current one's. Returns None, and notifies, if it is
        refused."""
        if self.session is None or (room := self.room) is None:
            return None
        return await self._result(self.session.ask(room_id or room.id, query))

    async def request(self, name: str, **data: Any) -> Any:
        """Returns the hub's answer to a request. Returns None, and notifies, if it is refused."""
        return await self._result(self.session.request(name, **data)) if self.session is not None else None

    async def _result(self, awaitable: Any) -> Any:
        from cowork.refusal import Refusal

        try:
            return await awaitable
        except Refusal as refusal:
            self.app.notify(clean(refusal.says), severity="warning", markup=False, timeout=12)
            return None


def hubs_file() -> Path:
    """The file with the hubs that the learner has joined (`cowork/client/known_hubs.py`)."""
    return data_folder() / "cowork" / "hubs.json"


def _open_session(known: KnownHub | None = None) -> Session | None:
    """Opens a session with a hub, by default the one used last."""
    from cowork.client.known_hubs import KnownHubs, home_folder
    from cowork.client.session import Session

    home = home_folder()
    if known is None:
        hubs = KnownHubs(home).all()
        if not hubs:
            return None
        known = hubs[0]
    return Session(known, home)
