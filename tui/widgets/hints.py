"""The hints that the learner, or the learner's assistant, has taken."""

from __future__ import annotations

from collections.abc import Container

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from exercises.exercise import Exercise
from tui.widgets.course_text import course_text

ASKED = " · asked for by your assistant"


class Hints(Vertical):
    """Shows a block for each hint; hidden without any."""

    DEFAULT_CSS = """
    Hints { height: auto; }
    Hints Static { height: auto; margin: 0 0 1 0; padding: 0 1; border-left: outer $accent; }
    """

    exercise: Exercise | None = None

    async def show(self, exercise: Exercise, taken: int, by_assistant: Container[int] = ()) -> None:
        """Shows the first `taken` hints of an exercise; `by_assistant`: the numbers of those an assistant asked for."""
        if exercise is not self.exercise:
            self.exercise = exercise
            await self.remove_children()
        self.display = taken > 0
        count, shown = len(exercise.hints), len(self.children)
        await self.mount_all(
            Static(
                Content.assemble(
                    course_text(hint.heading(number, count), "bold $accent"),
                    (ASKED if number in by_assistant else "", "$text-muted"),
                    "\n",
                    course_text(hint.text),
                )
            )
            for number, hint in enumerate(exercise.hints[shown:taken], shown + 1)
        )
