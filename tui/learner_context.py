"""What one learner works with: the course, the files, the record of progress, the settings. Knows no screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from exercises.course import Course, Exercise, UnknownExercise
from exercises.load import load_course
from learner.progress import Attempt, Progress, ProgressError, State
from learner.project import Projects, ProjectStatus
from learner.quizzes import QuizProgress
from learner.settings import SettingsError, load_settings, save_settings
from learner.upgrade import Upgrade, find_upgrade
from learner.workload import LearningPath
from learner.workspace import Workspace, WorkspaceError
from tui.formatting import home

Clock = Callable[[], datetime]


def local_now() -> datetime:
    """The time, in the learner's own zone."""
    return datetime.now().astimezone()


class LearnerContext:
    """Opens everything and keeps it. What goes wrong on the way lands in `startup_errors`, as sentences; what can
    still work, works."""

    def __init__(self, root: Path, course: Course | None = None, clock: Clock = local_now) -> None:
        self.clock = clock
        self.startup_errors: list[str] = []
        loaded = load_settings()
        self.settings = loaded.settings
        if loaded.message:
            self.startup_errors.append(loaded.message)
        self.course = course or load_course()
        if self.settings.start:
            self.course = self.course.starting(self.settings.start)
        self.workspace = Workspace(root, self.course, clock)
        self.projects = Projects(root, self.course)
        self._marks: tuple[ProjectStatus, ...] | None = None
        self.created = False
        self.first_start = not self.workspace.progress_path.exists()
        self.progress = self._open_progress()

    def _open_progress(self) -> Progress:
        try:
            progress = Progress(self.workspace.progress_path, self.clock)
        except ProgressError as error:
            self.startup_errors.append(f"{error} Until then, nothing you do here is remembered.")
            return Progress(Path(":memory:"), self.clock)
        if progress.message:
            self.startup_errors.append(progress.message)
        try:
            progress.apply_renames(self.course)
        except ProgressError as error:
            self.startup_errors.append(str(error))
        return progress

    def create(self) -> str | None:
        """Makes the files that are missing. Returns a sentence where that failed. May run in a thread."""
        try:
            self.workspace.create()
        except WorkspaceError as error:
            return str(error)
        finally:
            self.created = True
        return None

    def start_exercise(self) -> Exercise:
        """Where to begin: the exercise opened last, else the first one of the course."""
        last = self.progress.last_exercise()
        try:
            return self.course.exercise(last) if last else self.course.exercises[0]
        except UnknownExercise:
            return self.course.exercises[0]

    def greeting(self) -> str:
        """One line for the start: where the files are, or where one left off."""
        place = home(self.workspace.root)
        if self.first_start:
            return f"Welcome! Your files are in {place}, one for each exercise."
        states = self.states()
        passed = sum(state == "passed" for state in states.values())
        title = self.start_exercise().title
        return f"Welcome back: {title}. {passed} of {len(states)} built so far. Files: {place}"

    def states(self) -> dict[str, State]:
        """The state of every exercise, by id."""
        try:
            return self.progress.states(self.course)
        except ProgressError:
            return {exercise.id: "new" for exercise in self.course.exercises}

    def materials_done(self) -> set[str]:
        """The ids of the materials that are ticked off."""
        try:
            return self.progress.materials_done()
        except ProgressError:
            return set()

    def quiz_progress(self) -> dict[str, QuizProgress]:
        """Where the learner stands with each quiz that was begun, by id."""
        try:
            return self.progress.quiz_progress()
        except ProgressError:
            return {}

    @property
    def marks(self) -> tuple[ProjectStatus, ...]:
        """How far the learner's projects are, as of the last look."""
        return self.look_at_projects() if self._marks is None else self._marks

    def look_at_projects(self) -> tuple[ProjectStatus, ...]:
        """Reads the projects' check lists anew."""
        self._marks = self.projects.statuses()
        return self._marks

    def plan(self, states: Mapping[str, State] | None = None) -> LearningPath:
        """The learner's path through the course, and what of it is done; `states`, where they are known already."""
        known = self.states() if states is None else states
        passed = {id for id, state in known.items() if state == "passed"}
        project = any(mark.complete for mark in self.marks)
        return LearningPath(self.settings.audience, self.materials_done(), passed, project)

    def attempts(self, exercise: Exercise) -> int:
        """How many attempts at an exercise there were."""
        try:
            return self.progress.attempt_count(exercise.id)
        except ProgressError:
            return 0

    def recent(self, count: int) -> list[tuple[str, Attempt]]:
        """The latest attempts at any exercise, as (its title, attempt), the newest first. Raises ProgressError."""
        titles = {exercise.id: exercise.title for exercise in self.course.exercises}
        return [(titles.get(name, name), attempt) for name, attempt in self.progress.recent(count)]

    def upgrade(self, exercise: Exercise) -> Upgrade | None:
        """What a newer course has changed under the learner's work; None if nothing, or if that cannot be told."""
        try:
            return find_upgrade(self.workspace, exercise)
        except WorkspaceError:
            return None

    def last_attempt(self, exercise: Exercise) -> Attempt | None:
        """The latest attempt at an exercise."""
        try:
            return self.progress.last_attempt(exercise.id)
        except ProgressError:
            return None

    def following(self, exercise: Exercise) -> Exercise | None:
        """The next exercise of the course; after the last, the first that has not passed; None if all have."""
        exercises = self.course.exercises
        index = exercises.index(exercise) + 1
        if index < len(exercises):
            return exercises[index]
        states = self.states()
        return next((one for one in exercises if states[one.id] != "passed" and one is not exercise), None)

    def previous(self, exercise: Exercise) -> Exercise | None:
        """The exercise before this one in the course; None before the first."""
        index = self.course.exercises.index(exercise)
        return self.course.exercises[index - 1] if index else None

    def change(self, **values: object) -> str | None:
        """Changes settings and stores them; returns a sentence where they could not be stored."""
        self.settings = msgspec.structs.replace(self.settings, **values)
        try:
            save_settings(self.settings)
        except SettingsError as error:
            return str(error)
        return None
