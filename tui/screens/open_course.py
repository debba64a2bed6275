"""The dialog before a course from a folder: what it may do, the learner's consent, and the proof of its exercises."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Static

from engine.errors import EngineError
from exercises.decode import CourseError
from grader.check import Grader, new_engine
from learner.errors import LearnerError
from learner.other_courses import OtherCourse
from playground.store import gpt2_vocabulary
from tui import other_course, themes
from tui.formatting import clean


class OpenCourseApp(App[bool], inherit_bindings=False):
    """Asks for consent and proves the exercises, where that is not done yet; True opens the course."""

    CSS = """
    Screen { align: center middle; }
    #question { width: 76; max-width: 100%; height: auto; max-height: 100%; border: round $primary; padding: 1 2; }
    #text { height: auto; max-height: 18; }
    #answers { height: auto; margin: 1 0 0 0; }
    #answers Button { margin: 0 2 0 0; }
    #status { height: auto; margin: 1 0 0 0; }
    """
    AUTO_FOCUS = "#no"
    BINDINGS = [
        Binding("y", "answer(True)", "Trust", id="course.trust"),
        Binding("n,escape,q,ctrl+c", "answer(False)", "No", id="course.refuse"),
        Binding("left,right", "app.focus_next", "Switch button", show=False),
    ]

    def __init__(self, other: OtherCourse, grader: Grader | None = None) -> None:
        super().__init__()
        self.other = other
        self.given_grader = grader
        self.asks = not other.is_trusted
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            with VerticalScroll(id="text", can_focus=False):
                yield Static(other_course.what_it_may_do(self.other), markup=False)
            with Horizontal(id="answers"):
                yield Button("Trust this course (y)", id="yes", variant="primary", compact=True)
                yield Button("Not now (n)", id="no", compact=True)
            yield Static(id="status", markup=False)

    def on_mount(self) -> None:
        if not self.asks:
            self._begin()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        if not yes:
            self.exit(False)
        elif self.asks:
            self.asks = False
            try:
                self.other = other_course.trust(self.other)
            except LearnerError as error:
                self._say(str(error))
                return
            self._begin()

    def _begin(self) -> None:
        self.query_one("#answers").display = False
        other_course.use(self.other)
        if self.other.is_proved:
            self.exit(True)
        else:
            self.run_worker(self._prove(), exclusive=True)

    async def _prove(self) -> None:
        grader = self.given_grader or Grader(new_engine(gpt2_vocabulary()))
        count = len(self.other.course.exercises)
        self._say(f"Proving {count} exercises, once for this version… (n: stop)")
        done = 0
        try:
            async for result in other_course.prove(self.other, grader):
                done += 1
                self._say(f"Proving: {done} of {count}, {result.id} (n: stop)")
        except (CourseError, EngineError, LearnerError) as error:
            self._say(f"{error}\n\nThe course cannot be opened. Press n.")
            return
        finally:
            if self.given_grader is None:
                await grader.engine.close()
        self.exit(True)

    def _say(self, text: str) -> None:
        self.query_one("#status", Static).update(clean(text))


def open_course(other: OtherCourse) -> bool:
    """Asks and proves where needed; returns whether to open the course, which is then the selected one."""
    if other.is_trusted and other.is_proved:
        other_course.use(other)
        return True
    return bool(OpenCourseApp(other).run())
