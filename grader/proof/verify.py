"""Tests the grader itself: the reference and correct code in other styles must pass, also on random inputs; the stub
must fail as unwritten, and every mistake must be caught and named."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from exercises.exercise import Exercise, Mistake
from grader.batching import grade_all
from grader.check import Grader
from grader.proof import faults
from grader.proof.unfinished import has_unwritten_probes, unfinished
from grader.source import reference_source
from grader.verdict import RANDOM_INPUTS, Verdict

INPUTS_PER_PROBE = 8
FEW = 10  # exercises
SourceKind = Literal["reference", "stub", "mistake", "style", "fault"]
CORRECT = ("reference", "style")


class SourceResult(msgspec.Struct, frozen=True):
    """How a source was graded; `problem` says what is wrong with that. `named` is the mistake that was named."""

    what: SourceKind
    name: str
    proved: bool
    outcome: str
    named: str | None
    seconds: float
    problem: str = ""


class ExerciseResult(msgspec.Struct, frozen=True):
    """The results of all sources of an exercise; `unfinished` says what its folder still lacks."""

    id: str
    proved: bool
    results: list[SourceResult]
    unfinished: list[str] = []


def sources(
    exercise: Exercise, with_faults: bool = False, every_variant: bool = True
) -> list[tuple[SourceKind, str, bytes | reference_source.BadMistake]]:
    """Returns every source to grade, as (kind, name, its content or why it has none)."""
    result: list[tuple[SourceKind, str, bytes | reference_source.BadMistake]] = [
        ("reference", exercise.reference, reference_source.as_solution(exercise).encode()),
        ("stub", "stub.py", exercise.stub.encode()),
    ]
    for mistake in exercise.mistake_variants if every_variant else outermost_variants(exercise):
        try:
            text = reference_source.edited(exercise, mistake)
            result.append(("mistake", mistake.id, reference_source.as_solution(exercise, text).encode()))
        except reference_source.BadMistake as error:
            result.append(("mistake", mistake.id, error))
    styles: Sequence[Path] = sorted((exercise.folder / "other_styles").glob("*.py"))
    result += [("style", path.name, path.read_bytes()) for path in styles]
    general = faults.applicable_faults(exercise) if with_faults else []
    return result + [("fault", fault.id, faults.faulty_solution(exercise, fault).encode()) for fault in general]


def outermost_variants(exercise: Exercise) -> list[Mistake]:
    """Returns each mistake; of one with a parameter, the first and the last variant, since all share one edit."""
    by_id: dict[str, list[Mistake]] = {}
    for mistake in exercise.mistake_variants:
        by_id.setdefault(mistake.id, []).append(mistake)
    return [mistake for variants in by_id.values() for mistake in (variants[:1] + variants[1:][-1:])]


async def verify(
    grader: Grader, exercises: Sequence[Exercise], jobs: int = 0, with_faults: bool = False
) -> AsyncIterator[ExerciseResult]:
    """Yields the result of each exercise, in order, with `jobs` judges at a time (0: for all processors). Where there
    are more than FEW exercises, a mistake with a parameter is tried with the first and the last of its values."""
    await grader.engine.start()  # it preloads while the sources are made
    every = len(exercises) <= FEW
    all_sources = [(exercise, *source) for exercise in exercises for source in sources(exercise, with_faults, every)]
    work = [source for source in all_sources if isinstance(source[-1], bytes)]
    verdicts = grade_all(
        grader, [(exercise, source) for exercise, *_, source in work if isinstance(source, bytes)], jobs,
        random_inputs=[INPUTS_PER_PROBE if what in CORRECT else 0 for _, what, *_ in work],
        depths=["failed" if what == "fault" else "named" for _, what, *_ in work],
        expected=[name if what == "mistake" else "" for _, what, name, _ in work],
    )  # fmt: skip
    try:
        for exercise in exercises:
            results = []
            for _, what, name, source in [entry for entry in all_sources if entry[0] is exercise]:
                if isinstance(source, reference_source.BadMistake):
                    results.append(SourceResult(what, name, False, "error", None, 0.0, str(source)))
                    continue
                verdict = await anext(verdicts)
                if what == "mistake" and not _is_named(verdict, name):
                    # as a learner's check, whose random inputs can tell more
                    [verdict] = await grader.check_many(exercise, [source])
                problem = await _counterexample(grader, exercise, source, verdict) or _problem(what, name, verdict)
                if what not in CORRECT and has_unwritten_probes(exercise):
                    problem = ""  # what catches it is a blank, which `unfinished` lists
                named = verdict.mistake.id if verdict.mistake else None
                results.append(SourceResult(what, name, not problem, verdict.outcome, named, verdict.seconds, problem))
            proved, to_do = all(result.proved for result in results), unfinished(exercise)
            yield ExerciseResult(exercise.id, proved and not to_do, results, to_do)
    finally:
        await verdicts.aclose()


async def _counterexample(grader: Grader, exercise: Exercise, source: bytes, verdict: Verdict) -> str:
    """Describes the smallest random input found on which a solution that passes differs from the reference; "" if it
    differs on none. Such an input can also mean that the probe accepts what the task leaves open."""
    failed = next((check for check in verdict.checks if check.name.startswith(RANDOM_INPUTS)), None)
    if failed is None:
        return ""
    probe = failed.name.removeprefix(RANDOM_INPUTS)
    trial = await grader.challenge(exercise, source, probe, None, INPUTS_PER_PROBE)
    return f"{probe}, called with {trial.arguments}: {trial.says}" if trial.outcome == "broke" else failed.message


def _problem(what: SourceKind, name: str, verdict: Verdict) -> str:
    if what in CORRECT:
        return "" if verdict.passed else f"it should pass: {_failed(verdict)}"
    if what == "fault":
        return (
            "it passes, so a general fault goes unnoticed"
            if verdict.passed and faults.FAULT_SHOWN in verdict.output
            else ""
        )
    if verdict.passed:
        return "it passes, so a mistake goes unnoticed" if what == "mistake" else "the stub passes"
    if what == "stub":
        return "" if "Not written yet" in verdict.message else f"it should fail as unwritten: {verdict.message}"
    if verdict.mistake is None:
        return f"it is caught but not named: {_failed(verdict)}"
    return "" if _is_named(verdict, name) else f"it is named {verdict.mistake.id}"


def _is_named(verdict: Verdict, mistake: str) -> bool:
    return verdict.mistake is not None and verdict.mistake.id == mistake


def _failed(verdict: Verdict) -> str:
    return "; ".join(f"{c.name}: {c.message}" for c in verdict.checks if c.outcome == "failed")
