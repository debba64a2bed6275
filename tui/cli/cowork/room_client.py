"""The common code of the verbs of `fromscratch cowork`: the options --hub, --room and --json, a client, and the output.

A verb is an async click command with `@with_client()`. One that must do something before it connects has
`@target_options`, and passes `target.run` its async part:

    @click.command("say")
    @click.argument("words")
    @with_client()
    async def say_command(client: RoomClient, words: str) -> None:
        await client.execute(SendMessage(words), "Sent.")

Exit codes: 0 done, or queued to be sent later; 1 refused by the hub, or the hub cannot be reached; 2 wrong usage, or no
hub joined.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from cowork.frames import Person
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Query, Room
from tui.cli.terminal import echo, echo_json
from tui.formatting import clean

if TYPE_CHECKING:
    from cowork.client.command_queue import Done, Queued
    from cowork.client.session import Session

CONNECT_TIMEOUT = 15.0  # seconds
TOO_FAST_PAUSE = 1.0  # seconds: the hub then accepts FRAME_RATE frames more
CHANGE_TIMEOUT = 10.0  # seconds that a change of the hub takes to arrive here
USAGE_CODES = frozenset({"no hub", "known hubs", "no room", "usage"})  # refusals that mean wrong usage


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --hub, --room and --json, and passes them as `target`."""

    @click.option("--hub", help="The hub, by its title (default: the one joined last).")
    @click.option("--room", help="The room, by its title (default: the first).")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @functools.wraps(command)
    def with_target(*args: Any, hub: str | None, room: str | None, as_json: bool, **options: Any) -> Any:
        return command(*args, target=Target(hub, room, as_json), **options)

    return with_target


