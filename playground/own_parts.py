"""The parts that a learner has: which exercises supply them, which passed, and the files for the host. No torch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exercises.course import Course
from exercises.exercise import Exercise
from learner.passed import passed_sources
from learner.workspace import Workspace, WorkspaceError
from playground.messages import LearnerFile
from playground.model_folder import ModelFolderError, read_config
from playground.parts_catalogue import MINE, REFERENCE, Part, Supplier, find_part, parts_of

FileState = Literal["passed", "changed", "written", "none"]
STATE_WORDS: dict[FileState, str] = {
    "passed": "passed",
    "changed": "not passed as it is now",
    "written": "not passed",
    "none": "not written yet",
}


@dataclass(frozen=True)
class Supply:
    """An exercise that supplies a part, and the state of the learner's file.

    "passed": the file is as it last passed; "changed": it has changed since; "written": it never passed; "none": it is
    the stub, or missing.
    """

    supplier: Supplier
    exercise: Exercise
    state: FileState


class OwnParts:
    """Reads the learner's files and which of them passed. A new object reads them again."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.course: Course = workspace.course
        self._exercises = {exercise.id: exercise for exercise in self.course.exercises}
        self._passed = passed_sources(workspace.progress_path)
        self._sources: dict[str, bytes | None] = {}

    def supplies(self, part: Part) -> list[Supply]:
        """Returns the exercises of this course that supply a part."""
        known = [supplier for supplier in part.suppliers if supplier.exercise in self._exercises]
        return [Supply(one, self._exercises[one.exercise], self.state(one.exercise)) for one in known]

    def state(self, exercise: str) -> FileState:
        """Returns the state of the learner's file of an exercise."""
        source = self._source(exercise)
        if exercise in self._passed:
            return "none" if source is None else "passed" if source == self._passed[exercise] else "changed"
        try:
            written = source is not None and self.workspace.is_modified(self._exercises[exercise])
        except (WorkspaceError, OSError):
            written = False
        return "written" if written else "none"

    def passed(self, architecture: str) -> dict[str, str]:
        """Returns the choice of all parts that have passed, each from its first such exercise.

        Exercises that alter the model's results are left out, and loops that cannot sample. So is the cache where the
        model or its parts have passed, because it brings its own.
        """
        chosen = {}
        for part in parts_of(architecture):
            usable = [supply for supply in self.supplies(part) if not supply.supplier.alters]
            passed = [supply.supplier.exercise for supply in usable if supply.state == "passed"]
            if passed and (part.id != "sampler" or passed[0] == part.primary.exercise):
                chosen[part.id] = passed[0]
        if chosen.keys() & {"model", "block", "attention"}:
            chosen.pop("cache", None)
        if "model" in chosen:
            chosen.pop("embeddings", None)
        return chosen

    def choose(self, architecture: str, name: str, wanted: str) -> tuple[str, str]:
        """Returns a part's id and the exercise for a choice: "mine", "reference", or an exercise that supplies it.

        "mine" prefers an exercise that passed, then one that is written. Raises ValueError with a sentence.
        """
        part = find_part(architecture, name)
        if wanted == REFERENCE:
            return part.id, REFERENCE
        supplies = self.supplies(part)
        ids = ", ".join(supply.exercise.id for supply in supplies)
        if wanted != MINE:
            supplies = [supply for supply in supplies if supply.exercise.id == wanted]
            if not supplies:
                raise ValueError(f"{part.id} can be mine, reference, or one of {ids}, not {wanted!r}.")
        for state in ("passed", "changed", "written"):
            for supply in supplies:
                if supply.state == state:
                    return part.id, supply.exercise.id
        raise ValueError(f"You have no {part.id} yet. Write one of these exercises: {ids}.")

    def files(self, exercises: Iterable[str]) -> list[LearnerFile]:
        """Returns the files of exercises, and those that passed of all exercises that they need."""
        wanted = set(exercises)
        pending = list(wanted)
        seen: set[str] = set()
        while pending:
            exercise = pending.pop()
            if exercise not in seen and exercise in self._exercises:
                seen.add(exercise)
                pending += self._exercises[exercise].needs
        result = []
        for exercise in sorted(seen):
            source, state = self._source(exercise), self.state(exercise)
            if source is not None and (exercise in wanted or state == "passed"):
                path = str(self.workspace.path(self._exercises[exercise]))
                result.append(LearnerFile(exercise, path, source, state == "passed"))
        return result

    def passed_files(self, exercises: Iterable[str]) -> list[LearnerFile]:
        """Returns the files of those exercises that have passed, and what they import; a course may lack some."""
        known = [exercise for exercise in exercises if exercise in self._exercises]
        return self.files(exercise for exercise in known if self.state(exercise) == "passed")

    def _source(self, exercise: str) -> bytes | None:
        if exercise not in self._sources:
            self._sources[exercise] = None
            with contextlib.suppress(WorkspaceError, OSError):
                self._sources[exercise] = self.workspace.read(self._exercises[exercise])
        return self._sources[exercise]


def recorded_parts(out: Path) -> dict[str, str]:
    """Returns the choices of parts that a training's folder records, none if it cannot be read."""
    with contextlib.suppress(ModelFolderError):
        parts = read_config(out).recipe.get("parts")
        if isinstance(parts, dict):
            return {str(part): str(exercise) for part, exercise in parts.items()}
    return {}


def applicable(architecture: str, choices: Mapping[str, str]) -> dict[str, str]:
    """Returns the choices of parts that a model has, without those of the reference's."""
    ids = {part.id for part in parts_of(architecture)}
    return {id: exercise for id, exercise in choices.items() if id in ids and exercise != REFERENCE}
