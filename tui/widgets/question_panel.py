"""One multiple-choice question with its answers, which are explained once one is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from exercises.quiz import MAX_WRONG_ANSWERS, Question
from tui.widgets import quiz_page
from tui.widgets.highlight import python_code
from tui.widgets.quiz_page import Choice
from tui.widgets.updates import focus_now, set_text

ANSWERS = MAX_WRONG_ANSWERS + 1


class QuestionPanel(Vertical, can_focus=True):
    """Asks a question; posts Answered with the index of the answer, of which 0 is right."""

    DEFAULT_CSS = """
    QuestionPanel { height: auto; display: none; }
    QuestionPanel .ask, QuestionPanel .code { height: auto; margin: 0 0 1 0; }
    QuestionPanel .code { width: auto; padding: 0 2; background: $surface; }
    QuestionPanel Choice { height: auto; padding: 0 1; border-left: outer $border 40%; margin: 0 0 1 0; }
    QuestionPanel Choice.-selected { border-left: outer $primary; background: $block-cursor-blurred-background; }
    QuestionPanel Choice.-right { border-left: outer $success; background: transparent; }
    QuestionPanel Choice.-wrong { border-left: outer $error; background: transparent; }
    """
    BINDINGS = [
        *(Binding(f"{i + 1},{'abcd'[i]}", f"choose({i})", f"Answer {i + 1}", show=False) for i in range(ANSWERS)),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("enter,space", "answer", "Answer", id="question.answer", key_display="Enter",
                tooltip="Choose the selected answer (or press 1 to 4)"),
    ]  # fmt: skip

    @dataclass
    class Answered(Message):
        """The learner has chosen an answer."""

        question: Question
        choice: int

    question: Question | None = None
    chosen: int | None = None
    cursor = 0
    order: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(classes="ask")
        yield Static(classes="code")
        for i in range(ANSWERS):
            yield Choice(i)

    def ask(self, question: Question | None, number: int) -> None:
        """Asks a question with its answers in the order of `number`, or hides the panel."""
        self.display = question is not None
        if question is None or question == self.question:
            return
        self.question, self.chosen, self.cursor = question, None, 0
        self.order = question.shuffled(number)
        set_text(self.query_one(".ask", Static), quiz_page.question_text(question))
        code = self.query_one(".code", Static)
        code.display = bool(question.code)
        set_text(code, python_code(question.code))
        self._draw()
        focus_now(self)

    def _draw(self) -> None:
        assert self.question is not None
        for choice in self.query(Choice):
            choice.display = choice.number < len(self.order)
            if choice.display:
                index = self.order[choice.number]
                selected = self.chosen is None and choice.number == self.cursor
                choice.show(self.question.answers[index], index, self.chosen, selected)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("answer", "choose", "move"):
            return self.question is not None and self.chosen is None
        return True

    def action_move(self, step: int) -> None:
        self.cursor = (self.cursor + step) % len(self.order)
        self._draw()
        self.query(Choice)[self.cursor].scroll_visible(animate=False)

    def action_answer(self) -> None:
        self.action_choose(self.cursor)

    def action_choose(self, number: int) -> None:
        """Chooses the answer with a number on the screen. An answer cannot be changed."""
        if self.question is None or self.chosen is not None or number >= len(self.order):
            return
        self.chosen = self.order[number]
        self._draw()
        self.post_message(self.Answered(self.question, self.chosen))

    def on_choice_picked(self, event: Choice.Picked) -> None:
        self.action_choose(event.number)
