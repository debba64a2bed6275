"""The league page: each member's best race against the reference, in the exercises that have one."""

from __future__ import annotations

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static

from cowork.permissions import can
from cowork.refusal import Refusal
from cowork.rooms.base import Room
from cowork.rooms.league import JOIN_LEAGUE, ChooseListing, League, LeagueRow
from cowork.rooms.news import title
from cowork.rooms.submissions import Submissions
from grader.race_result import Ratio
from tui.formatting import clean
from tui.screens.cowork_pages.page import HEADING, ListPage
from tui.widgets.cowork.entries import MUTED
from tui.widgets.updates import set_text

EMPTY_TEXT = (
    "Nothing has been raced yet. When you hand in an exercise in which speed or memory is the point, and "
    "it passes, the hub compares it with the reference. These exercises are: {exercises}."
)
NOTE = (
    "Time (or loss) and memory divided by the reference's, both measured by the hub: below 1 is better. In "
    "parentheses: the 95 % interval. Entries whose intervals overlap share a rank."
)
UNLISTED = "\nYou are not listed, and what you hand in is not raced."
MAX_NAME = 16


class LeaguePage(ListPage):
    """Lists the members of each exercise that has an entry, the best first; the current room before the others."""

    TAB = "league"
    BINDINGS = [
        Binding("enter,o", "read", "Read", id="league.look", key_display="Enter", tooltip="Read the selected source"),
        Binding("x", "list(False)", "Do not list me", id="league.unlist",
                tooltip="Hide your entries in all rooms, and have nothing raced"),
        Binding("x", "list(True)", "List me", id="league.list", tooltip="Show your entries in all rooms again"),
    ]  # fmt: skip
    main = getters.query_one("#league", OptionList)

    def __init__(self) -> None:
        super().__init__()
        self._rooms: dict[str, Room] = {}  # by the listed submissions

    def compose(self) -> ComposeResult:
        yield Static(id="league-none", classes="none", markup=False)
        yield OptionList(id="league", classes="list", markup=False)
        yield Static(id="league-note", markup=False)

    def show_room(self, room: Room) -> None:
        self._rooms = {}
        rows: list[tuple[str, Content]] = []
        for each in (room, *(other for other in self.cowork.rooms.values() if other is not room)):
            for exercise in each[League].exercises(each):
                where = "" if each is room else f"  {clean(each.title)}"
                heading = Content.assemble((title(exercise), "bold $primary"), (where, MUTED))
                rows.append((f"{HEADING}{each.id} {exercise}", heading))
                for row in each[League].table(each, exercise):
                    rows.append((row.entry.submission, self._row(row)))
                    self._rooms[row.entry.submission] = each
        unlisted = UNLISTED if self.my_id in room[League].unlisted else ""
        raced = ", ".join(each.title for each in self.course_app.learner.course.exercises if each.race_task)
        set_text(self.query_one("#league-none", Static), EMPTY_TEXT.format(exercises=raced) + unlisted)
        set_text(self.query_one("#league-note", Static), NOTE + unlisted)
        self.query_one("#league-none").display = not rows
        self.main.display = self.query_one("#league-note").display = bool(rows)
        self.show_rows(rows)
        self.refresh_bindings()

    def _row(self, row: LeagueRow) -> Content:
        name = clean(row.name)
        name = f"{name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + '…'}{' (you)' * (row.member == self.my_id)}"
        return Content.assemble(
            f"{row.rank:>2}. ", (f"{name:<{MAX_NAME + 6}}", "bold"), *_ratio(row.entry.quantity, row.entry.ratio),
            *_ratio("memory", row.entry.memory),
        )  # fmt: skip

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or (room := self.room) is None:
            return False
        if action == "read":
            return self._is_readable()
        if action == "list":
            me = self.cowork.me
            is_listed = self.my_id not in room[League].unlisted
            return me is not None and can(me, JOIN_LEAGUE, room.id) and parameters == (not is_listed,)
        return True

    def _is_readable(self) -> bool:
        room = self._rooms.get(self.selected_id or "")
        if room is None or self.cowork.me is None:
            return False
        submission = room[Submissions].all[self.selected_id or ""]
        if submission.removed:
            return False
        try:
            room[Submissions].require_readable(submission, room, self.cowork.me)
        except Refusal:
            return False
        return True

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        if self._is_readable():
            self.action_read()

    @work(group="dialog", exclusive=True)
    async def action_read(self) -> None:
        from tui.screens.review import open_source

        if self.selected_id is not None:
            await open_source(self.course_app, self.selected_id, self._rooms[self.selected_id].id)

    @work(group="listing", exclusive=True)
    async def action_list(self, listed: bool) -> None:
        for room in list(self.cowork.rooms):
            if not await self.cowork.do(ChooseListing(listed), room):
                return


def _ratio(quantity: str, ratio: Ratio | None) -> tuple[str | tuple[str, str], ...]:
    """The parts of a row that tell a ratio, such as "time 0.82 (0.80–0.84)"."""
    if ratio is None:
        return ()
    colour = "" if ratio.is_tie else "$text-success" if ratio.median < 1 else "$text-warning"
    return (
        (f"{quantity} ", MUTED), (f"{ratio.median:.2f}", f"bold {colour}".strip()),
        (f" ({ratio.low:.2f}–{ratio.high:.2f})  ", MUTED),
    )  # fmt: skip
