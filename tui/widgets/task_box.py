"""The box above a task: terms, the place in the book, what is also checked, and a question to answer first."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Collapsible, Static

from exercises.exercise import Exercise
from exercises.page_box import book, rules
from tui.formatting import plural
from tui.widgets.course_text import course_text, glossary_links
from tui.widgets.result_cards import key
from tui.widgets.updates import set_text


class TaskBox(Vertical):
    """Shows an exercise's box. The rules and the answer are folded; Tab and Enter unfold them."""

    DEFAULT_CSS = """
    TaskBox { height: auto; padding: 0 1 0 2; margin: 0 0 1 0; }
    TaskBox Static { height: auto; }
    TaskBox #concepts { link-color: $primary; link-style: none; }
    TaskBox #prediction { margin: 1 0 0 0; }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="concepts")
        yield Static(id="book")
        with Collapsible(id="rules"):
            yield Static()
        yield Static(id="prediction")
        with Collapsible(title="Answer", id="answer"):
            yield Static()

    def show(self, exercise: Exercise) -> None:
        """Shows the box of an exercise, folded."""
        concepts = exercise.concepts
        terms = Content.assemble(key("g"), "  ", glossary_links(concepts)) if concepts else Content("")
        set_text(self.query_one("#concepts", Static), terms)
        self.query_one("#concepts").display = bool(concepts)
        place = f"Book: {book(exercise)}" if exercise.chapter else ""
        source = f"Paper: {exercise.paper}" if exercise.paper else place
        place = " · ".join(filter(None, (source, f"importance {exercise.importance} of 3")))
        set_text(self.query_one("#book", Static), Content.styled(place, "$foreground-muted"))
        checked = rules(exercise)
        lines = [f"- {rule}" for rule in checked] + [f"- Not allowed: `{name}`" for name in exercise.forbids]
        titles = [
            f"Also checked: {plural(len(checked), 'rule')}" if checked else "",
            f"Not allowed: {plural(len(exercise.forbids), 'call')}" if exercise.forbids else "",
        ]
        self._fold("#rules", lines)
        self.query_one("#rules", Collapsible).title = " · ".join(filter(None, titles))
        prediction = exercise.predict
        prompt = self.query_one("#prediction", Static)
        prompt.display = prediction is not None
        if prediction is not None:
            heading = ("Predict first: ", "bold $accent")
            set_text(prompt, Content.assemble(heading, course_text(prediction.question)))
        self._fold("#answer", [prediction.answer] if prediction is not None else [])

    def _fold(self, selector: str, lines: list[str]) -> None:
        folded = self.query_one(selector, Collapsible)
        folded.display = bool(lines)
        folded.collapsed = True
        set_text(folded.query_one("Contents Static", Static), course_text("\n".join(lines)))
