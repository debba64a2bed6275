"""The page of reviews: what others ask to be read, and how to ask oneself."""

from __future__ import annotations

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cowork.rooms.review import Reviews
from cowork.rooms.submissions import Submissions
from tui.formatting import clean, plural
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.entries import MUTED

NONE = (
    "Nobody asks for a review yet. Press a to ask for one of something that you handed in: the others read it here, "
    "and comment line by line."
)
SHOWN = 200


class ReviewPage(Page):
    """Open reviews first, the newest of each first."""

    TAB = "review"
    BINDINGS = [
        Binding("enter,o", "read", "Read", id="review.read", key_display="Enter", tooltip="Read the marked source"),
        Binding("a", "ask", "Ask for review", id="review.ask", tooltip="Show something of yours, and ask about it"),
        Binding("x", "close_review", "Close it", id="review.end", tooltip="End a review of yours; what was said stays"),
    ]
    reviews = getters.query_one("#reviews", OptionList)

    def __init__(self) -> None:
        super().__init__(id="page-review", classes="page")
        self._drawn: list[tuple[str, Content]] = []

    def compose(self) -> ComposeResult:
        yield Static(NONE, id="review-none", classes="none", markup=False)
        yield OptionList(id="reviews", classes="list", markup=False)

    def show(self) -> None:
        room = self.room
        if room is None:
            return
        asked = sorted(room[Reviews].all.values(), key=lambda one: (one.closed, -one.at))[:SHOWN]
        rows = [(one.id, self._row(one.id)) for one in asked]
        self.query_one("#review-none").display = not rows
        if rows != self._drawn:
            self._drawn = rows
            marked = self._marked()
            self.reviews.set_options(Option(content, id=id) for id, content in rows)
            ids = [id for id, _ in rows]
            self.reviews.highlighted = ids.index(marked) if marked in ids else 0 if ids else None
        self.refresh_bindings()

    def _row(self, id: str) -> Content:
        room = self.room
        assert room is not None
        review, submission = room[Reviews].all[id], room[Submissions].all[id]
        said = sum(len(thread.comments) for thread in review.threads.values())
        left = len(review.open_threads())
        passed = submission.outcome == "passed"
        state = "closed" if review.closed else f"{plural(said, 'comment')}{f', {left} open' if left else ''}"
        title = Content.assemble(
            ("✓ " if passed else "◐ ", "$text-success" if passed else "$text-warning"),
            (clean(review.name), f"bold {MUTED}" if review.closed else "bold"),
            f"  {submission.exercise}  ",
            (state, MUTED),
        )
        asks = next(iter(clean(review.asks).strip().splitlines()), "")
        return Content.assemble(title, "\n", (f"\u00a0\u00a0{asks}", MUTED)) if asks else title

    def _marked(self) -> str | None:
        option = self.reviews.highlighted_option
        return option.id if option is not None else None

    @property
    def main(self) -> Widget:
        return self.reviews

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or self.room is None:
            return True
        marked = self._marked()
        match action:
            case "read":
                return True if marked is not None else None
            case "close_review":
                review = self.room[Reviews].all.get(marked or "")
                me = self.cowork.me
                mine = review is not None and me is not None and (review.by == me.id or me.role == "organiser")
                return mine and review is not None and not review.closed
        return True

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_read()

    @work(group="dialog", exclusive=True)
    async def action_read(self) -> None:
        from tui.screens.review import open_source

        if (marked := self._marked()) is not None:
            await open_source(self.course_app, marked)

    @work(group="dialog", exclusive=True)
    async def action_ask(self) -> None:
        from cowork.rooms.review import RequestReview
        from tui.screens.cowork_dialogs import ChoiceDialog, TextDialog

        room, me = self.room, self.cowork.me
        if room is None or me is None:
            return
        newest: dict[str, Content] = {}
        for one in reversed(room[Submissions].all.values()):
            if one.by == me.id and one.exercise not in {room[Submissions].all[id].exercise for id in newest}:
                how = "passed" if one.outcome == "passed" else f"{one.passed_checks} of {plural(one.checks, 'check')}"
                newest[one.id] = Content.assemble(
                    one.exercise, (f"  {how if one.outcome else 'no verdict yet'}", MUTED)
                )
        if not newest:
            self.notify("You have handed in nothing here yet. In Practice, ctrl+u hands in your file as it is.")
            return
        chosen = await self.app.push_screen_wait(ChoiceDialog("Ask for a review of", list(newest.items())))
        if chosen is None:
            return
        words = "What do you want to know? The room sees it; a solution that passed is seen by who has passed."
        asks = await self.app.push_screen_wait(TextDialog("Ask for a review", words, empty=True))
        if asks is not None:
            await self.cowork.do(RequestReview(chosen, asks))

    @work(group="dialog", exclusive=True)
    async def action_close_review(self) -> None:
        from cowork.rooms.review import CloseReview

        if (marked := self._marked()) is not None:
            await self.cowork.do(CloseReview(marked))
