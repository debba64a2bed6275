"""The judge's process: runs an exercise's tests over the learner's data and diagnoses failures.

The engine calls `prepare` and `grade` in a separate process. Learners' processes are forked before the reference is
loaded, so that none of them contains the answers.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from engine import reap
from engine.sandbox.namespaces import SandboxUnavailable
from exercises.exercise import Exercise
from grader.child import tamper_guard
from grader.child.warmup import warm_up
from grader.exercise_context import ExerciseContext, context_for
from grader.judge import watchdog
from grader.judge.exercise_grader import Emit, ExerciseGrader
from grader.judge.learner_process import LearnerProcess, Stopped, prepare_context
from grader.judge.random_inputs import check_random_inputs
from grader.verdict import Check, Depth, Verdict

EXTRA_SECONDS = 10.0  # beyond the learner's limit, for comparing results; less than the engine's

standby: list[LearnerProcess] = []
_graders: list[ExerciseGrader] = []


def prepare(
    children: int,
    read_grading_context: Callable[[], dict[str, Any]] | None,
    read_exercise_context: Callable[[], ExerciseContext] | None = None,
) -> Iterator[None]:
    """Prepares for `children` solutions in steps: the first is required, the others save time.

    `read_grading_context` returns {"exercise", "parts"}, where they are known already. It is called after the
    learners' processes are forked, which must not know an exercise's mistakes, and can be called again when the
    context changes. `read_exercise_context` returns what the learners' processes of many solutions share, and the
    libraries that they may import, so that they are forked from a process that is prepared.
    """
    reap.become_subreaper()
    gc.disable()  # a collection would touch, and so copy, every page shared with the fork server
    if read_exercise_context is not None:
        context = read_exercise_context()
        for name in context.pop("imports", ()):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        prepare_context(context)
        tamper_guard.hide_ours()  # once, instead of in each of the processes
    ahead = warm_up if children == 1 else lambda: None
    standby.extend(LearnerProcess(ahead) for _ in range(children - len(standby)))
    tamper_guard.show_ours()
    if read_grading_context is None:
        if children == 1:
            warm_up()
            yield
            standby[0].child.wait_started()
        return
    grading = read_grading_context()
    exercise = exercise_from(grading)
    for learner in standby:
        learner.prepare(context_for(exercise, grading["parts"]))
    grader = _grader_of(exercise)
    yield
    yield from grader.precompute()


def grade(request: dict[str, Any], emit: Emit) -> None:
    """Grades the request's sources in turn. For one source, emits {"planned"}, a {"tick"} per check and {"verdict"};
    for several, the verdicts only."""
    grading, sources = request["context"], request["sources"]
    exercise = exercise_from(grading)
    context = context_for(exercise, grading["parts"], request.get("own_files", []))
    watchdog.limit_memory()
    emit_check = emit if len(sources) == 1 else lambda event: None
    closing = ThreadPoolExecutor(max_workers=1)
    try:
        for encoded, inputs, *needed in sources:
            started = time.monotonic()
            learner, source = standby[-1], base64.b64decode(encoded)
            verdict = _verdict(exercise, context, source, learner, emit_check, inputs, *needed)
            emit({"verdict": msgspec.to_builtins(verdict) | {"seconds": round(time.monotonic() - started, 4)}})
            closing.submit(standby.pop().close)  # meanwhile: ending a large process takes a tenth of a check
    except SandboxUnavailable as error:
        emit({"refused": str(error)})
    finally:
        closing.shutdown()
        for learner in standby:
            learner.close()
        reap.kill_strays(set())


grade_many = grade  # the engine prepares a standby process for `grade` only, for one solution


def _verdict(
    exercise: Exercise,
    context: ExerciseContext,
    source: bytes,
    learner: LearnerProcess,
    emit: Emit,
    inputs: int,
    depth: Depth,
    expected: str,
) -> Verdict:
    learner.begin(context, source, exercise.time_limit)
    try:
        grader = _grader_of(exercise)
        with watchdog.time_limit(exercise.time_limit + EXTRA_SECONDS, learner):
            verdict = grader.grade(source, learner, emit, depth, expected)
            if inputs and verdict.passed:
                verdict = check_random_inputs(grader, learner, verdict, inputs)
    except Stopped as stopped:  # after the tests, or between two of them
        check = Check("loads", "failed", str(stopped), 0.0, "Its results can be compared")
        verdict = Verdict(exercise.id, "timeout", [check], message=str(stopped))
    return msgspec.structs.replace(verdict, output=learner.output(), sandbox=learner.level, parts=learner.parts)


def _grader_of(exercise: Exercise) -> ExerciseGrader:
    """Returns the grader that was prepared, if it was for this exercise, else a new one."""
    if not _graders or _graders[-1].exercise != exercise:
        _graders.append(ExerciseGrader(exercise))
    return _graders[-1]


def exercise_from(grading_context: dict[str, Any]) -> Exercise:
    return msgspec.convert(grading_context["exercise"], Exercise, dec_hook=lambda kind, value: kind(value))
