"""Grades the grader: the reference must pass, the stub must fail as unwritten, every mistake must be caught and
named, and right code in other styles must pass, whatever inputs people think of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from exercises import inputs
from exercises.course import Exercise
from grader import faults, oracle
from grader.check import Grader
from grader.sheaves import graded
from grader.verdict import Verdict

INPUTS = 8  # by chance, for each probe that takes some
What = Literal["reference", "stub", "mistake", "style", "fault"]


class Proof(msgspec.Struct, frozen=True):
    """One source that was graded as it should be, or `problem` says how not. `named` is the mistake found."""

    what: What
    name: str
    proved: bool
    outcome: str
    named: str | None
    seconds: float
    problem: str = ""


class Proved(msgspec.Struct, frozen=True):
    """All that was tried on one exercise."""

    id: str
    proved: bool
    results: list[Proof]


def sources(exercise: Exercise, general: bool = False) -> list[tuple[What, str, bytes | oracle.BadMistake]]:
    """Every source to try: (what it is, its name, its text or why there is none); `general` adds general faults."""
    found: list[tuple[What, str, bytes | oracle.BadMistake]] = [
        ("reference", exercise.reference, oracle.as_solution(exercise).encode()),
        ("stub", "stub.py", exercise.stub.encode()),
    ]
    for mistake in exercise.mistakes:
        try:
            text = oracle.edited(exercise, mistake)
            found.append(("mistake", mistake.id, oracle.as_solution(exercise, text).encode()))
        except oracle.BadMistake as error:
            found.append(("mistake", mistake.id, error))
    styles: Sequence[Path] = sorted((exercise.folder / "other_styles").glob("*.py"))
    found += [("style", path.name, path.read_bytes()) for path in styles]
    spoilt = faults.of(exercise) if general else []
    return found + [("fault", fault.id, faults.spoilt(exercise, fault).encode()) for fault in spoilt]


async def verify(
    grader: Grader, exercises: Sequence[Exercise], jobs: int = 0, general: bool = False
) -> AsyncIterator[Proved]:
    """Proves each exercise, in order, with `jobs` judges at a time (0: one a processor)."""
    await grader.engine.start()  # it loads what it needs while the sources are made
    tried = [(exercise, *source) for exercise in exercises for source in sources(exercise, general)]
    work = [(exercise, source) for exercise, _, _, source in tried if isinstance(source, bytes)]
    verdicts = graded(grader, work, jobs, steps=False)  # a proof is about names, and seven hundred steps take time
    turn = asyncio.Semaphore()
    challenges = [asyncio.create_task(_broken(grader, exercise, turn)) for exercise in exercises]
    try:
        for exercise, challenge in zip(exercises, challenges, strict=True):
            found = [(what, name, source if isinstance(source, oracle.BadMistake) else await anext(verdicts))
                     for one, what, name, source in tried if one is exercise]  # fmt: skip
            broken = await challenge
            results = [_proof(what, name, verdict, broken.get(name, "")) for what, name, verdict in found]
            yield Proved(exercise.id, all(result.proved for result in results), results)
    finally:
        for challenge in challenges:
            challenge.cancel()
        await asyncio.gather(*challenges, return_exceptions=True)
        await verdicts.aclose()


async def _broken(grader: Grader, exercise: Exercise, turn: asyncio.Semaphore) -> dict[str, str]:
    """Which right solutions an input by chance breaks, and how: an input must not ask what the task leaves open."""
    right = [(name, source) for what, name, source in sources(exercise)
             if what in ("reference", "style") and isinstance(source, bytes)]  # fmt: skip
    asked = [(name, probe) for name, _ in right for probe in inputs.probes(exercise)]
    if not asked:
        return {}
    texts, probes = [source for _, source in right], list(inputs.probes(exercise))
    async with turn:  # beside the judges, whose sheaves are longer
        trials = await grader.challenge_each(exercise, texts, probes, INPUTS)
    return {
        name: f"{probe}, asked with {trial.arguments}: {trial.says}"
        for (name, probe), trial in zip(asked, trials, strict=True) if trial.outcome != "survived"
    }  # fmt: skip


def _proof(what: What, name: str, verdict: Verdict | oracle.BadMistake, broken: str) -> Proof:
    if isinstance(verdict, oracle.BadMistake):
        return Proof(what, name, False, "error", None, 0.0, str(verdict))
    found = verdict.mistake.id if verdict.mistake else None
    problem = _problem(what, name, verdict) or broken
    return Proof(what, name, not problem, verdict.outcome, found, verdict.seconds, problem)


def _problem(what: What, name: str, verdict: Verdict) -> str:
    if what in ("reference", "style"):
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
