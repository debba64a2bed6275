"""What an assistant may know of the course and of the learner's work: the answers of the tools of `fromscratch mcp`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from engine.client import EngineError
from exercises.course import Course, Month, UnknownExercise
from exercises.exercise import Exercise
from exercises.page_box import box
from grader.check import Grader, GraderError, SandboxRefused
from grader.parts import own_parts_of
from grader.verdict import Event
from grader.withheld import WITHHELD, withhold
from learner.progress import Progress, ProgressError
from learner.quizzes import QuizProgress
from learner.source_file import UnreadableFile, read_file
from learner.workspace import Workspace
from tui.assistant.reduced_verdict import reduced
from tui.formatting import clean, month_name

TEACH = (
    "The learner is to find the answer. Ask one question about the next small step, and wait. Do not write the "
    "exercise's code, in the file or in the chat."
)
GRADER_FAILED = (
    "The check itself failed, which says nothing about the file. The learner can run `fromscratch check {id}`."
)
UNRECORDED = "The attempt could not be recorded: "


class LessonError(Exception):
    """A request that cannot be answered; the message says why and what to do."""


class Lessons:
    """Answers an assistant's requests about one learner's workspace."""

    def __init__(
        self,
        course: Course,
        workspace: Workspace,
        progress: Progress,
        grader: Grader,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.course = course
        self.workspace = workspace
        self.progress_store = progress
        self.grader = grader
        self._clock = clock

    def exercise(self, name: str) -> Exercise:
        """Returns the exercise with this id, title or file, or the current one for "". Raises LessonError."""
        if not name.strip():
            return self.progress_store.current_exercise(self.course)
        if own := self.workspace.exercise_of(name):
            return own
        try:
            return self.course.exercise(name)
        except UnknownExercise as error:
            raise LessonError(str(error)) from None

    def exercises(self) -> dict[str, Any]:
        """Returns the exercises by month, with the learner's state and the hints taken."""
        states, hints = self.progress_store.states(self.course), self.progress_store.all_hints()

        def data(exercise: Exercise) -> dict[str, Any]:
            taken = self._count(exercise, hints.get(exercise.id, 0))
            return {"id": exercise.id, "title": exercise.title, "level": exercise.level, "minutes": exercise.minutes,
                    "state": states[exercise.id], "hints_taken": taken}  # fmt: skip

        months = [
            {"id": month.id, "title": month.title, "exercises": [data(exercise) for exercise in month.exercises]}
            for month in self.course.months
        ]
        return {"current": self.exercise("").id, "months": months}

    def progress(self) -> dict[str, Any]:
        """Returns the learner's statistics: passes by month, attempts, minutes, streak and quizzes."""
        summary = self.progress_store.summary(self.course, self._clock())
        stands = self.progress_store.quiz_progress()
        quizzes = {
            month.id: {"state": stand.state, "best": stand.best, "total": stand.total}
            for month in self.course.months
            if month.quiz is not None
            for stand in [stands.get(month.id, QuizProgress())]
        }
        counts = {id: {"passed": count.passed, "total": count.total} for id, count in summary.by_month.items()}
        return {"course": self.course.title, "current": self.exercise("").id, "passed": summary.passed,
                "total": summary.total, "attempts": summary.attempts, "minutes": summary.minutes,
                "streak_days": summary.streak_days, "months": counts, "quizzes": quizzes}  # fmt: skip

    def task(self, name: str) -> str:
        """Returns the task of an exercise as Markdown: page, box, question to predict, stub and the learner's state."""
        exercise = self.exercise(name)
        title, _, text = exercise.readme.partition("\n")
        parts = [title, box(exercise)]
        if exercise.predict is not None:
            parts.append(
                f"## Predict first\n\n{exercise.predict.question}\n\n(The learner answers this before coding.)"
            )
        parts += [
            text.strip(),
            f"## The starting point\n\n```python\n{exercise.stub.rstrip()}\n```",
            self._state(exercise),
        ]
        return "\n\n".join(parts)

    def stub(self, name: str) -> str:
        """Returns the starting point of an exercise's file."""
        return self.exercise(name).stub

    async def verdict(self, name: str, on_event: Callable[[Event], None] | None = None) -> dict[str, Any]:
        """Grades the learner's file as it is, records the attempt, and returns what an assistant may know of it."""
        exercise = self.exercise(name)
        path = self.workspace.path(exercise)
        try:
            source: bytes | None = read_file(path)
        except UnreadableFile:
            source = None
        parts = own_parts_of(self.workspace, exercise)
        try:
            verdict = await self.grader.check(exercise, path if source is None else source, on_event, parts)
        except SandboxRefused as error:
            raise LessonError(str(error)) from None
        except (GraderError, EngineError):  # the message can contain code of the reference
            raise LessonError(GRADER_FAILED.format(id=exercise.id)) from None
        data = reduced(verdict, exercise, (source or b"").decode("utf-8-sig", "replace"))
        if source is not None:
            try:
                stored = msgspec.to_builtins(verdict) | {"asked_by": "assistant"}
                self.progress_store.record(exercise.id, exercise.version, source, stored)
            except ProgressError as error:
                data["warning"] = f"{UNRECORDED}{error}"
        data["attempts"] = self.progress_store.attempt_count(exercise.id)
        return data | ({} if verdict.passed else {"teach": TEACH})

    def changes(self, name: str) -> str:
        """Returns the learner's changes to the stub, as a unified diff."""
        exercise = self.exercise(name)
        self.progress_store.refuse_help(exercise.id)  # the file that passed is no help in writing it from memory
        return clean(self.workspace.diff(exercise)) or f"{exercise.file_name} is unchanged."

    def hints_taken(self, name: str) -> str:
        """Returns the hints that have been taken for an exercise, and how many there are."""
        exercise = self.exercise(name)
        self.progress_store.refuse_help(exercise.id)
        return self._hints(exercise, self._count(exercise, self.progress_store.hints(exercise.id)))

    def next_hint(self, name: str) -> str:
        """Takes one more hint, which counts as the learner's own, and returns it."""
        exercise = self.exercise(name)
        taken = self.progress_store.hints(exercise.id)
        if taken >= len(exercise.hints):
            raise LessonError(
                f"All {len(exercise.hints)} hints of {exercise.id} are taken. `hints_taken` repeats them; the learner "
                "can look at the solution in the app."
            )
        self.progress_store.take_hint(exercise.id, "assistant")
        return self._hints(exercise, taken + 1, first=taken + 1)

    def glossary(self, term: str) -> str:
        """Returns what a term means, or the names of the terms that contain a word. Raises LessonError for none."""
        if not term.strip():
            raise LessonError("The term is empty. Name one, such as `causal mask`.")
        found = self.course.glossary.find(term)
        terms = [found] if found is not None else self.course.glossary.search(term)
        if not terms:
            near = self.course.glossary.near(term)
            similar = f" Similar: {', '.join(near)}." if near else ""
            raise LessonError(f"The glossary has no term {term!r}.{similar}")
        if found is None and len(terms) > 1:
            return f"No term is called {term!r}. These contain it: {', '.join(other.name for other in terms)}."
        meaning = terms[0]
        also = f" (also: {', '.join(meaning.also)})" if meaning.also else ""
        related = f"\nSee also: {', '.join(meaning.related)}" if meaning.related else ""
        return f"{meaning.name}{also}\n{meaning.means}{related}"

    def quiz_question(self, month_name: str) -> str:
        """Returns the next open question of a month's quiz, without its answer, which the learner gives in the app."""
        month = self._month(month_name)
        if month.quiz is None:
            raise LessonError(f"{month.title} has no quiz.")
        run = self.progress_store.quiz_run(month.quiz)
        question = next(question for question in month.quiz.questions if question.id not in run.choices)
        answers = [
            f"{letter}. {question.answers[index].says}"
            for letter, index in zip("abcd", question.shuffled(run.number), strict=False)
        ]
        code = f"\n```python\n{question.code}\n```" if question.code else ""
        command = f"fromscratch quiz {month.number or month.id}"
        end = f"The learner answers it with `{command}` or in the app, where every answer is explained."
        return "\n".join((f"{question.ask}{code}", *answers, "", end))

    def _month(self, name: str) -> Month:
        wanted = name.strip().casefold() or self.exercise("").month_id
        for month in self.course.months:
            if wanted in (month.id.casefold(), str(month.number or ""), month_name(month).casefold()):
                return month
        raise LessonError(f"There is no month {name!r}. The months are {', '.join(m.id for m in self.course.months)}.")

    def _state(self, exercise: Exercise) -> str:
        taken = self._count(exercise, self.progress_store.hints(exercise.id))
        return (
            "## The learner\n\n"
            f"File: {self.workspace.path(exercise)}\n"
            f"State: {self.progress_store.state(exercise)}. "
            f"Attempts: {self.progress_store.attempt_count(exercise.id)}. "
            f"Hints taken: {taken} of {len(exercise.hints)}.\n"
            f"{TEACH}"
        )

    @staticmethod
    def _count(exercise: Exercise, taken: int) -> int:
        return min(taken, len(exercise.hints))

    def _hints(self, exercise: Exercise, taken: int, first: int = 1) -> str:
        """Returns the hints `first` to `taken`, without code of the solution that the file does not contain yet."""
        count = len(exercise.hints)
        own = self._own_source(exercise)
        lines = [
            f"{hint.heading(number, count)}: {withhold(hint.text, exercise, own)}"
            for number, hint in enumerate(exercise.hints[:taken], 1)
            if number >= first
        ]
        if not lines:
            return f"No hint of {exercise.id} has been taken yet; there are {count}."
        if any(WITHHELD in line for line in lines):
            lines.append(f"The learner reads the whole text in the app, or with `fromscratch hint {exercise.id}`.")
        return "\n".join((*lines, f"{taken} of {count} hints are taken."))

    def _own_source(self, exercise: Exercise) -> str:
        try:
            return read_file(self.workspace.path(exercise)).decode("utf-8-sig", "replace")
        except UnreadableFile:
            return ""