def with_client(*, enter: bool = True, offline: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds --hub, --room and --json, and runs the decorated async function with a `client`; the options are
    `Target.run`'s."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @target_options
        @functools.wraps(command)
        def run(target: Target, **options: Any) -> None:
            target.run(lambda client: command(client, **options), enter=enter, offline=offline)

        return run

    return decorate


@dataclass(frozen=True)
class Target:
    """The hub and the room that a command line names, and the form of its output. `month`: the month whose room is
    meant if none is named."""

    hub: str | None
    room: str | None
    as_json: bool
    month: str | None = None

    def run(self, work: Callable[[RoomClient], Awaitable[None]], *, enter: bool = True, offline: bool = False) -> None:
        """Runs `work` in a session, and exits. `enter`: first receive the room's events; `offline`: run also if the
        hub cannot be reached."""
        try:
            sys.exit(asyncio.run(self._run(work, enter, offline)))
        except Refusal as refusal:
            if self.as_json:
                print_json({"refused": refusal.code, "says": refusal.says, "data": refusal.data})
            echo(refusal.says, err=True)
            sys.exit(2 if refusal.code in USAGE_CODES else 1)
        except KeyboardInterrupt:
            sys.exit(130)

    async def _run(self, work: Callable[[RoomClient], Awaitable[None]], enter: bool, offline: bool) -> int:
        from cowork.client.known_hubs import KnownHubs, home_folder
        from cowork.client.session import Session

        home = home_folder()
        session = Session(KnownHubs(home).find(self.hub), home)
        running = asyncio.create_task(session.run())
        try:
            client = RoomClient(session, self)
            with suppress(Refusal):
                await client.wait_for(lambda: session.state != "connecting", "The hub", CONNECT_TIMEOUT)
            if session.state == "refused" or (session.state != "online" and not offline):
                raise Refusal("offline", session.message or f"{session.known.title} does not answer.")
            if enter and session.state == "online":
                await session.enter(client.room_id)
            await work(client)
            return client.exit_code
        finally:
            await session.close()
            await asyncio.wait([running])


class RoomClient:
    """A session with the hub, for the room of the target. `exit_code`: the program's."""

    def __init__(self, session: Session, target: Target) -> None:
        self.session = session
        self.target = target
        self.exit_code = 0
        self._chosen: str | None = None

    async def rooms(self) -> list[Room]:
        """Enters the room that --room names or that was chosen, else all rooms, and returns them."""
        ids = [self.room_id] if self.target.room or self._chosen else [card.id for card in self.session.cards]
        return [await self.session.enter(id) for id in ids]

    def choose(self, room_id: str) -> None:
        """Makes a room that was entered the one that commands go to."""
        self._chosen = room_id

    @property
    def room_id(self) -> str:
        """Raises Refusal("no room")."""
        if self._chosen is not None:
            return self._chosen
        cards, wanted = self.session.cards, (self.target.room or "").casefold()
        if not cards:
            raise Refusal("no room", "There is no room that you may enter.")
        if not wanted:
            month = self.target.month
            return next((card.id for card in cards if month and card.month == month), cards[0].id)
        for fits in (str.__eq__, str.startswith, str.__contains__):
            matches = [
                card for card in cards if fits(card.id.casefold(), wanted) or fits(card.title.casefold(), wanted)
            ]
            if len(matches) == 1:
                return matches[0].id
            if matches:
                break
        problem = "Several rooms match" if matches else "No room matches"
        titles = ", ".join(card.title for card in matches or cards)
        raise Refusal("no room", f"{problem} {self.target.room!r}. Choose one of: {titles}.")

    @property
    def room(self) -> Room:
        """The current state of the room, once it was entered."""
        return self.session.rooms[self.room_id]

    @property
    def member_id(self) -> str:
        """The id of the user, "" before the hub has told it."""
        return self.session.member.id if self.session.member else ""

    async def enter_months_of(self, exercises: Iterable[str]) -> None:
        """Enters the rooms of the exercises' months as well: members hand the exercises in there."""
        from exercises.load import load_course

        months = {each.id: each.month_id for each in load_course().exercises}
        wanted = {months.get(exercise) for exercise in exercises}
        for card in self.session.cards:
            if card.month in wanted and card.month is not None:
                await self.session.enter(card.id)

    async def room_members(self, room: str) -> list[dict[str, Any]]:
        """Returns all members who may enter a room, as {"id", "name", "role"}."""
        members = await self.request("room members")
        return [member for member in members if member["role"] != "guest" or room in member["rooms"]]

    def keep_due_dates(self) -> None:
        """Stores the dates that the entered rooms assign, for `fromscratch list` and the Course."""
        from exercises.load import load_course
        from learner.due_dates import DueDates
        from learner.workspace import Workspace
        from tui.room_dates import room_dates

        if self.session.member is not None:
            folder = Workspace(click.get_current_context().obj, load_course()).state_folder
            dates = room_dates(self.session.rooms.values(), self.session.member)
            DueDates(folder / "due-dates.json").store(self.session.known.hub, dates)

    async def do(self, command: Command) -> Done | Queued:
        return await self.session.do(self.room_id, command)

    async def execute(self, command: Command, says: str = "Done.", **data: Any) -> None:
        """Sends a command, and prints `says` once it is done."""
        self.report(await self.do(command), says, **data)

    async def ask(self, query: Query) -> Any:
        return await self.session.ask(self.room_id, query)

    async def request(self, what: str, **data: Any) -> Any:
        """Sends a request, again after a second if the hub has received too many frames in a row."""
        while True:
            try:
                return await self.session.request(what, **data)
            except Refusal as refusal:
                if refusal.code != "too fast":
                    raise
                await asyncio.sleep(TOO_FAST_PAUSE)

    async def people(self) -> list[Person]:
        """Returns the people in the room."""
        people = await self.wait_for(lambda: self.session.people.get(self.room_id), "The list of people")
        return list(people.values())

    async def wait_for(self, condition: Callable[[], Any], name: str, seconds: float = CHANGE_TIMEOUT) -> Any:
        """Waits until `condition()` is true, and returns its value. Raises Refusal("timeout")."""
        changed = asyncio.Event()
        unsubscribe = self.session.subscribe(lambda change: changed.set())
        try:
            async with asyncio.timeout(seconds):
                while not (value := condition()):
                    changed.clear()
                    await changed.wait()
                return value
        except TimeoutError:
            raise Refusal("timeout", f"{name} did not arrive within {seconds:g} s.") from None
        finally:
            unsubscribe()

    def report(self, outcome: Done | Queued, says: str = "Done.", **data: Any) -> None:
        """Prints that a command was done or queued."""
        from cowork.client.command_queue import Queued

        if isinstance(outcome, Queued):
            self.show({"queued": True, **data}, "The hub cannot be reached now. It is kept, and sent later.")
        else:
            self.show({"queued": False, "seq": outcome.seq, **data}, says)

    def show(self, data: dict[str, Any], lines: str | Sequence[str]) -> None:
        """Prints the data with --json, and otherwise the lines, without control characters."""
        if self.target.as_json:
            print_json(data)
            return
        for line in [lines] if isinstance(lines, str) else lines:
            echo(line)


def print_json(data: dict[str, Any]) -> None:
    """Prints one JSON object on one line. Structs become objects."""
    import msgspec

    echo_json(msgspec.to_builtins({"version": 1, **data}))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Formats rows as lines with aligned columns, by the width of the characters in a terminal."""
    from rich.cells import cell_len

    cleaned = [[clean(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cleaned, strict=True)] if cleaned else []
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cleaned
    ]


def format_time(at: float) -> str:
    """Formats a time (seconds since 1970) as local time, with the date unless it is today."""
    from datetime import datetime

    then, now = datetime.fromtimestamp(at), datetime.now()
    return then.strftime("%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M")
