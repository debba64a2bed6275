"""What each verb of `fromscratch cowork` needs: the hub, the room, and one way to answer.

A verb is a command with `@where_options`; it tells `where.do` what a room is asked for, or gives `where.talk` an async
function for anything else. Both hand over an `At`:

    @click.command("say")
    @where_options
    @click.argument("words")
    def say_command(where: Where, words: str) -> None:
        where.do(lambda at: Say(words), "Said.")

Exit codes: 0 it is done, or kept to be sent; 1 the hub refused or cannot be reached; 2 wrong usage, or no hub joined.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from cowork.refusal import Refusal
from tui.formatting import clean

if TYPE_CHECKING:
    from cowork.client.command_queue import Done, Queued
    from cowork.client.session import Session
    from cowork.rooms.base import Command, Query, Room

PATIENCE = 15.0  # seconds to reach a hub
USAGE = frozenset({"no hub", "known hubs", "no room", "usage"})  # refusals that a call of the command itself earns


def where_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --hub, --room and --json, and hands them over as `where`."""

    @click.option("--hub", help="Which hub, by its title; without it, the one joined last.")
    @click.option("--room", help="Which room, by its title; without it, the first.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object.")
    @functools.wraps(command)
    def with_where(*args: Any, hub: str | None, room: str | None, as_json: bool, **options: Any) -> Any:
        return command(*args, where=Where(hub, room, as_json), **options)

    return with_where


@dataclass(frozen=True)
class Where:
    """What was said of hub and room on the command line."""

    hub: str | None
    room: str | None
    as_json: bool

    def talk(self, work: Callable[[At], Awaitable[None]], *, enter: bool = True, offline: bool = False) -> None:
        """Does `work` in a session, and ends the program. `enter`: with the room and all that happened there;
        `offline`: also where the hub cannot be reached."""
        try:
            sys.exit(asyncio.run(self._talk(work, enter, offline)))
        except Refusal as refusal:
            if self.as_json:
                say_json({"refused": refusal.code, "says": refusal.says, "data": refusal.data})
            click.echo(clean(refusal.says), err=True)
            sys.exit(2 if refusal.code in USAGE else 1)
        except KeyboardInterrupt:
            sys.exit(130)

    def do(
        self, make: Callable[[At], Command], says: str = "Done.", *, enter: bool = True, offline: bool = False
    ) -> None:
        """Does the command that `make` gives, and tells so; the rest is as in `talk`."""

        async def work(at: At) -> None:
            at.done(await at.do(make(at)), says)

        self.talk(work, enter=enter, offline=offline)

    async def _talk(self, work: Callable[[At], Awaitable[None]], enter: bool, offline: bool) -> int:
        from cowork.client.known_hubs import KnownHubs, home_folder
        from cowork.client.session import Session

        home = home_folder()
        session = Session(KnownHubs(home).find(self.hub), home)
        running = asyncio.create_task(session.run())
        try:
            await _settled(session)
            if session.state == "refused" or (session.state != "online" and not offline):
                raise Refusal("offline", session.message or f"{session.known.title} does not answer.")
            at = At(session, self)
            if enter and session.state == "online":
                await session.enter(at.room_id)
            await work(at)
            return at.code
        finally:
            await session.close()
            await asyncio.wait([running])


async def _settled(session: Session) -> None:
    """Waits until there is a connection or there is none."""
    moved = asyncio.Event()
    stop = session.subscribe(lambda change: moved.set())
    try:
        async with asyncio.timeout(PATIENCE):
            while session.state == "connecting":
                moved.clear()
                await moved.wait()
    except TimeoutError:
        pass
    finally:
        stop()


class At:
    """A session, at one room. `code`: with which the program ends."""

    def __init__(self, session: Session, where: Where) -> None:
        self.session = session
        self.where = where
        self.code = 0

    @property
    def room_id(self) -> str:
        """Raises Refusal("no room")."""
        cards, wanted = self.session.cards, (self.where.room or "").casefold()
        if not cards:
            raise Refusal("no room", "There is no room that you may enter.")
        if not wanted:
            return cards[0].id
        names = [(card, (card.id.casefold(), card.title.casefold())) for card in cards]
        for fits in (str.__eq__, str.startswith, str.__contains__):
            found = [card for card, own in names if any(fits(name, wanted) for name in own)]
            if len(found) == 1:
                return found[0].id
            if found:
                break
        many = "Several rooms fit" if found else "No room is called"
        titles = ", ".join(card.title for card in found or cards)
        raise Refusal("no room", f"{many} {self.where.room!r}: {titles}.")

    @property
    def room(self) -> Room:
        """The room, as it is now; one has entered it."""
        return self.session.rooms[self.room_id]

    async def do(self, command: Command) -> Done | Queued:
        return await self.session.do(self.room_id, command)

    async def ask(self, question: Query) -> Any:
        return await self.session.ask(self.room_id, question)

    async def request(self, what: str, **data: Any) -> Any:
        return await self.session.request(what, **data)

    async def until(self, holds: Callable[[], Any], seconds: float, what: str) -> Any:
        """Waits until `holds()`, looked at after every change, and returns what it gave. Raises Refusal("timeout")."""
        moved = asyncio.Event()
        stop = self.session.subscribe(lambda change: moved.set())
        try:
            async with asyncio.timeout(seconds):
                while not (found := holds()):
                    moved.clear()
                    await moved.wait()
                return found
        except TimeoutError:
            raise Refusal("timeout", f"{what} has not come within {seconds:g} s.") from None
        finally:
            stop()

    def done(self, outcome: Done | Queued, says: str = "Done.", **data: Any) -> None:
        """Tells that a command was done, or is kept."""
        from cowork.client.command_queue import Queued

        if isinstance(outcome, Queued):
            self.show({"queued": True, **data}, "The hub cannot be reached now. It is kept, and sent when it can.")
        else:
            self.show({"queued": False, "seq": outcome.seq, **data}, says)

    def show(self, data: dict[str, Any], lines: str | Sequence[str]) -> None:
        """Answers: with the data where JSON was asked for, else with the lines, made safe to show."""
        if self.where.as_json:
            say_json(data)
            return
        for line in [lines] if isinstance(lines, str) else lines:
            click.echo(clean(line))


def say_json(data: dict[str, Any]) -> None:
    """One JSON object a line, in ASCII: nothing in it steers a terminal. Structs become objects."""
    import msgspec

    click.echo(json.dumps(msgspec.to_builtins({"version": 1, **data})))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, with columns under each other by their width in a terminal."""
    from rich.cells import cell_len

    cleaned = [[clean(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cleaned, strict=True)] if cleaned else []
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cleaned
    ]


def clock_time(at: float) -> str:
    """A moment in seconds since 1970, as a clock here shows it: with the day, where it is not today."""
    from datetime import datetime

    then, now = datetime.fromtimestamp(at), datetime.now()
    return then.strftime("%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M")
