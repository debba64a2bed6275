"""The judge's process: makes the questions, runs pytest over the learner's data, and finds what is wrong.

The engine calls `prepare` and `judge` in a process of its own. Learners' processes are forked before any of the
reference is loaded, so that the answers are never in a process that is examined.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from engine import reap
from engine.sandbox.namespaces import SandboxUnavailable
from exercises.course import Exercise
from grader.child.warmup import warm_up
from grader.exercise_context import Question, context_for
from grader.judge import random_inputs, watchdog
from grader.judge.exercise_grader import ExerciseGrader
from grader.judge.learner_process import LearnerProcess, Stopped, get_ready
from grader.verdict import Check, Verdict

PATIENCE = 10.0  # seconds beyond the learner's own that looking at the results may take; before the engine's GRACE

Emit = Callable[[dict[str, Any]], None]

waiting: list[LearnerProcess] = []
_examiner: list[ExerciseGrader] = []


def prepare(
    many: int, subject: Callable[[], dict[str, Any]] | None, question: Callable[[], Question] | None = None
) -> Iterator[None]:
    """What can be done before there is a solution, in steps: the first is needed, the others save time.

    `many`: how many solutions will come. `subject` gives {"exercise", "parts"}, where it is known already; it is
    asked only when the learners' processes are there, which must not know an exercise's mistakes. It may be called
    again once a subject is known. `question` gives what the learners' processes may know, where there are many of
    them, and "imports", what many may load: they are forked from one that has made it ready."""
    reap.become_subreaper()
    gc.disable()  # a collection would touch, and so copy, every page that is shared with the warm parent
    if question is not None:
        known = question()
        for name in known.pop("imports", ()):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        get_ready(known)
    waiting.extend(LearnerProcess(warm_up if many == 1 else lambda: None) for _ in range(many - len(waiting)))
    if subject is None:
        if many == 1:
            warm_up()
            yield
            waiting[0].child.wait_started()
        return
    known = subject()
    exercise = exercise_of(known)
    for learner in waiting:
        learner.prepare(context_for(exercise, known["parts"]))
    examiner = _examiner_of(exercise)
    yield
    yield from examiner.work_ahead()


def grade(job: dict[str, Any], emit: Emit) -> None:
    """Grades the job's sources in turn, each with so many inputs by chance. Emits {"planned"}, then {"tick"} for each
    check, then {"verdict"}; of several sources the verdicts alone."""
    subject, sources = job["subject"], job["sources"]
    exercise = exercise_of(subject)
    question = context_for(exercise, subject["parts"])
    watchdog.limit_memory()
    hear = emit if len(sources) == 1 else lambda event: None
    try:
        for source, inputs in sources:
            started = time.monotonic()
            learner = waiting[-1]
            verdict = _verdict(exercise, question, base64.b64decode(source), learner, hear, job["steps"], inputs)
            emit({"verdict": msgspec.to_builtins(verdict) | {"seconds": round(time.monotonic() - started, 4)}})
            waiting.pop().close()  # to end a process of that size takes a tenth of a check, which nobody need wait for
    except SandboxUnavailable as error:
        emit({"refused": str(error)})
    finally:
        for learner in waiting:
            learner.close()
        reap.kill_strays(set())


grade_many = grade  # under another name it is given no process that was prepared for one solution


def _verdict(
    exercise: Exercise, question: Question, source: bytes, learner: LearnerProcess, emit: Emit, steps: bool, inputs: int
) -> Verdict:
    learner.begin(question, source, exercise.time_limit)
    try:
        examiner = _examiner_of(exercise)
        with watchdog.at_most(exercise.time_limit + PATIENCE, learner):
            verdict = examiner.examine(source, learner, emit, steps)
            if inputs and verdict.passed:
                verdict = random_inputs.held(examiner, learner, verdict, inputs)
    except Stopped as stopped:  # after the tests, or between two of them
        check = Check("loads", "failed", str(stopped), 0.0, "Its results can be looked at")
        verdict = Verdict(exercise.id, "timeout", [check], message=str(stopped))
    return msgspec.structs.replace(verdict, output=learner.output(), sandbox=learner.level)


def _examiner_of(exercise: Exercise) -> ExerciseGrader:
    """The one that got ready, where it did so for this exercise."""
    if not _examiner or _examiner[-1].exercise != exercise:
        _examiner.append(ExerciseGrader(exercise))
    return _examiner[-1]


def exercise_of(subject: dict[str, Any]) -> Exercise:
    return msgspec.convert(subject["exercise"], Exercise, dec_hook=lambda kind, value: kind(value))
