"""The learner's context: the course, the workspace, the stored progress and the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from exercises.course import Course, Month
from exercises.exercise import Exercise
from exercises.load import load_course
from learner.due_dates import DueDates
from learner.progress import Attempt, Progress, ProgressError, State
from learner.project import Projects, ProjectStatus
from learner.quizzes import QuizProgress
from learner.returns import Memory
from learner.settings import SettingsError, load_settings, save_settings
from learner.workload import LearningPath
from learner.workspace import Workspace, WorkspaceError
from tui.formatting import short_path

if TYPE_CHECKING:
    from learner.upgrade import Upgrade

Clock = Callable[[], datetime]


def local_now() -> datetime:
    """Returns the current time in the local time zone."""
    return datetime.now().astimezone()


class LearnerContext:
    """Opens the learner's data. Errors are collected in `startup_errors`; everything that can still work, works."""

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
        self.due_dates = DueDates(self.workspace.state_folder / "due-dates.json")
        self._marks: tuple[ProjectStatus, ...] | None = None
        self.created = False
        self.first_start = not self.workspace.progress_path.exists()
        self.progress = self._open_progress()

    def _open_progress(self) -> Progress:
        try:
            progress = Progress(self.workspace.progress_path, self.clock)
        except ProgressError as error:
            self.startup_errors.append(f"{error} Until then, your progress is not saved.")
            return Progress(Path(":memory:"), self.clock)
        if progress.message:
            self.startup_errors.append(progress.message)
        try:
            progress.apply_renames(self.course)
        except ProgressError as error:
            self.startup_errors.append(str(error))
        return progress

    def create(self) -> str | None:
        """Creates missing workspace files; returns a message if that fails. It can run in a thread."""
        try:
            self.workspace.create()
        except WorkspaceError as error:
            return str(error)
        finally:
            self.created = True
        return None

    def start_exercise(self) -> Exercise:
        """Returns the exercise to continue with."""
        try:
            return self.progress.current_exercise(self.course)
        except ProgressError:
            return self.course.exercises[0]

    def greeting(self) -> str:
        """Returns a line for the start: the place of the files, and the learner's progress so far."""
        place = short_path(self.workspace.root)
        if self.first_start:
            return f"Welcome! Your files are in {place}, one per exercise."
        states = self.states()
        passed = sum(state == "passed" for state in states.values())
        title = self.start_exercise().title
        return f"Welcome back to {title}. {passed} of {len(states)} exercises passed. Files: {place}"

    def states(self) -> dict[str, State]:
        """Returns the state of every exercise, by id."""
        try:
            return self.progress.states(self.course)
        except ProgressError:
            return {exercise.id: "new" for exercise in self.course.exercises}

    def materials_done(self) -> set[str]:
        """Returns the ids of the completed materials."""
        try:
            return self.progress.materials_done()
        except ProgressError:
            return set()

    def quiz_progress(self) -> dict[str, QuizProgress]:
        """Returns the results of every quiz that was started, by id."""
        try:
            return self.progress.quiz_progress()
        except ProgressError:
            return {}

    @property
    def marks(self) -> tuple[ProjectStatus, ...]:
        """The progress of the learner's projects when their checklists were last read."""
        return self.look_at_projects() if self._marks is None else self._marks

    def look_at_projects(self) -> tuple[ProjectStatus, ...]:
        """Reads the projects' checklists again."""
        self._marks = self.projects.statuses()
        return self._marks

    def plan(self, states: Mapping[str, State] | None = None) -> LearningPath:
        """Returns the learner's plan with what is completed; pass `states` if they are known already."""
        known = self.states() if states is None else states
        passed = {id for id, state in known.items() if state == "passed"}
        project = any(mark.complete for mark in self.marks)
        return LearningPath(self.settings.audience, self.materials_done(), passed, project)

    def attempts(self, exercise: Exercise) -> int:
        """Returns the number of attempts at an exercise."""
        try:
            return self.progress.attempt_count(exercise.id)
        except ProgressError:
            return 0

    def recent(self, count: int) -> list[tuple[str, Attempt]]:
        """Returns the latest attempts as (exercise title, attempt), newest first. Raises ProgressError."""
        titles = {exercise.id: exercise.title for exercise in self.course.exercises}
        return [(titles.get(name, name), attempt) for name, attempt in self.progress.recent(count)]

    def memories(self) -> list[Memory]:
        """Returns all exercises that have passed, the least remembered first. The first call imports the scheduler."""
        try:
            return self.progress.memories(self.course, self.clock())
        except ProgressError:
            return []

    def upgrade(self, exercise: Exercise) -> Upgrade | None:
        """Returns the pending upgrade of an exercise's file to a newer course, if any."""
        from learner.upgrade import find_upgrade

        try:
            return find_upgrade(self.workspace, exercise)
        except WorkspaceError:
            return None

    def last_attempt(self, exercise: Exercise) -> Attempt | None:
        """Returns the latest attempt at an exercise."""
        try:
            return self.progress.last_attempt(exercise.id)
        except ProgressError:
            return None

    def following(self, exercise: Exercise) -> Exercise | None:
        """Returns the next exercise; after the last one, the first that has not passed, or None if all have."""
        exercises = self.course.exercises
        index = exercises.index(exercise) + 1
        if index < len(exercises):
            return exercises[index]
        states = self.states()
        return next((other for other in exercises if states[other.id] != "passed" and other is not exercise), None)

    def completed_month(self, exercise: Exercise) -> Month | None:
        """Returns the month of an exercise if all its exercises have passed."""
        states = self.states()
        month = next(month for month in self.course.months if month.id == exercise.month_id)
        return month if all(states[other.id] == "passed" for other in month.exercises) else None

    def previous(self, exercise: Exercise) -> Exercise | None:
        """Returns the exercise before this one, or None for the first."""
        index = self.course.exercises.index(exercise)
        return self.course.exercises[index - 1] if index else None

    def change(self, **values: object) -> str | None:
        """Changes settings and saves them; returns a message if that fails."""
        self.settings = msgspec.structs.replace(self.settings, **values)
        try:
            save_settings(self.settings)
        except SettingsError as error:
            return str(error)
        return None
