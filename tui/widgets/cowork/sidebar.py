"""Beside the pages: the rooms with what is new in them, and who is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.formatting import clean
from tui.widgets.cowork.cropped_line import Line, Lines
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.frames import Person
    from tui.cowork_controller import CoworkController

ROLES = {"organiser": "★", "guest": "◦"}
MOST = 60  # people that are listed


class Sidebar(VerticalScroll, can_focus=False):
    """Tells which room is chosen."""

    @dataclass
    class Chosen(Message):
        """A room is to be shown."""

        room: str

    def __init__(self, cowork: CoworkController) -> None:
        super().__init__(id="side")
        self.cowork = cowork
        self._drawn_rooms: object = None
        self._drawn_people: object = None

    def compose(self) -> ComposeResult:
        yield Static("Rooms", classes="side-heading")
        yield OptionList(id="rooms", markup=False)
        yield Static(id="people-heading", classes="side-heading")
        yield Static(id="people", markup=False)

    def show(self) -> None:
        """Draws rooms and people anew."""
        session = self.cowork.session
        if session is None:
            return
        room = self.cowork.room
        here = room.id if room is not None else None
        rows = [(card.id, clean(card.title), self.cowork.unread(card.id)) for card in session.cards]
        if (rows, here) != self._drawn_rooms:
            self._drawn_rooms = (rows, here)
            rooms = self.query_one("#rooms", OptionList)
            chosen = rooms.highlighted_option.id if rooms.has_focus and rooms.highlighted_option else here
            rooms.set_options(Option(_room(title, unread, id == here), id=id) for id, title, unread in rows)
            rooms.highlighted = next((i for i, row in enumerate(rows) if row[0] == chosen), None)
        people, me = self.cowork.people, self.cowork.me
        if (people, me) != self._drawn_people:
            self._drawn_people = (people, me)
            set_text(self.query_one("#people-heading", Static), f"Here ({len(people)})")
            lines = [line for one in people[:MOST] for line in _person(one, me is not None and one.member == me.id)]
            if len(people) > MOST:
                lines.append(_line("", f"and {len(people) - MOST} more", "$foreground-muted"))
            self.query_one("#people", Static).update(Lines(tuple(lines)))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Chosen(event.option_id))


def _line(mark: str, text: str, style: str = "", end: str = "", *, marked: str = "", ended: str = "") -> Line:
    return Line(Content.styled(mark, marked), Content.styled(text, style), Content.styled(end, ended))


def _room(title: str, unread: int, here: bool) -> Line:
    count = f" {unread}" if unread else ""
    style = "bold" if here or unread else ""
    return _line("▸ " if here else "  ", title, style, count, marked="$primary", ended="bold $accent")


def _person(one: Person, me: bool) -> Iterator[Line]:
    """Who it is, and on which exercise."""
    yield _line(f"{ROLES.get(one.role, '●')} ", clean(one.name), "bold $accent" if me else "", marked="$text-success")
    at = one.here
    if at is not None and at.exercise is not None:
        so_far = f" {at.passed_checks}/{at.checks}" if at.checks else ""
        yield _line("  ", clean(at.exercise), "$foreground-muted", so_far, ended="$foreground-muted")
