"""The app: its rooms, its themes, its keys. What it knows of the learner is the desk's, of checks the checker's."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.binding import Binding
from textual.reactive import reactive

from engine.client import EngineError
from exercises.course import Course, Exercise, Material, Month
from exercises.decode import CourseError
from exercises.quiz import Quiz
from grader.check import Grader, new_engine
from learner.project import ProjectError
from playground.store import gpt2_vocabulary
from tui import failed_layers, modes, themes
from tui.background import start
from tui.checking import Checker, CheckState
from tui.commands import Palette
from tui.cowork_controller import CoworkController
from tui.formatting import OUTCOME_WORDS
from tui.learner_context import Clock, LearnerContext, local_now

if TYPE_CHECKING:
    from cowork.client.session import Session


class FromScratchApp(App[None], inherit_bindings=False):
    """The course in the terminal, for the workspace in `workspace_root`."""

    TITLE = "fromscratch"
    CSS_PATH = "app.tcss"
    MODES = modes.MODES
    DEFAULT_MODE = "course"
    COMMANDS = {Palette}
    BINDINGS = [
        *modes.BINDINGS,
        Binding("t", "next_theme", "Theme", id="app.theme", show=False, tooltip="Light or dark; it is remembered"),
        Binding("g", "glossary", "Glossary", id="app.glossary", show=False, tooltip="Look up a word of the course"),
        Binding("ctrl+p", "command_palette", "Palette", id="app.palette", show=False, tooltip="Search everything"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave. Everything is saved already"),
        Binding("ctrl+c", "leave", "Quit", id="app.leave", show=False, tooltip="Twice: leave"),
    ]

    engine_status: reactive[str] = reactive("")
    exercise: reactive[Exercise | None] = reactive(None)
    cowork_news: reactive[bool] = reactive(False)

    def __init__(
        self,
        workspace_root: Path,
        *,
        course: Course | None = None,
        grader: Grader | None = None,
        clock: Clock = local_now,
        model: Path | None = None,
        session: Session | None = None,
    ) -> None:
        super().__init__()
        self.learner = LearnerContext(workspace_root, course, clock)
        self._own_engine = grader is None
        self.grader = grader or Grader(new_engine(gpt2_vocabulary()))
        self.checker = Checker(self, self.learner, self.grader)
        self.cowork = CoworkController(self, session)
        self.set_reactive(FromScratchApp.exercise, self.learner.start_exercise())
        self.banner = self.learner.greeting()
        self.model = model  # a GGUF file for the playground, in place of the installed one
        self.failed_layers: list[str] = []  # what does not keep a learner's code in here, once it was tried
        self.verdicts_seen = 0  # how many verdicts Practice has drawn
        self._left_at = 0.0
        for theme in (themes.DARK, themes.LIGHT):
            self.register_theme(theme)
        wanted = self.learner.settings.theme
        self.theme = wanted if wanted in self.available_themes else themes.DARK.name

    def on_mount(self) -> None:
        self.checker.saved.subscribe(self, self._follow)
        self.checker.changed.subscribe(self, self._announce)
        self.theme_changed_signal.subscribe(self, lambda theme: self._remember_theme(theme.name))
        # The first picture comes before the work.
        self.call_after_refresh(start, self, self._begin, "begin")

    async def _begin(self) -> None:
        for trouble in self.learner.startup_errors:
            self.notify(trouble, severity="warning", markup=False, timeout=20)
        start(self, self.warm, "engine")
        if (problem := await asyncio.to_thread(self.learner.create)) is not None:
            self.notify(problem, title="No workspace", severity="error", markup=False, timeout=60)
        for news in self.learner.workspace.news:
            self.notify(news, markup=False, timeout=20)
        self.mutate_reactive(FromScratchApp.exercise)
        self.checker.watch()
        self.cowork.open()

    async def warm(self) -> None:
        """Starts the engine, and says so while it takes its seconds."""
        engine = self.grader.engine
        if engine.ready.is_set():
            return
        self.engine_status = "◌ warming up torch…"
        try:
            await engine.start()
        except EngineError as error:
            self.engine_status = "✗ no engine"
            self.notify(str(error), severity="error", markup=False, timeout=30)
            return
        if engine.process is not None:
            ends = [asyncio.create_task(engine.ready.wait()), asyncio.create_task(engine.process.wait())]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
        self.engine_status = "" if engine.ready.is_set() else "✗ engine stopped: r restarts it"
        start(self, partial(failed_layers.look, self), "isolation")

    def open_exercise(self, exercise: Exercise) -> None:
        """Goes to an exercise in Practice, and remembers it for the next start."""
        self.exercise = exercise
        self.switch_mode("practice")

    def open_in_course(self, item: Month | Material | Quiz) -> None:
        """Goes to a month, a material or a quiz in the map of the course."""
        from tui.screens.course import CourseScreen

        self.switch_mode("course")
        while not isinstance(self.screen, CourseScreen):
            self.pop_screen()
        self.screen.course_tree.go(item)

    def open_project(self, name: str) -> None:
        """Shows one of the learner's own projects."""
        from tui.screens.project import ProjectScreen

        try:
            self.push_screen(ProjectScreen(self.learner.projects.find(name)))
        except ProjectError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=15)

    def present_project(self, name: str) -> None:
        """Shows the pages of a project's demo."""
        from tui.screens.presentation import PresentationScreen

        try:
            self.push_screen(PresentationScreen(self.learner.projects.find(name)))
        except ProjectError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=15)

    def action_start_project(self) -> None:
        """Asks for a name, and makes a project of the learner's own."""
        from tui.screens.project import start_project

        start_project(self)

    def action_glossary(self) -> None:
        """Opens the glossary; in Practice with the words of the exercise first."""
        from tui.screens.glossary import GlossaryScreen

        here = self.exercise if self.current_mode == "practice" else None
        self.push_screen(GlossaryScreen(about=(f"In {here.title}", here.concepts) if here is not None else None))

    def open_quiz(self, quiz: Quiz) -> None:
        """Opens a month's quiz where it was left."""
        from tui.screens.quiz import QuizScreen

        month = next(month for month in self.learner.course.months if month.quiz is quiz)
        try:
            self.push_screen(QuizScreen(month, quiz))
        except CourseError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)

    def action_look_up(self, word: str) -> None:
        """Opens the glossary at a word."""
        from tui.screens.glossary import GlossaryScreen

        self.push_screen(GlossaryScreen(word))

    def _follow(self, exercise: Exercise) -> None:
        """Practice goes along to the file that was saved."""
        self.exercise = exercise

    def _announce(self, state: CheckState) -> None:
        """Says how a check ended to those who are in another room."""
        if state.phase == "done" and state.verdict is not None and self.current_mode != "practice":
            word = "✓ passed" if state.verdict.passed else f"✗ {OUTCOME_WORDS[state.verdict.outcome]}"
            self.notify(f"{state.exercise.title}: {word}. Press 2 to see it.", markup=False)

    def action_next_theme(self) -> None:
        self.theme = (themes.LIGHT if self.current_theme.dark else themes.DARK).name

    def action_leave(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._left_at < 3:
            self.exit()
        self._left_at = now
        self.notify("Press q, or ctrl+c again, to leave. Everything is saved.")

    def _remember_theme(self, name: str) -> None:
        if name != self.learner.settings.theme and (trouble := self.learner.change(theme=name)):
            self.notify(trouble, severity="warning", markup=False)

    async def on_unmount(self) -> None:
        await self.cowork.close()
        self.learner.progress.close()
        if self._own_engine:
            await self.grader.engine.close()


def run(workspace_root: Path, mode: str | None = None) -> int:
    """Runs the app, first in a mode of MODES, until the learner leaves; returns the exit code."""
    for name in ("COLUMNS", "LINES"):
        # Where a shell or a program has exported them, they would hide every change of the window's size.
        os.environ.pop(name, None)
    if mode is not None:
        FromScratchApp.DEFAULT_MODE = mode  # Textual reads it while the app is made
    app = FromScratchApp(workspace_root)
    app.run()
    return app.return_code or 0
