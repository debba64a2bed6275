"""A source that was handed in, to be read: with its comments, beside one's own."""

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

from cowork.rooms.review import Reviews
from cowork.rooms.submissions import Submissions
from tui.app_types import CourseApp, CourseAppMixin
from tui.formatting import OUTCOME_WORDS, clean, plural
from tui.screens.mode_screen import WIDE
from tui.widgets.cowork.source_view import Line, beside, plain, woven
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.rooms.review import Review, Thread
    from cowork.rooms.submissions import Submission


async def open_source(app: CourseApp, submission: str) -> None:
    """Fetches what was handed in and shows it; says why where it may not be seen."""
    from cowork.rooms.submissions import SourceQuery
    from cowork.source_lines import lines_of

    answer = await app.cowork.ask(SourceQuery(submission))
    room = app.cowork.room
    if answer is not None and room is not None:
        source = answer["source"]
        data = base64.b64decode(source) if isinstance(source, str) else source
        app.push_screen(ReviewScreen(room[Submissions].all[submission], lines_of(data)))


class ReviewScreen(CourseAppMixin, ModalScreen[None]):
    """The lines of a submission, one marked, and what is said about them."""

    CSS_PATH = "review.tcss"
    AUTO_FOCUS = "#source"
    BINDINGS = [
        Binding("c", "comment", "Comment", id="source.comment", tooltip="Say something about the marked line"),
        Binding(
            "r", "resolve", "Settle", id="source.settle", tooltip="What is said about this line is settled, or not"
        ),
        Binding("n", "thread(1)", "Next comment", id="source.next", tooltip="To the next line with comments"),
        Binding("p", "thread(-1)", "Previous", id="source.previous", show=False, tooltip="To the line before with any"),
        Binding("d", "compare", "Beside yours", id="source.compare", tooltip="Compare with your own file"),
        Binding("escape,q", "app.pop_screen", "Close", id="source.close"),
    ]
    source = getters.query_one("#source", OptionList)

    def __init__(self, submission: Submission, lines: Sequence[str]) -> None:
        super().__init__()
        self.submission, self.lines = submission, [clean(line) for line in lines]
        self.mine: list[str] | None = None
        self.shown: list[Line] = []

    @property
    def review(self) -> Review | None:
        room = self.course_app.cowork.room
        return room[Reviews].all.get(self.submission.id) if room is not None else None

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
        one, review = self.submission, self.review
        how = "passed" if one.outcome == "passed" else OUTCOME_WORDS.get(one.outcome or "", "no verdict yet")
        set_text(self.query_one("#reading-title", Static), f"{clean(one.name)} · {one.exercise} · {how}")
        said = sum(len(thread.comments) for thread in review.threads.values()) if review is not None else 0
        what = "" if review is None else "closed" if review.closed else plural(said, "comment")
        set_text(
            self.query_one("#reading-aside", Static), f"left: theirs, right: yours  {what}" if self._sides else what
        )
        asks = self.query_one("#asks", Static)
        asks.display = review is not None and bool(review.asks)
        if review is not None:
            set_text(asks, Content.assemble(("asks: ", "$foreground-muted"), clean(review.asks)))
        shown = list(self._lines())
        if shown != self.shown:
            self.shown = shown
            marked, at = self.source.highlighted, self.source.scroll_y
            self.source.set_options(Option(line.content) for line in shown)
            self.source.highlighted = min(marked or 0, len(shown) - 1)
            self.source.scroll_to(y=at, animate=False)
        self.refresh_bindings()

    @property
    def _sides(self) -> bool:
        return self.mine is not None and self.app.size.width >= WIDE

    def _lines(self) -> Iterator[Line]:
        if self.mine is None:
            return plain(self.lines, self.review)
        from cowork.diff import diff_rows

        compared = diff_rows(self.lines, self.mine)
        if self._sides:
            width = self.source.scrollable_content_region.width - 2
            return beside(self.lines, self.mine, compared, self.review, width)
        return woven(self.lines, self.mine, compared, self.review)

    @property
    def number(self) -> int | None:
        """The marked line, from 1."""
        marked = self.source.highlighted
        return self.shown[marked].number if marked is not None and marked < len(self.shown) else None

    @property
    def thread(self) -> Thread | None:
        """The last thread on the marked line, an open one first."""
        review, number = self.review, self.number
        threads = review.on(number) if review is not None and number is not None else []
        return max(threads, key=lambda one: (one.resolved_by is None, one.id), default=None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        review = self.review
        match action:
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
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        if self.check_action("comment", ()):
            self.action_comment()

    @work(group="dialog", exclusive=True)
    async def action_comment(self) -> None:
        from cowork.rooms.review import AddComment
        from tui.screens.cowork_dialogs import TextDialog

        number, thread = self.number, self.thread
        if number is None:
            return
        open_one = thread if thread is not None and thread.resolved_by is None else None
        title = f"Line {number}" if open_one is None else f"Line {number}: answer {clean(open_one.comments[-1].name)}"
        text = await self.app.push_screen_wait(TextDialog(title, self.lines[number - 1].strip()))
        if text is not None:
            where = {"line": number} if open_one is None else {"thread": open_one.id}
            await self.course_app.cowork.do(AddComment(self.submission.id, text, **where))

    @work(group="dialog", exclusive=True)
    async def action_resolve(self) -> None:
        from cowork.rooms.review import ResolveThread

        if (thread := self.thread) is not None:
            settled = thread.resolved_by is None
            await self.course_app.cowork.do(ResolveThread(self.submission.id, thread.id, settled))

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
            self.mine = self._own()
        self._draw()

    def _own(self) -> list[str] | None:
        from cowork.source_lines import lines_of
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
