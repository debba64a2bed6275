"""The sidebar of the Co-work mode: rooms with their unread messages, and the people present."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.css.styles import RulesMap
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cowork.frames import Person
from tui.cowork_controller import CoworkController
from tui.formatting import clean
from tui.widgets.updates import set_text

ROLES = {"organiser": "★", "guest": "◦"}
MAX_PEOPLE = 60


Line = tuple[Content, Content, Content]  # a mark, a text and its end


@dataclass(frozen=True)
class CroppedLines(Visual):
    """Lines whose texts are truncated to the width, so that their ends stay visible: when they are rendered, because
    the width depends on the scrollbar."""

    lines: tuple[Line, ...]

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        strips: list[Strip] = []
        for mark, text, end in self.lines[:height]:
            cropped = text.truncate(max(width - mark.cell_length - end.cell_length, 1), ellipsis=True)
            strips += Content.assemble(mark, cropped, end).render_strips(width, 1, style, options)
        return strips

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return max((sum(part.cell_length for part in line) for line in self.lines), default=0)

    def get_height(self, rules: RulesMap, width: int) -> int:
        return len(self.lines)


class Sidebar(VerticalScroll, can_focus=False):
    """Lists rooms and people, and posts the room that is chosen."""

    @dataclass
    class Chosen(Message):
        """Posted when a room is selected."""

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
        """Updates the rooms and the people."""
        session = self.cowork.session
        if session is None:
            return
        room = self.cowork.room
        current = room.id if room is not None else None
        rows = [(card.id, clean(card.title), self.cowork.unread(card.id)) for card in session.cards]
        if (rows, current) != self._drawn_rooms:
            self._drawn_rooms = (rows, current)
            rooms = self.query_one("#rooms", OptionList)
            chosen = rooms.highlighted_option.id if rooms.has_focus and rooms.highlighted_option else current
            rooms.set_options(
                Option(CroppedLines((_room(title, unread, id == current),)), id=id) for id, title, unread in rows
            )
            rooms.highlighted = next((i for i, row in enumerate(rows) if row[0] == chosen), None)
        people, me = self.cowork.people, self.cowork.me
        if (people, me) != self._drawn_people:
            self._drawn_people = (people, me)
            set_text(self.query_one("#people-heading", Static), f"Here ({len(people)})")
            lines = [line for p in people[:MAX_PEOPLE] for line in _person(p, me is not None and p.member == me.id)]
            if len(people) > MAX_PEOPLE:
                lines.append(_line("", f"and {len(people) - MAX_PEOPLE} more", "$foreground-muted"))
            self.query_one("#people", Static).update(CroppedLines(tuple(lines)))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Chosen(event.option_id))


def _line(mark: str, text: str, style: str = "", end: str = "", *, mark_style: str = "", end_style: str = "") -> Line:
    return (Content.styled(mark, mark_style), Content.styled(text, style), Content.styled(end, end_style))


def _room(title: str, unread: int, current: bool) -> Line:
    count = f" {unread}" if unread else ""
    style = "bold" if current or unread else ""
    return _line("▸ " if current else "  ", title, style, count, mark_style="$primary", end_style="bold $accent")


def _person(person: Person, me: bool) -> Iterator[Line]:
    """A person's name and, below it, their exercise."""
    yield _line(
        f"{ROLES.get(person.role, '●')} ", clean(person.name), "bold $accent" if me else "", mark_style="$text-success"
    )
    status = person.here
    if status is not None and status.exercise is not None:
        checks = f" {status.passed_checks}/{status.checks}" if status.checks else ""
        yield _line("  ", clean(status.exercise), "$foreground-muted", checks, end_style="$foreground-muted")
