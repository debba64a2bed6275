"""What a quiz shows: how far one is, the question, the answers to choose, the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from exercises.quiz import Answer, Question, pass_mark
from learner.quizzes import QuizRun
from tui.formatting import many
from tui.widgets.course_text import course_text, glossary_links
from tui.widgets.highlight import python_code
from tui.widgets.result_cards import key
from tui.widgets.updates import set_text

RIGHT, WRONG = ("✓", "$text-success"), ("✗", "$text-error")


class Choice(Static):
    """One answer; a click gives it."""

    ALLOW_SELECT = False

    @dataclass
    class Picked(Message):
        """An answer was clicked."""

        number: int

    def __init__(self, number: int) -> None:
        super().__init__(id=f"choice-{number}")
        self.number = number

    def show(self, answer: Answer, place: int, chosen: int | None, marked: bool) -> None:
        """Draws an answer. Place 0 is the right one; `chosen` is the place of the one given, if any."""
        self.set_class(marked, "-marked")
        self.set_class(chosen is not None, "-told")
        self.set_class(chosen is not None and place == 0, "-right")
        self.set_class(chosen is not None and place == chosen != 0, "-wrong")
        letter = key(f"{self.number + 1}")
        if chosen is None:
            set_text(self, Content.assemble(letter, "  ", course_text(answer.says)))
            return
        sign, colour = RIGHT if place == 0 else WRONG
        told = place in (0, chosen)
        says = course_text(answer.says, "bold" if told else "$foreground-muted")
        yours = (" (your answer)", colour) if place == chosen else ""
        why = course_text(answer.why, "" if told else "$foreground-muted")
        set_text(self, Content.assemble((f" {sign} ", f"bold {colour}"), "  ", says, yours, "\n", why))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Picked(self.number))


def meter(questions: Sequence[Question], run: QuizRun, place: int) -> Content:
    """A sign for each question: right, wrong, the one shown, still to come."""
    signs: list[Content] = []
    for i, question in enumerate(questions):
        choice = run.choices.get(question.id)
        sign, colour = ("○", "$foreground-muted") if choice is None else RIGHT if choice == 0 else WRONG
        here = " underline" if i == place else ""
        signs.append(Content.styled("●" if choice is None and i == place else sign, colour + here))
    count = f"question {place + 1} of {len(questions)}" if place < len(questions) else "all answered"
    tail = f"  {count} · {run.right} right"
    return Content.assemble(Content(" ").join(signs), (tail, "$foreground-muted"))


def asked(question: Question) -> Content:
    """The question itself."""
    return course_text(question.ask, "bold")


def words(terms: Sequence[str]) -> Content:
    """The terms that lead to the glossary; nothing for none."""
    return Content.assemble(key("g"), "  ", glossary_links(terms)) if terms else Content("")


def summary(questions: Sequence[Question], run: QuizRun) -> Content:
    """How it went, and the right answers to what was missed."""
    total, bar = len(questions), pass_mark(len(questions))
    passed = run.right >= bar
    verdict = ("Passed.", "bold $text-success") if passed else (f"{bar} are needed to pass.", "bold $text-warning")
    lines: list[Content | str] = [
        Content.assemble((f"{run.right} of {many(total, 'answer')} right. ", "bold"), verdict),
        "",
    ]
    missed = [question for question in questions if run.choices.get(question.id) != 0]
    if not missed:
        lines.append("Nothing was missed.")
    for question in missed:
        lines.append(Content.assemble(WRONG, " ", course_text(question.ask)))
        if question.code:
            lines += [python_code(question.code), ""]
        lines.append(Content.assemble(RIGHT, " ", course_text(question.answers[0].says, "bold")))
        lines += [course_text(question.answers[0].why, "$foreground-muted"), ""]
    return Content("\n").join(lines)
