"""Grades the grader: the reference must pass, the stub must fail as unwritten, every mistake must be caught and
named, and right code in other styles must pass, whatever inputs people think of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from exercises.course import Exercise
from grader.batching import grade_all
from grader.check import Grader
from grader.proof import faults
from grader.source import reference_source
from grader.verdict import BY_CHANCE, Verdict

INPUTS = 8  # by chance, for each probe that takes some
What = Literal["reference", "stub", "mistake", "style", "fault"]
RIGHT = ("reference", "style")


class Proof(msgspec.Struct, frozen=True):
    """One source that was graded as it should be, or `problem` says how not. `named` is the mistake found."""

    what: What
    name: str
    proved: bool
    outcome: str
    named: str | None
    seconds: float
    problem: str = ""


class ExerciseResult(msgspec.Struct, frozen=True):
    """All that was tried on one exercise."""

    id: str
    proved: bool
    results: list[Proof]


def sources(exercise: Exercise, general: bool = False) -> list[tuple[What, str, bytes | reference_source.BadMistake]]:
    """Every source to try: (what it is, its name, its text or why there is none); `general` adds general faults."""
    found: list[tuple[What, str, bytes | reference_source.BadMistake]] = [
        ("reference", exercise.reference, reference_source.as_solution(exercise).encode()),
        ("stub", "stub.py", exercise.stub.encode()),
    ]
    for mistake in exercise.mistake_variants:
        try:
            text = reference_source.edited(exercise, mistake)
            found.append(("mistake", mistake.id, reference_source.as_solution(exercise, text).encode()))
        except reference_source.BadMistake as error:
            found.append(("mistake", mistake.id, error))
    styles: Sequence[Path] = sorted((exercise.folder / "other_styles").glob("*.py"))
    found += [("style", path.name, path.read_bytes()) for path in styles]
    spoilt = faults.of(exercise) if general else []
    return found + [("fault", fault.id, faults.spoilt(exercise, fault).encode()) for fault in spoilt]


async def verify(
    grader: Grader, exercises: Sequence[Exercise], jobs: int = 0, general: bool = False
) -> AsyncIterator[ExerciseResult]:
    """Proves each exercise, in order, with `jobs` judges at a time (0: one a processor)."""
    await grader.engine.start()  # it loads what it needs while the sources are made
    tried = [(exercise, *source) for exercise in exercises for source in sources(exercise, general)]
    work = [(exercise, what, source) for exercise, what, _, source in tried if isinstance(source, bytes)]
    verdicts = grade_all(
        grader, [(exercise, source) for exercise, _, source in work], jobs,
        steps=False,  # a proof is about names, and seven hundred steps take time
        inputs=[INPUTS if what in RIGHT else 0 for _, what, _ in work],
    )  # fmt: skip
    try:
        for exercise in exercises:
            results = []
            for _, what, name, source in [one for one in tried if one[0] is exercise]:
                if isinstance(source, reference_source.BadMistake):
                    results.append(Proof(what, name, False, "error", None, 0.0, str(source)))
                    continue
                verdict = await anext(verdicts)
                results.append(_proof(what, name, verdict, await _broken(grader, exercise, source, verdict)))
            yield ExerciseResult(exercise.id, all(result.proved for result in results), results)
    finally:
        await verdicts.aclose()


async def _broken(grader: Grader, exercise: Exercise, source: bytes, verdict: Verdict) -> str:
    """Which input by chance breaks a solution that passes, made as small as can be, and how; or nothing. An input must
    not ask what the task leaves open."""
    broken = next((check for check in verdict.checks if check.name.startswith(BY_CHANCE)), None)
    if broken is None:
        return ""
    probe = broken.name.removeprefix(BY_CHANCE)
    trial = await grader.challenge(exercise, source, probe, None, INPUTS)
    return f"{probe}, asked with {trial.arguments}: {trial.says}" if trial.outcome == "broke" else broken.message


def _proof(what: What, name: str, verdict: Verdict, broken: str) -> Proof:
    found = verdict.mistake.id if verdict.mistake else None
    problem = broken or _problem(what, name, verdict)
    return Proof(what, name, not problem, verdict.outcome, found, verdict.seconds, problem)


def _problem(what: What, name: str, verdict: Verdict) -> str:
    if what in RIGHT:
        return "" if verdict.passed else f"it should pass: {_failed(verdict)}"
    if what == "fault":
        return "it passes: a general fault survives" if verdict.passed and faults.BIT in verdict.output else ""
    if verdict.passed:
        return "it passes: a wrong solution survives" if what == "mistake" else "the stub passes"
    if what == "stub":
        return "" if "Not written yet" in verdict.message else f"it should fail as unwritten: {verdict.message}"
    if verdict.mistake is None:
        return f"it is caught but not named: {_failed(verdict)}"
    return "" if verdict.mistake.id == name else f"it is named {verdict.mistake.id}"


def _failed(verdict: Verdict) -> str:
    return "; ".join(f"{c.name}: {c.message}" for c in verdict.checks if c.outcome == "failed")
