"""The app's side of co-work: its session with a hub, what of a room has been read, what the room is told of one's own
work. Knows no screen. Nothing of `cowork` is imported until there is a hub to talk to."""

from __future__ import annotations

import asyncio
import importlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.signal import Signal

from playground.store import data_folder
from tui.background import start
from tui.formatting import clean
from tui.presence_reporter import PresenceReporter
from tui.read_marks import ReadMarks

if TYPE_CHECKING:
    from cowork.client.known_hubs import KnownHub
    from cowork.client.session import Change, Session
    from cowork.frames import Person
    from cowork.permissions import Member
    from cowork.rooms.base import Command, Query, Room
    from tui.app import FromScratchApp

SETTLE = 0.04  # seconds in which changes are gathered before they are drawn
MOST_ROOMS = 24  # so many are followed for what is new in them


@dataclass(frozen=True)
class CoworkChanged:
    """Something changed: in `rooms`, by id; in the connection, the list of rooms or the people where it is empty."""

    rooms: frozenset[str] = frozenset()


class CoworkController:
    """One hub at a time. Whoever draws something of it subscribes to `moved`."""

    def __init__(self, app: FromScratchApp, session: Session | None = None) -> None:
        self.app = app
        self.learner = app.learner
        self.session = session
        self.presence = PresenceReporter(app)
        self.looked_at = False  # whether the Co-work mode is on the screen
        self.changed: Signal[CoworkChanged] = Signal(app, "cowork-moved")
        self.room_id: str | None = None
        self.read = ReadMarks(self.learner.workspace.state_folder / "cowork-read.json")
        self._changed: set[str] = set()
        self._drawing: asyncio.TimerHandle | None = None

    # The session

    def open(self) -> None:
        """Begins to listen to the rest of the app, and goes to a hub."""
        self.presence.begin()
        self.begin()

    def begin(self) -> None:
        """Goes to the hub that one was at last, if there is one; leaves the one before."""
        start(self.app, self._begin, "cowork")

    async def _begin(self) -> None:
        if self.session is None and hubs_file().exists():
            self.session = await self._told(asyncio.to_thread(_session))
        if self.session is not None:
            await self._run(self.session)

    async def join(self, invite: str, name: str) -> str | None:
        """Joins a hub by an invite and goes there; a sentence where that fails."""
        await asyncio.to_thread(importlib.import_module, "cowork.client.join")  # nothing freezes meanwhile
        from cowork.client.connection import Unreachable
        from cowork.client.join import join
        from cowork.client.known_hubs import home_folder
        from cowork.refusal import Refusal

        try:
            known = await join(invite, name, home_folder())
        except Refusal as refusal:
            return refusal.says
        except Unreachable as error:
            return f"The hub cannot be reached: {error}."
        except OSError as error:
            return f"The hub cannot be remembered: {error}"
        self.session, self.room_id = _session(known), None
        self.begin()
        return None

    async def _run(self, session: Session) -> None:
        known = getattr(session, "known", None)
        self.read.of(known.hub if known is not None else "")
        unsubscribe = session.subscribe(self._hear)
        self._later()
        try:
            await session.run()
        finally:
            unsubscribe()
            await asyncio.shield(session.close())

    async def close(self) -> None:
        """Ends the session; what waits to be sent stays for the next time."""
        if self._drawing is not None:
            self._drawing.cancel()
        self.read.save()
        if self.session is not None:
            await self.session.close()

    @property
    def room(self) -> Room | None:
        """The room looked at: the one chosen, else the first."""
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
        """Who is in the room, by name."""
        if self.session is None or self.room_id is None:
            return []
        here = self.session.people.get(self.room_id, {}).values()
        return sorted((one for one in here if one.here is not None), key=lambda one: one.name.casefold())

    def now(self) -> float:
        """The hub's clock, in seconds since 1970."""
        return self.session.clock() if self.session is not None else self.learner.clock().timestamp()

    def _hear(self, change: Change) -> None:
        if change.room is not None:
            self._changed.add(change.room)
        match change.kind:
            case "events":
                self.presence.heard(change)
            case "refused":
                self.app.notify(clean(change.says), severity="warning", markup=False, timeout=12)
        self._later()

    def _later(self) -> None:
        if self._drawing is None:
            self._drawing = asyncio.get_running_loop().call_later(SETTLE, self._tell)

    def _tell(self) -> None:
        self._drawing = None
        rooms, self._changed = frozenset(self._changed), set()
        session = self.session
        if session is not None and session.state == "online":
            if wanted := [card.id for card in session.cards[:MOST_ROOMS] if card.id not in session.rooms]:
                start(self.app, partial(self._enter, session, wanted), "cowork-enter")
            self.presence.tell()
        self._tell_news()
        self.changed.publish(CoworkChanged(rooms))

    async def _enter(self, session: Session, rooms: list[str]) -> None:
        """Comes into the rooms: what was said before one came is not new."""
        from cowork.refusal import Refusal

        for id in rooms:
            try:
                room = await session.enter(id)
            except Refusal as refusal:
                self.app.notify(clean(refusal.says), severity="warning", markup=False)
            else:
                self.read.begin(id, room.seq)
        self._later()

    @property
    def rooms(self) -> dict[str, Room]:
        """The rooms that are followed, by id."""
        return self.session.rooms if self.session is not None else {}

    def waiting(self, room_id: str) -> tuple[str, ...]:
        """The messages to a room that the hub does not have yet."""
        if self.session is None or not self.session.waiting or self.session.state == "online":
            return ()
        from cowork.rooms.chat import SendMessage

        return tuple(one.text for one in self.session.queued(room_id) if isinstance(one, SendMessage))

    # What is new

    def unread(self, room_id: str) -> int:
        """How many messages of others came after what was read in a room."""
        if self.session is None or (room := self.session.rooms.get(room_id)) is None:
            return 0
        from cowork.rooms.chat import Chat

        me, read = self.me.id if self.me else "", self.read.get(room_id, room.seq)
        count = 0
        for one in reversed(room[Chat].messages.values()):
            if one.seq <= read:
                break
            count += one.by != me
        return count

    def look(self, looked_at: bool) -> None:
        """Whether the Co-work mode is on the screen."""
        self.looked_at = looked_at
        self._tell_news()

    def _tell_news(self) -> None:
        self.app.cowork_news = not self.looked_at and any(self.unread(id) for id in self.rooms)

    def reading(self) -> None:
        """All that is in the room shown has been read."""
        if (room := self.room) is not None:
            self.read.to(room.id, room.seq)

    # What one does

    async def do(self, command: Command, room_id: str | None = None) -> bool:
        """Asks a room, the one looked at, for something; what is refused is told. True where it is done, or will be."""
        room = self.room
        if self.session is None or room is None:
            return False
        return await self._told(self.session.do(room_id or room.id, command)) is not None

    async def ask(self, question: Query) -> Any:
        """What the room answers; None where it is refused, which is told."""
        if self.session is None or (room := self.room) is None:
            return None
        return await self._told(self.session.ask(room.id, question))

    async def request(self, what: str, **data: Any) -> Any:
        """What the hub answers; None where it is refused, which is told."""
        return await self._told(self.session.request(what, **data)) if self.session is not None else None

    async def _told(self, asked: Any) -> Any:
        from cowork.refusal import Refusal

        try:
            return await asked
        except Refusal as refusal:
            self.app.notify(clean(refusal.says), severity="warning", markup=False, timeout=12)
            return None


def hubs_file() -> Path:
    """Where the hubs that one has joined are remembered (`cowork/client/known_hubs.py`)."""
    return data_folder() / "cowork" / "hubs.json"


def _session(known: KnownHub | None = None) -> Session | None:
    """A session with a hub, or with the one that one was at last."""
    from cowork.client.known_hubs import KnownHubs, home_folder
    from cowork.client.session import Session

    home = home_folder()
    if known is None:
        hubs = KnownHubs(home).all()
        if not hubs:
            return None
        known = hubs[0]
    return Session(known, home)
