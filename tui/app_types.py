"""The interface of the app that screens and widgets use, which they access instead of importing the app itself."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.message_pump import MessagePump
from textual.reactive import reactive

from exercises.course import Material, Month
from exercises.exercise import Exercise
from exercises.quiz import Quiz

if TYPE_CHECKING:
    from grader.check import Grader
    from tui.checking import Checker
    from tui.cowork_controller import CoworkController
    from tui.learner_context import LearnerContext


class CourseApp(App[None], inherit_bindings=False):
    """The learner's context, the services and the navigation that the app provides to its screens."""

    learner: LearnerContext
    checker: Checker
    cowork: CoworkController
    greeting: str
    model: Path | None  # a GGUF file that the playground uses instead of the installed model
    failed_layers: list[str]  # messages about the sandbox layers that do not work on this machine
    verdicts_shown: int  # the number of verdicts that Practice has drawn

    engine_status: reactive[str] = reactive("")
    exercise: reactive[Exercise | None] = reactive(None)
    cowork_news: reactive[bool] = reactive(False)

    @cached_property
    def grader(self) -> Grader:
        """The grader, made when it is first needed."""
        raise NotImplementedError

    async def start_engine(self) -> None:
        """Starts the grading engine and shows its state while it starts."""
        raise NotImplementedError

    async def hand_in(self, exercise: Exercise, asks: str | None = None, private: bool = False) -> None:
        """Sends the exercise's current file to the study group's hub, and asks for a review unless `asks` is None."""
        raise NotImplementedError

    def open_exercise(self, exercise: Exercise) -> None:
        """Opens an exercise in Practice."""
        raise NotImplementedError

    def try_part(self, exercise: Exercise) -> None:
        """Opens the Playground with the part of an exercise that passed."""
        raise NotImplementedError

    def open_in_course(self, item: Month | Material | Quiz) -> None:
        """Selects a month, a material or a quiz in the course tree."""
        raise NotImplementedError

    def open_quiz(self, quiz: Quiz) -> None:
        """Opens a month's quiz at the first unanswered question."""
        raise NotImplementedError

    def open_project(self, name: str) -> None:
        """Opens one of the learner's projects."""
        raise NotImplementedError

    def present_project(self, name: str) -> None:
        """Shows the presentation of a project."""
        raise NotImplementedError

    def action_start_project(self) -> None:
        """Asks for a name and creates a project."""
        raise NotImplementedError

    def action_recall(self) -> None:
        """Opens the list of exercises that come back from memory."""
        raise NotImplementedError

    def action_glossary(self) -> None:
        """Opens the glossary; in Practice it lists the exercise's terms first."""
        raise NotImplementedError

    def action_look_up(self, term: str) -> None:
        """Opens the glossary at a term."""
        raise NotImplementedError


class CourseAppMixin(MessagePump):
    """Gives a screen or a widget typed access to the app. It comes first in the list of base classes."""

    @property
    def course_app(self) -> CourseApp:
        return cast(CourseApp, self.app)
