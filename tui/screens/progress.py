"""The Progress mode: passed exercises, practice time, quiz results and the latest attempts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from exercises.course import Month
from learner.other_courses import progress_beside
from learner.progress import Attempt, PassCount, ProgressError, Summary
from learner.quizzes import QuizProgress
from learner.workload import LearningPath
from tui.formatting import (
    CHECK_COLOURS,
    CHECK_MARKS,
    OUTCOME_WORDS,
    STATE_COLOURS,
    STATE_MARKS,
    clean,
    duration,
    hours,
    plural,
    time_ago,
)
from tui.recall_words import WORD_COLOURS, memory_bar, state_text
from tui.screens.mode_screen import ModeScreen
from tui.widgets.due_line import DueLine

BAR = 24
RECENT = 12
FADING = 6  # rows of the exercises that are remembered least; m lists all


class ProgressScreen(ModeScreen):
    """Shows statistics of the stored attempts and quiz answers."""

    MODE = "progress"
    CSS_PATH = "progress.tcss"
    AUTO_FOCUS = "#scroll"

    def body(self) -> Iterable[Widget]:
        yield Horizontal(Static("Progress", classes="title"), classes="title-line")
        yield VerticalScroll(
            Horizontal(*(Static(id=f"figure-{i}", classes="figure") for i in range(4)), id="figures"),
            Static("Months", classes="heading", id="months-heading"),
            Static(id="months"),
            Static("Terms quizzes", classes="heading", id="quizzes-heading"),
            Static(id="quizzes"),
            DueLine(),
            Static("From memory", classes="heading", id="memory-heading"),
            Static(id="memory", markup=False),
            Static("Latest attempts", classes="heading"),
            Static(id="recent"),
            Static(id="removed", markup=False),
            Static("Other courses", classes="heading", id="others-heading"),
            Static(id="others", markup=False),
            id="scroll",
        )

    def on_mount(self) -> None:
        self.course_app.checker.changed.subscribe(self, lambda state: self._draw())

    def on_screen_resume(self) -> None:
        self._draw()
        self._draw_memories()
        lines = [clean(row.line) for row in progress_beside(self.course_app.learner.workspace.root)]
        for id in ("#others-heading", "#others"):
            self.query_one(id).display = bool(lines)
        self.query_one("#others", Static).update("\n".join(lines))

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        learner = self.course_app.learner
        try:
            summary = learner.progress.summary(learner.course, learner.clock())
            recent = learner.recent(RECENT)
            removed = learner.progress.retired_exercises(learner.course)
        except ProgressError as error:
            self.query_one("#months", Static).update(Content.styled(str(error), "$text-error"))
            return
        for i, (value, label) in enumerate(_statistics(summary)):
            text = Content.assemble((value, "bold $primary"), "\n", (label, "$foreground-muted"))
            self.query_one(f"#figure-{i}", Static).update(text)
        again = f" (↻ {plural(summary.again, 'exercise')} to check again)" if summary.again else ""
        self.query_one("#months-heading", Static).update(f"Months{again}")
        plan = learner.plan()
        bars = (self._bar(month, summary.by_month[month.id], plan) for month in learner.course.months)
        self.query_one("#months", Static).update(Content("\n").join(bars))
        self._draw_quizzes()
        rows = [self._row(title, attempt) for title, attempt in recent]
        removed_ids = ", ".join(
            f"{'✓ ' if exercise.passed else ''}{exercise.id} ({plural(exercise.attempts, 'attempt')})"
            for exercise in removed
        )
        self.query_one("#removed", Static).update(f"No longer in the course: {removed_ids}" if removed_ids else "")
        none = Content.styled("None yet. Press 2 to open an exercise, then save its file.", "$foreground-muted")
        self.query_one("#recent", Static).update(Content("\n").join(rows) if rows else none)

    def _draw_quizzes(self) -> None:
        """Draws the number, state and best score of each month's quiz."""
        learner = self.course_app.learner
        stands = learner.quiz_progress()
        months = [month for month in learner.course.months if month.quiz is not None]
        cells = [_quiz_cell(month, stands.get(month.id, QuizProgress())) for month in months]
        passed = sum(stand.state == "passed" for stand in stands.values())
        heading = self.query_one("#quizzes-heading", Static)
        heading.display = bool(cells)
        heading.update(f"Terms quizzes ({passed} of {len(cells)} passed)")
        self.query_one("#quizzes", Static).update(Content("    ").join(cells))

    def _draw_memories(self) -> None:
        """Draws how well the passed exercises are remembered, the least remembered first."""
        learner = self.course_app.learner
        memories = learner.memories()
        self.query_one(DueLine).show(memories)
        words = [f"{count} {word}" for word in WORD_COLOURS if (count := sum(m.word == word for m in memories))]
        for id in ("#memory-heading", "#memory"):
            self.query_one(id).display = bool(memories)
        self.query_one("#memory-heading", Static).update(f"From memory ({', '.join(words)})")
        now, width = learner.clock(), 40 if self.wide else 32
        rows = (
            Content.assemble(
                _cell(memory.exercise.title, width), memory_bar(memory), "  ",
                (state_text(memory, now), "$foreground-muted"),
            )
            for memory in memories[:FADING]
        )  # fmt: skip
        self.query_one("#memory", Static).update(Content("\n").join(rows))

    def _bar(self, month: Month, count: PassCount, plan: LearningPath) -> Content:
        title = _cell(f"{month.number or '·'} {month.title}", 40 if self.wide else 32)
        bar = BAR if self.wide else BAR * 2 // 3
        planned = plan.planned(month).total
        time = f"{round(planned - plan.left(month).total, 1):g} of {hours(planned)}" if planned else ""
        if not count.total:
            return Content.assemble(
                title, ("─" * bar, "$foreground-muted 30%"), ("  no exercises yet", "$foreground-muted")
            )
        filled = round(bar * count.passed / count.total)
        rest = ("━" * (bar - filled), "$foreground-muted 40%")
        done = f"  {count.passed}/{count.total}"
        return Content.assemble(title, ("━" * filled, "$success"), rest, f"{done:<9}", (time, "$foreground-muted"))

    def _row(self, title: str, attempt: Attempt) -> Content:
        outcome = "passed" if attempt.outcome == "passed" else "failed"
        mistake = attempt.verdict.get("mistake") or {}
        message = mistake.get("says") or attempt.verdict.get("message") or OUTCOME_WORDS[attempt.outcome].capitalize()
        columns = (26, 66) if self.wide else (24, 32)
        when = time_ago(attempt.at, self.course_app.learner.clock())
        return Content.assemble(
            (f"{CHECK_MARKS[outcome]} ", CHECK_COLOURS[outcome]),
            _cell(title, columns[0]),
            Content.styled(_cell(clean(message).replace("\n", " "), columns[1]).plain, "$foreground-muted"),
            when,
        )


def _cell(text: str, width: int) -> Content:
    """Returns text truncated or padded to a column's width."""
    content = Content(text).truncate(width - 2, ellipsis=True)
    return content.pad_right(width - content.cell_length)


def _quiz_cell(month: Month, stand: QuizProgress) -> Content:
    score = f" {stand.best}/{stand.total}" if stand.runs else ""
    state = f"{STATE_MARKS[stand.state]}{score}"
    return Content.assemble((f"{month.number or '·'} ", "$foreground-muted"), (state, STATE_COLOURS[stand.state]))


def _statistics(summary: Summary) -> Iterator[tuple[str, str]]:
    yield f"{summary.passed} of {summary.total}", "exercises passed"
    yield str(summary.attempts), "attempts"
    yield duration(summary.minutes), "of practice"
    yield str(summary.streak_days), "day in a row" if summary.streak_days == 1 else "days in a row"
