"""Beside the pages: the rooms with what is new in them, and who is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.widgets.drawing import put
from tui.words import clean

if TYPE_CHECKING:
    from cowork.frames import Person
    from tui.together import Together

ROLES = {"organiser": "★", "guest": "◦"}
MOST = 60  # people that are listed


class Side(VerticalScroll, can_focus=False):
    """Tells which room is chosen."""

    @dataclass
    class Chosen(Message):
        """A room is to be shown."""

        room: str

    def __init__(self, together: Together) -> None:
        super().__init__(id="side")
        self.together = together
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        yield Static("Rooms", classes="side-heading")
        yield OptionList(id="rooms", markup=False)
        yield Static(id="people-heading", classes="side-heading")
        yield Static(id="people", markup=False)

    def show(self) -> None:
        """Draws rooms and people anew."""
        session = self.together.session
        if session is None:
            return
        room = self.together.room
        rows = [(card.id, clean(card.title), self.together.unread(card.id)) for card in session.cards]
        here = room.id if room is not None else None
        width = max(self.content_size.width, 10)
        if (rows, here, width) != self._drawn:
            self._drawn = (rows, here, width)
            rooms = self.query_one("#rooms", OptionList)
            chosen = rooms.highlighted_option.id if rooms.has_focus and rooms.highlighted_option else here
            rooms.set_options(Option(_room(title, unread, id == here, width), id=id) for id, title, unread in rows)
            rooms.highlighted = next((i for i, row in enumerate(rows) if row[0] == chosen), None)
        people = self.together.people
        put(self.query_one("#people-heading", Static), f"Here ({len(people)})")
        me = self.together.me
        lines = [_person(one, me is not None and one.member == me.id) for one in people[:MOST]]
        if len(people) > MOST:
            lines.append(Content.styled(f"and {len(people) - MOST} more", "$foreground-muted"))
        put(self.query_one("#people", Static), Content("\n").join(lines))

    def on_resize(self) -> None:
        self.show()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Chosen(event.option_id))


def _room(title: str, unread: int, here: bool, width: int) -> Content:
    count = f" {unread}" if unread else ""
    room = width - 2 - len(count)
    name = title if len(title) <= room else f"{title[: room - 1]}…"
    style = "bold" if here or unread else ""
    return Content.assemble(("▸ " if here else "  ", "$primary"), (name, style), (count, "bold $accent"))


def _person(one: Person, me: bool) -> Content:
    mark = ROLES.get(one.role, "●")
    head = Content.assemble((f"{mark} ", "$text-success"), (clean(one.name), "bold $accent" if me else ""))
    at = one.here
    if at is None or at.exercise is None:
        return head
    so_far = f" {at.passed_checks}/{at.checks}" if at.checks else ""
    return Content.assemble(head, "\n", (f"\u00a0\u00a0{clean(at.exercise)}{so_far}", "$foreground-muted"))
