"""The reviews page: lists reviews, and requests a review of the learner's source."""

from __future__ import annotations

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static

from cowork.rooms.base import Room
from cowork.rooms.review import CloseReview, RequestReview
from cowork.rooms.review_state import Review, Reviews
from cowork.rooms.submissions import Submissions
from tui.formatting import clean, plural
from tui.screens.cowork_pages.page import ListPage
from tui.widgets.cowork.entries import MUTED

EMPTY_TEXT = (
    "No reviews yet. Press a to request a review of a file that you have handed in: the others read it here and "
    "comment on its lines."
)
MAX_REVIEWS = 200


class ReviewPage(ListPage):
    """Lists open reviews first, newest first."""

    TAB = "review"
    BINDINGS = [
        Binding("enter,o", "read", "Read", id="review.read", key_display="Enter", tooltip="Read the selected source"),
        Binding("a", "ask", "Request", id="review.ask", tooltip="Request a review of your source"),
        Binding("x", "close_review", "Close review", id="review.end", tooltip="Close the review; comments are kept"),
    ]
    main = getters.query_one("#reviews", OptionList)

    def compose(self) -> ComposeResult:
        yield Static(EMPTY_TEXT, id="review-none", classes="none", markup=False)
        yield OptionList(id="reviews", classes="list", markup=False)

    def show_room(self, room: Room) -> None:
        reviews = sorted(room[Reviews].all.values(), key=lambda review: (review.closed, -review.at))[:MAX_REVIEWS]
        rows = [(review.id, self._row(room, review)) for review in reviews]
        self.query_one("#review-none").display = not rows
        self.show_rows(rows)
        self.refresh_bindings()

    def _row(self, room: Room, review: Review) -> Content:
        submission = room[Submissions].all[review.id]
        comments = sum(len(thread.comments) for thread in review.threads.values())
        open_threads = len(review.open_threads())
        passed = submission.outcome == "passed"
        state = f"{plural(comments, 'comment')}{f', {open_threads} open' if open_threads else ''}"
        title = Content.assemble(
            ("✓ " if passed else "◐ ", "$text-success" if passed else "$text-warning"),
            (clean(review.name), f"bold {MUTED}" if review.closed else "bold"),
            f"  {submission.exercise}  ", ("closed" if review.closed else state, MUTED),
        )  # fmt: skip
        asks = next(iter(clean(review.asks).strip().splitlines()), "")
        return Content.assemble(title, "\n", (f"\u00a0\u00a0{asks}", MUTED)) if asks else title

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or self.room is None:
            return True
        match action:
            case "read":
                return True if self.selected_id is not None else None
            case "close_review":
                review = self.room[Reviews].all.get(self.selected_id or "")
                return review is not None and not review.closed and (review.by == self.my_id or self.is_organiser)
        return True

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        self.action_read()

    @work(group="dialog", exclusive=True)
    async def action_read(self) -> None:
        from tui.screens.review import open_source

        if (selected := self.selected_id) is not None:
            await open_source(self.course_app, selected)

    @work(group="dialog", exclusive=True)
    async def action_ask(self) -> None:
        from tui.screens.cowork_dialogs import ChoiceDialog, TextDialog

        room = self.room
        if room is None:
            return
        newest: dict[str, Content] = {}
        exercises: set[str] = set()
        for submission in reversed(room[Submissions].all.values()):
            if submission.by == self.my_id and submission.exercise not in exercises:
                exercises.add(submission.exercise)
                checks = f"{submission.passed_checks} of {plural(submission.checks, 'check')}"
                result = {None: "no verdict yet", "passed": "passed"}.get(submission.outcome, checks)
                newest[submission.id] = Content.assemble(submission.exercise, (f"  {result}", MUTED))
        if not newest:
            self.notify("You have not handed in anything here yet. In Practice, ctrl+u hands in your current file.")
            return
        submission_id = await self.app.push_screen_wait(ChoiceDialog("Request a review of", list(newest.items())))
        if submission_id is None:
            return
        text = "What do you want to know? Everyone sees this; a passed source is visible only to those who passed."
        asks = await self.app.push_screen_wait(TextDialog("Request a review", text, empty=True))
        if asks is not None:
            await self.cowork.do(RequestReview(submission_id, asks))

    @work(group="dialog", exclusive=True)
    async def action_close_review(self) -> None:
        if (selected := self.selected_id) is not None:
            await self.cowork.do(CloseReview(selected))
