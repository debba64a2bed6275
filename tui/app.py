"""The app: its modes, themes and key bindings, and the navigation between screens."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.screen import Screen

from engine.errors import EngineError
from exercises.course import Course, Material, Month
from exercises.decode import CourseError
from exercises.exercise import Exercise
from exercises.location import is_own
from exercises.quiz import Quiz
from learner.errors import ProjectError
from tui import modes, themes
from tui.app_types import CourseApp
from tui.background import start
from tui.checking import Checker, CheckState
from tui.commands import CommandPalette
from tui.cowork_controller import CoworkController
from tui.failed_layers import report_failed_layers
from tui.formatting import OUTCOME_WORDS
from tui.learner_context import Clock, LearnerContext, local_now
from tui.presence_reporter import PresenceReporter

if TYPE_CHECKING:
    from cowork.client.session import Session
    from grader.check import Grader


def _screen_factory(mode: str) -> Callable[[], Screen[Any]]:
    """Returns a function that creates a mode's screen; its module is imported when the mode is first opened."""
    return lambda: getattr(import_module(f"tui.screens.{mode}"), f"{mode.title()}Screen")()


class FromScratchApp(CourseApp, inherit_bindings=False):
    """The course in the terminal, for the workspace in `workspace_root`."""

    TITLE = "fromscratch"
    CSS_PATH = "app.tcss"
    MODES = {mode: _screen_factory(mode) for mode in modes.TITLES}
    DEFAULT_MODE = "course"
    COMMANDS = {CommandPalette}
    BINDINGS = [
        *modes.BINDINGS,
        Binding("T,t", "next_theme", "Theme", id="app.theme", show=False, tooltip="Switch between light and dark"),
        Binding("g", "glossary", "Glossary", id="app.glossary", show=False, tooltip="Look up a term of the course"),
        Binding("m", "recall", "From memory", id="app.recall", show=False, tooltip="Write a passed exercise again"),
        Binding("ctrl+p", "command_palette", "Palette", id="app.palette", show=False, tooltip="Search all commands"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Quit the app. Everything is saved"),
        Binding("ctrl+c", "leave", "Quit", id="app.leave", show=False, tooltip="Press twice to quit"),
    ]

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
        gc.disable()  # until the app has started: a collection amid loading delays the first paint
        self.learner = LearnerContext(workspace_root, course, clock)
        self._given_grader = grader
        self.checker = Checker(self, self.learner, lambda: self.grader)
        self.cowork = CoworkController(self, self.learner, session)
        self.presence = PresenceReporter(self)
        self.set_reactive(CourseApp.exercise, self.learner.start_exercise())
        self.greeting = self.learner.greeting()
        self.model = model
        self.failed_layers = []
        self.verdicts_shown = 0
        self._last_ctrl_c = 0.0
        for theme in (themes.DARK, themes.LIGHT):
            self.register_theme(theme)
        theme_name = self.learner.settings.theme
        if theme_name != themes.DARK.name and theme_name in self.available_themes:
            self.theme = theme_name
        else:
            # The app starts as a dark one. Textual's watcher would only parse all styles again, before the first paint.
            self.set_reactive(CourseApp.theme, themes.DARK.name)
            self.stylesheet.set_variables(self.get_css_variables())

    @cached_property
    def grader(self) -> Grader:
        from grader.check import Grader, new_engine
        from playground.store import gpt2_vocabulary

        return self._given_grader or Grader(new_engine(gpt2_vocabulary()))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "switch_mode" and parameters[0] in modes.OF_OWN_COURSE:
            return is_own()
        return super().check_action(action, parameters)

    def on_mount(self) -> None:
        self.checker.saved.subscribe(self, self._show_saved)
        self.checker.changed.subscribe(self, self._notify_verdict)
        self.cowork.news.subscribe(self, lambda news: setattr(self, "cowork_news", news))
        self.theme_changed_signal.subscribe(self, lambda theme: self._save_theme(theme.name))
        # Everything else starts after the first paint.
        self.call_after_refresh(start, self, self._start, "begin")

    async def _start(self) -> None:
        for message in self.learner.startup_errors:
            self.notify(message, severity="warning", markup=False, timeout=20)
        start(self, self.start_engine, "engine")
        if (problem := await asyncio.to_thread(self.learner.create)) is not None:
            self.notify(problem, title="No workspace", severity="error", markup=False, timeout=60)
        for news in self.learner.workspace.messages:
            self.notify(news, markup=False, timeout=20)
        if not self.is_running:  # it was closed meanwhile
            return
        self.mutate_reactive(CourseApp.exercise)
        self.checker.watch()
        if is_own():  # a room speaks of the exercises of this program's course
            self.presence.start()
            self.cowork.connect()
        gc.freeze()  # the course stays, and a collection that looks at all of it delays a verdict
        gc.enable()

    async def start_engine(self) -> None:
        engine = self.grader.engine
        if engine.ready.is_set():
            return
        self.engine_status = "◌ loading torch…"
        try:
            await engine.start()
        except EngineError as error:
            self.engine_status = "✗ no engine"
            self.notify(str(error), severity="error", markup=False, timeout=30)
            return
        if engine.process is not None:
            waits = [asyncio.create_task(engine.ready.wait()), asyncio.create_task(engine.process.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        self.engine_status = "" if engine.ready.is_set() else "✗ engine stopped: r restarts it"
        start(self, partial(report_failed_layers, self), "isolation")

    async def hand_in(self, exercise: Exercise, asks: str | None = None, private: bool = False) -> None:
        await self.presence.hand_in(exercise, asks, private)

    def open_exercise(self, exercise: Exercise) -> None:
        from tui.screens.practice import PracticeScreen

        self.exercise = exercise
        self.switch_mode("practice")
        if isinstance(self.screen, PracticeScreen) and self.screen.shown is not None:
            self.screen.turn_to(False)

    def try_part(self, exercise: Exercise) -> None:
        start(self, partial(self._try_part, exercise), "try part")

    async def _try_part(self, exercise: Exercise) -> None:
        from tui.screens.playground.screen import PlaygroundScreen

        await self.switch_mode("playground")
        if isinstance(self.screen, PlaygroundScreen):
            await self.screen.try_part(exercise)

    def open_in_course(self, item: Month | Material | Quiz) -> None:
        from tui.screens.course import CourseScreen

        self.switch_mode("course")
        while not isinstance(self.screen, CourseScreen):
            self.pop_screen()
        self.screen.course_tree.go(item)

    def open_project(self, name: str) -> None:
        from tui.screens.project import ProjectScreen

        try:
            self.push_screen(ProjectScreen(self.learner.projects.find(name)))
        except ProjectError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=15)

    def present_project(self, name: str) -> None:
        from tui.screens.presentation import PresentationScreen

        try:
            self.push_screen(PresentationScreen(self.learner.projects.find(name)))
        except ProjectError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=15)

    def action_start_project(self) -> None:
        from tui.screens.project import start_project

        start_project(self)

    def action_recall(self) -> None:
        from tui.screens.recall import RecallScreen

        self.push_screen(RecallScreen())

    def action_glossary(self) -> None:
        from tui.screens.glossary import GlossaryScreen

        self.push_screen(GlossaryScreen(about=self._exercise_terms if self.current_mode == "practice" else None))

    def _exercise_terms(self) -> tuple[str, Sequence[str]]:
        assert self.exercise is not None
        return f"In {self.exercise.title}", self.exercise.concepts

    def action_look_up(self, term: str) -> None:
        from tui.screens.glossary import GlossaryScreen

        self.push_screen(GlossaryScreen(term))

    def open_quiz(self, quiz: Quiz) -> None:
        from tui.screens.quiz import QuizScreen

        month = next(month for month in self.learner.course.months if month.quiz is quiz)
        try:
            self.push_screen(QuizScreen(month, quiz))
        except CourseError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)

    def _show_saved(self, exercise: Exercise) -> None:
        """Makes the exercise whose file was saved the current exercise, and says so in Practice."""
        if exercise is not self.exercise and self.current_mode == "practice":
            self.notify(f"You saved {exercise.file_name}, so this is now {exercise.title}.", markup=False, timeout=8)
        self.exercise = exercise

    def _notify_verdict(self, state: CheckState) -> None:
        """Notifies the learner of a verdict while another mode than Practice is open."""
        if state.phase == "done" and state.verdict is not None and self.current_mode != "practice":
            outcome = "✓ passed" if state.verdict.passed else f"✗ {OUTCOME_WORDS[state.verdict.outcome]}"
            self.notify(f"{state.exercise.title}: {outcome}. Press 2 to open it.", markup=False)

    def action_next_theme(self) -> None:
        self.theme = (themes.LIGHT if self.current_theme.dark else themes.DARK).name

    def action_leave(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._last_ctrl_c < 3:
            self.exit()
        self._last_ctrl_c = now
        self.notify("Press q, or ctrl+c again, to quit. Everything is saved.")

    def _save_theme(self, name: str) -> None:
        if name != self.learner.settings.theme and (problem := self.learner.change(theme=name)):
            self.notify(problem, severity="warning", markup=False)

    async def on_unmount(self) -> None:
        gc.enable()
        await self.cowork.close()
        self.learner.progress.close()
        if self._given_grader is None and "grader" in vars(self):
            await self.grader.engine.close()


def run(workspace_root: Path, mode: str | None = None) -> int:
    """Runs the app, starting in `mode` if given, until the learner quits; returns the exit code."""
    for name in ("COLUMNS", "LINES"):
        # If the environment sets these, Textual ignores changes of the terminal's size.
        os.environ.pop(name, None)
    if mode is not None:
        FromScratchApp.DEFAULT_MODE = mode  # Textual reads it when the app is created
    app = FromScratchApp(workspace_root)
    app.run()
    return app.return_code or 0
