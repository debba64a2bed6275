"""The judge's process: makes the questions, runs pytest over the learner's data, and finds what is wrong.

The engine calls `judge` in a process of its own. The learner's child is forked before any of the reference is
loaded, so that the answers are never in the process that is examined.
"""

from __future__ import annotations

import base64
import gc
import time
import types
from collections.abc import Callable
from typing import Any

import msgspec

from engine import reap
from engine.namespaces import Unavailable
from exercises.course import Exercise, Mistake
from grader import forbids, mistakes, oracle, pytest_run, slicing, solution, stages, vocabulary
from grader.examination import Examination
from grader.learner_process import LearnerProcess, Stopped
from grader.rehearsal import rehearse
from grader.running import Call, Run, attempt
from grader.verdict import Named, Stage, Verdict

Emit = Callable[[dict[str, Any]], None]


_waiting: list[LearnerProcess] = []


def prepare() -> None:
    """Forks the learner's process ahead: called in a spare process of the engine, before there is a job."""
    reap.become_subreaper()
    gc.disable()  # a collection would touch, and so copy, every page that is shared with the warm parent
    _waiting.append(LearnerProcess())
    rehearse()


def judge(job: dict[str, Any], emit: Emit) -> None:
    """Grades one source. Emits {"planned"}, then {"tick"} for each check, then {"verdict"}."""
    started = time.monotonic()
    if not _waiting:
        prepare()
    exercise = msgspec.convert(job["exercise"], Exercise, dec_hook=lambda kind, value: kind(value))
    source = base64.b64decode(job["source"])
    try:
        learner = _start(exercise, source, job)
    except Unavailable as error:
        emit({"refused": str(error)})
        return
    try:
        verdict = _grade(exercise, source, learner, emit)
        output = learner.output()
        seconds = round(time.monotonic() - started, 4)
        verdict = msgspec.structs.replace(verdict, output=output, seconds=seconds, sandbox=learner.level)
        emit({"verdict": msgspec.to_builtins(verdict)})
    finally:
        learner.close()
        reap.kill_strays(set())


def _start(exercise: Exercise, source: bytes, job: dict[str, Any]) -> LearnerProcess:
    pairs = [(module, name) for module, _, name in (part.partition(":") for part in job["parts"])]
    learner_job = {
        "source": source,
        "filename": exercise.file_name,
        "symbols": list(exercise.symbols),
        "probes": exercise.probes_path.read_text(encoding="utf-8"),
        "parts": slicing.sliced(pairs),
    }
    learner = _waiting.pop()
    learner.begin(learner_job, exercise.time_limit)
    return learner


def _grade(exercise: Exercise, source: bytes, learner: LearnerProcess, emit: Emit) -> Verdict:
    vocabulary.offer()  # the reference asks for "gpt2" as the learner's code does
    reference_text = oracle.text(exercise)
    reference = oracle.module(reference_text)
    probes = types.ModuleType("probes")
    exec(compile(exercise.probes_path.read_bytes(), str(exercise.probes_path), "exec"), probes.__dict__)
    run = Run(learner, vars(probes), reference)
    run.expected = solution.signatures(reference, list(exercise.symbols))
    text = solution.text_of(source)
    exam = Examination(run, learner, emit, lambda: _forbidden(exercise, text), text, exercise.symbols)
    fault = pytest_run.run(exercise.tests_path, exam) or exam.fault
    if fault:
        raise RuntimeError(f"{exercise.tests_path}: {fault}")
    failed = [check for check in exam.checks if check.outcome == "failed"]
    if not exam.checks:
        raise RuntimeError(f"{exercise.tests_path} holds no test")
    verdict = Verdict(exercise.id, "passed" if not failed else exam.outcome, exam.checks, notes=exam.notes)
    if not failed:
        return verdict
    found: tuple[Mistake, bool] | None = None
    listed: list[tuple[str, bool]] = []
    missing: str | None = None
    line, code = exam.place(failed[0].name)
    if learner.stopped is None and not exam.unwritten and not exam.broken:
        names = [check.name for check in failed]
        found = mistakes.named(exercise, run, names, vars(probes))
        listed, missing = _stages(exercise, run, names, learner, reference, reference_text, vars(probes))
    return msgspec.structs.replace(
        verdict,
        message=_headline(failed[0].message, found),
        mistake=Named(found[0].id, found[0].says, found[1]) if found else None,
        missing_stage=missing,
        stages=[Stage(name, present) for name, present in listed],
        line=line,
        line_text=code,
    )


def _headline(message: str, found: tuple[Mistake, bool] | None) -> str:
    if found is None:
        return message
    mistake, exact = found
    how = "Your result is exactly what that gives." if exact else "In one check your result is what that gives."
    return f"{mistake.says} ({how})"


def _forbidden(exercise: Exercise, text: str) -> tuple[str, int, str] | None:
    hit = forbids.first_hit(text, exercise.forbids, exercise.symbols)
    return (*hit, text.splitlines()[hit[1] - 1].strip()) if hit else None


def _stages(
    exercise: Exercise, run: Run, failed: list[str], learner: LearnerProcess, reference: types.ModuleType,
    text: str, probes: dict[str, Any],
) -> tuple[list[tuple[str, bool]], str | None]:  # fmt: skip
    """The steps of the first telling probe call for which one is missing."""
    best: tuple[list[tuple[str, bool]], str | None] = ([], None)
    for call in _telling(run, failed):
        tracer = stages.Tracer(oracle.FILENAME, text, oracle.spans(text, exercise.symbols))
        tracer.run(lambda call=call: attempt(probes[call.probe], reference, call.arguments))  # type: ignore[misc]
        if not tracer.steps:
            continue
        try:
            reply = learner.ask(call.probe, call.arguments, trace=True)
        except Stopped:
            return best
        made = [tensor for tensor in reply.get("made") or [] if hasattr(tensor, "numel")]
        seen = {text for text in reply.get("seen") or [] if isinstance(text, str)}
        listed, missing = stages.compare(tracer.steps, made, seen)
        if missing:
            return listed, missing
        best = best if best[0] else (listed, None)
    return best


def _telling(run: Run, failed: list[str]) -> list[Call]:
    calls = [call for call in run.calls.values() if any(test in call.tests for test in failed)]
    return [call for call in calls if mistakes.differs(call, run)][:4] or calls[:2]
