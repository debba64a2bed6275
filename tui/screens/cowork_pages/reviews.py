"""The reviews page: what waits for a reviewer in all rooms, and the reviews of the current room."""

from __future__ import annotations

from collections.abc import Iterator

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static

from cowork.rooms.base import Command, Room
from cowork.rooms.mentoring import ClaimReview, ReleaseReview
from cowork.rooms.review import CloseReview, RequestReview
from cowork.rooms.review_state import Review, Reviews
from cowork.rooms.submissions import Submissions
from tui.formatting import clean, plural
from tui.screens.cowork_pages.page import HEADING, ListPage
from tui.widgets.cowork.entries import MUTED
from tui.widgets.cowork.review_rows import review_row

EMPTY_TEXT = (
    "No reviews yet. In Practice, ctrl+y asks your group to look at your file, passed or not; here, a asks for a "
    "review of a file that you have handed in. Somebody claims it, comments on its lines, and approves it or asks for "
    "changes."
)
MAX_REVIEWS = 200


class ReviewPage(ListPage):
    """Lists what waits in all rooms, the longest wait first, then the other reviews of the room and of the learner, the
    newest first."""

    TAB = "review"
    BINDINGS = [
        Binding("enter,o", "read", "Read", id="review.read", key_display="Enter", tooltip="Read the selected source"),
        Binding("y", "claim", "Claim", id="review.claim", tooltip="Claim the review, so that you decide on it"),
        Binding("u", "release", "Give back", id="review.release", tooltip="Let somebody else claim the review"),
        Binding("a", "ask", "Request", id="review.ask", tooltip="Request a review of your source"),
        Binding("x", "close_review", "Close review", id="review.end", tooltip="Close the review; comments are kept"),
    ]
    main = getters.query_one("#reviews", OptionList)

    def compose(self) -> ComposeResult:
        yield Static(EMPTY_TEXT, id="review-none", classes="none", markup=False)
        yield OptionList(id="reviews", classes="list", markup=False)

    def show_room(self, room: Room) -> None:
        rows = [row for section in self._sections(room) for row in section]
        self.query_one("#review-none").display = not rows
        self.show_rows(rows)
        self.refresh_bindings()

    def _sections(self, room: Room) -> Iterator[list[tuple[str, Content]]]:
        waiting = sorted(
            ((each, review) for each in self.cowork.rooms.values() for review in each[Reviews].waiting()),
            key=lambda pair: pair[1].since,
        )
        others = [
            (each, review)
            for each in self.cowork.rooms.values()
            for review in each[Reviews].all.values()
            if not review.waits and (each is room or review.is_between(self.my_id))
        ]
        others.sort(key=lambda pair: -pair[1].since)
        returned = [pair for pair in others if not pair[1].closed]
        mine = [pair for pair in returned if pair[1].by == self.my_id]
        closed = [pair for pair in others if pair[1].closed and not pair[1].followed_by]
        yield from self._section(room, "Your turn: change the file, then hand it in again (ctrl+u in Practice)", mine)
        yield from self._section(room, f"Waiting for review ({len(waiting)})", waiting)
        yield from self._section(room, "Their authors' turn", [pair for pair in returned if pair not in mine])
        yield from self._section(room, "Approved or closed", closed)

    def _section(
        self, current: Room, title: str, reviews: list[tuple[Room, Review]]
    ) -> Iterator[list[tuple[str, Content]]]:
        if not reviews:
            return
        now = self.cowork.now()
        yield [(f"{HEADING}{title}", Content.styled(title, "bold $accent"))]
        yield [
            (f"{room.id} {review.id}", review_row(room, review, self.my_id, now, room is not current))
            for room, review in reviews[:MAX_REVIEWS]
        ]

    @property
    def selected(self) -> tuple[Room, Review] | None:
        room_id, _, id = (self.selected_id or "").partition(" ")
        room = self.cowork.rooms.get(room_id)
        review = room[Reviews].all.get(id) if room is not None else None
        return (room, review) if room is not None and review is not None else None

    async def go(self, target: str | int, line: int = 0) -> None:
        from tui.screens.review import open_source

        room_id = self.cowork.room_id or ""
        await super().go(f"{room_id} {target}")
        await open_source(self.course_app, str(target), room_id, line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted or self.room is None or not self.query(OptionList):
            return True
        review = self.selected[1] if self.selected is not None else None
        match action:
            case "read":
                return True if review is not None else None
            case "claim":
                return review is not None and review.waits and not review.reviewer and review.by != self.my_id
            case "release":
                mine = review is not None and (review.reviewer == self.my_id or self.is_organiser)
                return mine and review is not None and review.waits and bool(review.reviewer)
            case "close_review":
                return review is not None and not review.closed and (review.by == self.my_id or self.is_organiser)
        return True

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        self.action_read()

    @work(group="dialog", exclusive=True)
    async def action_read(self) -> None:
        from tui.screens.review import open_source

        if self.selected is not None:
            room, review = self.selected
            await open_source(self.course_app, review.id, room.id)

    @work(group="reviews")
    async def _do(self, command: type[ClaimReview | ReleaseReview | CloseReview], opens: bool = False) -> None:
        from tui.screens.review import open_source

        if self.selected is None:
            return
        room, review = self.selected
        if await self.cowork.do(command(review.id), room.id) and opens:
            await open_source(self.course_app, review.id, room.id)

    def action_claim(self) -> None:
        self._do(ClaimReview, opens=True)

    def action_release(self) -> None:
        self._do(ReleaseReview)

    def action_close_review(self) -> None:
        self._do(CloseReview)

    @work(group="dialog", exclusive=True)
    async def action_ask(self) -> None:
        from tui.screens.cowork_dialogs import ChoiceDialog
        from tui.screens.review_request import ReviewRequestDialog

        room = self.room
        if room is None:
            return
        newest: dict[str, Content] = {}
        exercises: set[str] = set()
        for submission in reversed(room[Submissions].all.values()):
            if submission.by == self.my_id and submission.exercise not in exercises and not submission.removed:
                exercises.add(submission.exercise)
                checks = f"{submission.passed_checks} of {plural(submission.checks, 'check')}"
                result = {None: "no verdict yet", "passed": "passed"}.get(submission.outcome, checks)
                newest[submission.id] = Content.assemble(submission.exercise, (f"  {result}", MUTED))
        if not newest:
            self.notify("You have not handed in anything here yet. In Practice, ctrl+y hands in and asks for a review.")
            return
        id = await self.app.push_screen_wait(ChoiceDialog("Request a review of", list(newest.items())))
        if id is None:
            return
        title = clean(room[Submissions].all[id].exercise)
        request = await self.app.push_screen_wait(ReviewRequestDialog(title))
        if request is not None:
            command: Command = RequestReview(id, *request)
            await self.cowork.do(command, room.id)
