"""Shows a submitted source with its comments, and compares it with the learner's own."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cowork.rooms.review_state import Reviews
from cowork.rooms.submissions import Submissions
from tui.app_types import CourseApp, CourseAppMixin
from tui.formatting import OUTCOME_WORDS, clean
from tui.screens.mode_screen import WIDE
from tui.screens.review_actions import ReviewActions
from tui.widgets.code_view import SourceLine, side_by_side, unified
from tui.widgets.cowork import review_rows
from tui.widgets.cowork.source_view import source_lines, with_threads
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.rooms.review_state import Review, Thread
    from cowork.rooms.submissions import Submission


async def open_source(app: CourseApp, submission: str, room_id: str | None = None, line: int = 0) -> None:
    """Fetches and shows a submission of a room, by default the current one, at a line from 1 if one is given; notifies
    the learner if they cannot see it."""
    from cowork.rooms.review import VerdictQuery
    from cowork.rooms.submissions import SourceQuery
    from cowork.sanitize import lines_of

    room = app.cowork.rooms.get(room_id) if room_id is not None else app.cowork.room
    answer = await app.cowork.ask(SourceQuery(submission), room_id)
    if answer is not None and room is not None:
        source = answer["source"]
        data = base64.b64decode(source) if isinstance(source, str) else source
        verdict = await app.cowork.ask(VerdictQuery(submission), room.id) or {}
        words = verdict.get("mistake") or verdict.get("says") or ""
        app.push_screen(ReviewScreen(room.id, room[Submissions].all[submission], lines_of(data), words, line))


class ReviewScreen(ReviewActions, CourseAppMixin, ModalScreen[None]):
    """Shows the lines of a submission with their comments."""

    CSS_PATH = "review.tcss"
    AUTO_FOCUS = "#source"
    BINDINGS = [
        Binding("c", "comment", "Comment", id="source.comment", tooltip="Comment on the selected line"),
        Binding("r", "resolve", "Resolve", id="source.settle", tooltip="Resolve or reopen the thread on this line"),
        Binding("n", "thread(1)", "Next comment", id="source.next", tooltip="Go to the next comment"),
        Binding(
            "p",
            "thread(-1)",
            "Previous",
            id="source.previous",
            show=False,
            tooltip="Go to the previous comment",
        ),
        Binding("y", "claim", "Claim", id="source.claim", tooltip="Claim the review, so that you decide on it"),
        Binding("a", "approve", "Approve", id="source.approve", tooltip="Approve the submission"),
        Binding("g", "ask_again", "Ask for changes", id="source.ask-again", tooltip="Ask the author for changes"),
        Binding("x", "remove", "Remove", id="source.remove", show=False, tooltip="Remove a text of yours for good"),
        Binding("escape,q", "app.pop_screen", "Close", id="source.close"),
        Binding("d", "compare", "Compare", id="source.compare", tooltip="Compare with your own file"),
    ]
    source = getters.query_one("#source", OptionList)

    def __init__(
        self, room_id: str, submission: Submission, lines: Sequence[str], words: str = "", line: int = 0
    ) -> None:
        """`words`: those of the verdict; `line`: the line to select, from 1."""
        super().__init__()
        self.room_id, self.words, self.first_line = room_id, words, line
        self.submission, self.lines = submission, [clean(line) for line in lines]
        self.texts: dict[str, str] = {}  # of a private review
        self.mine: list[str] | None = None
        self.shown: list[SourceLine] = []

    @property
    def review(self) -> Review | None:
        room = self.course_app.cowork.rooms.get(self.room_id)
        review = room[Reviews].all.get(self.submission.id) if room is not None else None
        return review.with_texts(self.texts) if review is not None and review.private else review

    @work(group="texts", exclusive=True)
    async def _load_texts(self) -> None:
        from cowork.rooms.review import ReviewTextsQuery

        texts = await self.course_app.cowork.ask(ReviewTextsQuery(self.submission.id), self.room_id)
        if texts:
            self.texts = texts
            self._draw()

    def compose(self) -> ComposeResult:
        with Vertical(id="reading"):
            with Horizontal(classes="title-line"):
                yield Static(id="reading-title", classes="title", markup=False)
                yield Static(id="reading-aside", classes="aside", markup=False)
            yield Static(id="asks", markup=False)
            yield OptionList(id="source", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.course_app.cowork.changed.subscribe(self, lambda _: self._draw())
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        submission, review = self.submission, self.review
        if review is not None and any(text.blob and str(text.seq) not in self.texts for text in review.texts()):
            self._load_texts()
        passed = submission.outcome == "passed"
        outcome = "passed" if passed else OUTCOME_WORDS.get(submission.outcome or "", "no verdict yet")
        set_text(
            self.query_one("#reading-title", Static), f"{clean(submission.name)} · {submission.exercise} · {outcome}"
        )
        me = self.my_id
        private = "private · " if submission.private else ""
        state = "" if review is None else f"{private}{review_rows.state(review, me)}"
        set_text(
            self.query_one("#reading-aside", Static), f"left: theirs, right: yours  {state}" if self._is_wide else state
        )
        asks = self.query_one("#asks", Static)
        heading = review_rows.review_heading(review, submission, me, self.words) if review is not None else Content("")
        asks.display = bool(heading)
        set_text(asks, heading)
        shown = list(self._lines())
        if shown != self.shown:
            self.shown = shown
            selected, scroll_y = self.source.highlighted, self.source.scroll_y
            self.source.set_options(Option(line.content) for line in shown)
            if selected is None:
                first = next((i for i, line in enumerate(shown) if line.number == self.first_line), 0)
                self.source.highlighted = first
            else:
                self.source.highlighted = min(selected, len(shown) - 1)
                self.source.scroll_to(y=scroll_y, animate=False)
        self.refresh_bindings()

    @property
    def _is_wide(self) -> bool:
        return self.mine is not None and self.app.size.width >= WIDE

    def _lines(self) -> Iterator[SourceLine]:
        return with_threads(self._source(), self.review, self.course_app.cowork.meanwhile.mentionable(self.room_id))

    def _source(self) -> Iterator[SourceLine]:
        if self.mine is None:
            return source_lines(self.lines)
        from cowork.diff import diff_rows

        compared = diff_rows(self.lines, self.mine)
        width = self.source.scrollable_content_region.width - 2
        return (side_by_side if self._is_wide else unified)(self.lines, self.mine, compared, width)

    @property
    def number(self) -> int | None:
        """The number of the selected line, from 1."""
        index = self.source.highlighted
        return self.shown[index].number if index is not None and index < len(self.shown) else None

    @property
    def thread(self) -> Thread | None:
        """The last open thread on the selected line, else the last one."""
        review, number = self.review, self.number
        threads = review.on(number) if review is not None and number is not None else []
        return max(threads, key=lambda thread: (thread.resolved_by is None, thread.id), default=None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        review = self.review
        match action:
            case "claim" | "approve" | "ask_again" | "remove":
                return self.check_review_action(action, review)
            case "comment":
                return review is not None and not review.closed and (self.number is not None or None)
            case "resolve":
                return review is not None and not review.closed and (self.thread is not None or None)
            case "thread":
                return review is not None and bool(review.threads)
            case "compare":
                me = self.course_app.cowork.me
                return me is not None and me.id != self.submission.by
        return True

    @on(OptionList.OptionHighlighted)
    def _on_highlight(self) -> None:
        self.refresh_bindings()

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        if self.check_action("comment", ()):
            self.action_comment()

    @work(group="dialog", exclusive=True)
    async def action_comment(self) -> None:
        from cowork.rooms.review import AddComment
        from tui.screens.cowork_dialogs import TextDialog

        number, thread = self.number, self.thread
        if number is None:
            return
        open_thread = thread if thread is not None and thread.resolved_by is None else None
        title = (
            f"Line {number}"
            if open_thread is None
            else f"Line {number}: reply to {clean(open_thread.comments[-1].name)}"
        )
        text = await self.app.push_screen_wait(TextDialog(title, self.lines[number - 1].strip()))
        if text is not None:
            where = {"line": number} if open_thread is None else {"thread": open_thread.id}
            await self.course_app.cowork.do(AddComment(self.submission.id, text, **where), self.room_id)

    @work(group="dialog", exclusive=True)
    async def action_resolve(self) -> None:
        from cowork.rooms.review import ResolveThread

        if (thread := self.thread) is not None:
            resolved = thread.resolved_by is None
            await self.course_app.cowork.do(ResolveThread(self.submission.id, thread.id, resolved), self.room_id)

    def action_thread(self, step: int) -> None:
        review, here = self.review, self.source.highlighted or 0
        if review is None:
            return
        lines = {thread.line for thread in review.threads.values()}
        places = [i for i, line in enumerate(self.shown) if line.number in lines]
        after = [i for i in places if (i > here if step > 0 else i < here)]
        if after:
            self.source.highlighted = after[0] if step > 0 else after[-1]

    def action_compare(self) -> None:
        if self.mine is not None:
            self.mine = None
        else:
            self.mine = self._own_lines()
        self._draw()

    def _own_lines(self) -> list[str] | None:
        from cowork.sanitize import lines_of
        from exercises.course import UnknownExercise
        from learner.workspace import WorkspaceError

        learner = self.course_app.learner
        try:
            return [
                clean(line)
                for line in lines_of(learner.workspace.read(learner.course.exercise(self.submission.exercise)))
            ]
        except (UnknownExercise, WorkspaceError) as error:
            self.notify(str(error), severity="warning", markup=False)
            return None
