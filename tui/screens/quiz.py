"""A month's terms quiz: one question at a time with explained answers, then a summary."""

from __future__ import annotations

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from exercises.course import Month
from exercises.quiz import Question, Quiz
from learner.progress import ProgressError
from learner.quizzes import QuizRun
from tui.app_types import CourseAppMixin
from tui.formatting import month_name
from tui.screens.glossary import GlossaryScreen
from tui.widgets import quiz_page
from tui.widgets.footer import KeyBar
from tui.widgets.highlight import python_code
from tui.widgets.quiz_page import Choice
from tui.widgets.updates import set_text


class QuizScreen(CourseAppMixin, ModalScreen[None]):
    """Shows a month's quiz and continues an unfinished run. Every answer is stored at once."""

    CSS_PATH = ["dialogs.tcss", "quiz.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    BINDINGS = [
        *(Binding(f"{i + 1},{'abcd'[i]}", f"choose({i})", f"Answer {i + 1}", show=False) for i in range(4)),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page('page_up')", "Page up", show=False),
        Binding("pagedown", "page('page_down')", "Page down", show=False),
        Binding(
            "enter,space",
            "answer",
            "Answer",
            id="quiz.answer",
            key_display="Enter",
            tooltip="Choose the selected answer (or press 1 to 4)",
        ),
        Binding("enter,space,n", "next", "Next", id="quiz.next", key_display="Enter", tooltip="Next question"),
        Binding("r", "again", "Again", id="quiz.again", tooltip="Start a new run of the quiz"),
        Binding("g", "glossary", "Glossary", id="quiz.glossary", tooltip="Look up the terms of the question"),
        Binding("escape,q", "app.pop_screen", "Close", id="quiz.close", tooltip="Close; you can continue later"),
    ]
    page = getters.query_one("#page", VerticalScroll)

    def __init__(self, month: Month, quiz: Quiz) -> None:
        super().__init__()
        self.month, self.quiz = month, quiz
        self.questions = quiz.questions
        self.attempt = QuizRun(1)
        self.index = 0  # of the current question; equal to the number of questions in the summary
        self.cursor = 0

    @property
    def question(self) -> Question | None:
        """The current question, or None in the summary."""
        return self.questions[self.index] if self.index < len(self.questions) else None

    @property
    def chosen(self) -> int | None:
        """The index of the chosen answer in the question's `answers`, or None."""
        return self.attempt.choices.get(self.question.id) if self.question is not None else None

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet") as sheet:
            sheet.border_title = f"{month_name(self.month)}: terms quiz"
            yield Static(id="meter")
            with VerticalScroll(id="page", can_focus=False):
                yield Static(id="ask")
                yield Static(id="code")
                for i in range(4):
                    yield Choice(i)
                yield Static(id="terms")
            yield KeyBar()

    def on_mount(self) -> None:
        self._start(restart=False)

    def _start(self, restart: bool) -> None:
        try:
            self.attempt = self.course_app.learner.progress.quiz_run(self.quiz, restart)
        except ProgressError as error:
            self.notify(str(error), severity="warning", markup=False)
            self.attempt = QuizRun(1)
        answered = self.attempt.choices
        self.index = next((i for i, q in enumerate(self.questions) if q.id not in answered), len(self.questions))
        self._draw()

    def _draw(self) -> None:
        self.cursor = 0
        set_text(self.query_one("#meter", Static), quiz_page.meter(self.questions, self.attempt, self.index))
        question = self.question
        code = self.query_one("#code", Static)
        code.display = question is not None and bool(question.code)
        if question is not None:
            set_text(self.query_one("#ask", Static), quiz_page.question_text(question))
            set_text(code, python_code(question.code))
        else:
            set_text(self.query_one("#ask", Static), quiz_page.summary(self.questions, self.attempt))
        self._draw_choices()
        self.page.scroll_home(animate=False)

    def _draw_choices(self) -> None:
        question = self.question
        order = question.shuffled(self.attempt.number) if question is not None else ()
        for choice in self.query(Choice):
            choice.display = choice.number < len(order)
            if question is not None and choice.display:
                selected = self.chosen is None and choice.number == self.cursor
                choice.show(question.answers[order[choice.number]], order[choice.number], self.chosen, selected)
        terms = self.query_one("#terms", Static)
        terms.display = self.chosen is not None or question is None
        set_text(terms, quiz_page.glossary_line(self._terms()))
        self.refresh_bindings()

    def _terms(self) -> tuple[str, ...]:
        """The terms of the question or, in the summary, of the questions that were answered incorrectly."""
        if self.question is not None:
            return self.question.terms
        missed = (question for question in self.questions if self.attempt.choices.get(question.id) != 0)
        return tuple(dict.fromkeys(term for question in missed for term in question.terms))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        match action:
            case "answer" | "choose":
                return self.question is not None and self.chosen is None
            case "next":
                return self.chosen is not None
            case "again":
                return self.question is None
        return True

    def action_move(self, step: int) -> None:
        if self.question is None or self.chosen is not None:
            self.page.scroll_relative(y=step, animate=False)
            return
        self.cursor = (self.cursor + step) % len(self.question.answers)
        self._draw_choices()
        self.query(Choice)[self.cursor].scroll_visible(animate=False)

    def action_page(self, action: str) -> None:
        getattr(self.page, f"action_{action}")()

    def action_answer(self) -> None:
        self.action_choose(self.cursor)

    def action_choose(self, number: int) -> None:
        """Stores the answer with a number on the screen. An answer cannot be changed."""
        question = self.question
        if question is None or self.chosen is not None or number >= len(question.answers):
            return
        choice = question.shuffled(self.attempt.number)[number]
        self.attempt.choices[question.id] = choice
        try:
            self.course_app.learner.progress.record_quiz_answer(self.quiz, self.attempt.number, question.id, choice)
        except ProgressError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=20)
        set_text(self.query_one("#meter", Static), quiz_page.meter(self.questions, self.attempt, self.index))
        self._draw_choices()
        self.call_after_refresh(self.query(Choice)[number].scroll_visible, animate=False)

    def on_choice_picked(self, event: Choice.Picked) -> None:
        self.action_choose(event.number)

    def action_next(self) -> None:
        self.index += 1
        self._draw()

    def action_again(self) -> None:
        self._start(restart=True)

    def action_glossary(self) -> None:
        heading = "In this question" if self.question is not None else "In the questions you missed"
        self.app.push_screen(GlossaryScreen(about=lambda: (heading, self._terms())))
