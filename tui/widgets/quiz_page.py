"""The parts of the quiz screen: progress, question, answers and summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from exercises.quiz import Answer, Question, pass_mark
from learner.quizzes import QuizRun
from tui.formatting import plural
from tui.widgets.course_text import course_text, glossary_links
from tui.widgets.highlight import python_code
from tui.widgets.result_cards import key
from tui.widgets.updates import set_text

RIGHT, WRONG = ("✓", "$text-success"), ("✗", "$text-error")


class Choice(Static):
    """An answer; a click chooses it."""

    ALLOW_SELECT = False

    @dataclass
    class Picked(Message):
        """An answer was clicked."""

        number: int

    def __init__(self, number: int) -> None:
        super().__init__(id=f"choice-{number}")
        self.number = number

    def show(self, answer: Answer, index: int, chosen: int | None, selected: bool) -> None:
        """Shows the question's answer at `index`; index 0 is correct, and `chosen` is the learner's choice."""
        self.set_class(selected, "-selected")
        self.set_class(chosen is not None, "-answered")
        self.set_class(chosen is not None and index == 0, "-right")
        self.set_class(chosen is not None and index == chosen != 0, "-wrong")
        letter = key(f"{self.number + 1}")
        if chosen is None:
            set_text(self, Content.assemble(letter, "  ", course_text(answer.says)))
            return
        mark, colour = RIGHT if index == 0 else WRONG
        highlight = index in (0, chosen)
        says = course_text(answer.says, "bold" if highlight else "$foreground-muted")
        yours = (" (your answer)", colour) if index == chosen else ""
        why = course_text(answer.why, "" if highlight else "$foreground-muted")
        set_text(self, Content.assemble((f" {mark} ", f"bold {colour}"), "  ", says, yours, "\n", why))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Picked(self.number))


def meter(questions: Sequence[Question], run: QuizRun, index: int) -> Content:
    """Returns a mark for each question (correct, incorrect, current, open) and the score."""
    marks: list[Content] = []
    for i, question in enumerate(questions):
        choice = run.choices.get(question.id)
        mark, colour = ("○", "$foreground-muted") if choice is None else RIGHT if choice == 0 else WRONG
        underline = " underline" if i == index else ""
        marks.append(Content.styled("●" if choice is None and i == index else mark, colour + underline))
    count = f"question {index + 1} of {len(questions)}" if index < len(questions) else "all answered"
    tail = f"  {count} · {run.right} correct"
    return Content.assemble(Content(" ").join(marks), (tail, "$foreground-muted"))


def question_text(question: Question) -> Content:
    """Returns the text of a question."""
    return course_text(question.ask, "bold")


def glossary_line(terms: Sequence[str]) -> Content:
    """Returns links to the glossary; empty without terms."""
    return Content.assemble(key("g"), "  ", glossary_links(terms)) if terms else Content("")


def summary(questions: Sequence[Question], run: QuizRun) -> Content:
    """Returns the score, and the correct answers to the questions that were missed."""
    total, needed = len(questions), pass_mark(len(questions))
    passed = run.right >= needed
    verdict = ("Passed.", "bold $text-success") if passed else (f"You need {needed} to pass.", "bold $text-warning")
    lines: list[Content | str] = [
        Content.assemble((f"{run.right} of {plural(total, 'answer')} correct. ", "bold"), verdict),
        "",
    ]
    missed = [question for question in questions if run.choices.get(question.id) != 0]
    if not missed:
        lines.append("You answered every question correctly.")
    for question in missed:
        lines.append(Content.assemble(WRONG, " ", course_text(question.ask)))
        if question.code:
            lines += [python_code(question.code), ""]
        lines.append(Content.assemble(RIGHT, " ", course_text(question.answers[0].says, "bold")))
        lines += [course_text(question.answers[0].why, "$foreground-muted"), ""]
    return Content("\n").join(lines)
