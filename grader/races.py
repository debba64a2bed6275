"""Runs races in the engine's jobs, for `Grader.race`."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from engine.client import Engine
from exercises.exercise import Exercise
from grader.errors import GraderError, SandboxRefused
from grader.exercise_context import ExerciseContext
from grader.race_result import RaceResult, figure

RACE = "grader.proof.race:race"
TRAINING_RACE = "grader.proof.training_race:race"
TRAINING_PROCESSES = 6  # of a training race: for each solution, a calibration and up to two trainings
ROUND_SECONDS = 10.0  # for one round of a race, on average
EXTRA_SECONDS = 60.0

OnRound = Callable[[int], None]


async def run(
    engine: Engine, exercise: Exercise, grading: dict[str, Any], context: ExerciseContext, source: bytes, rounds: int,
    on_round: OnRound, budget: float | None,
) -> RaceResult:  # fmt: skip
    """Races a source against the reference. `budget`: the CPU seconds of a training, instead of race.py's."""
    request = {"context": grading, "source": base64.b64encode(source).decode(), "rounds": rounds}
    if exercise.race_budget is None:
        seconds = ROUND_SECONDS * (rounds + 1)
        events = _events(engine, exercise, RACE, request | {"seconds": seconds}, 2 * seconds, 2, context)
        async for event in events:
            if "round" in event:
                on_round(event["round"])
            if "race" in event:
                return msgspec.convert(event["race"], RaceResult)
        raise _stopped(exercise)
    chosen = budget or exercise.race_budget
    losses: list[list[float]] = []
    for number in range(1, rounds + 1):
        request["budget"] = chosen
        event = await _training(engine, exercise, request, 4 * TRAINING_PROCESSES * chosen, context)
        if "invalid" in event:
            return RaceResult(exercise.id, exercise.race_task, rounds, [], event["invalid"])
        losses.append(event["losses"])
        on_round(number)
    yours, reference = zip(*losses, strict=True)
    return RaceResult(exercise.id, exercise.race_task, rounds, [figure("loss", yours, reference)])


async def _training(
    engine: Engine, exercise: Exercise, request: dict[str, Any], limit: float, context: ExerciseContext
) -> dict[str, Any]:
    async for event in _events(engine, exercise, TRAINING_RACE, request, limit, TRAINING_PROCESSES, context):
        if "losses" in event or "invalid" in event:
            return event
    raise _stopped(exercise)


async def _events(
    engine: Engine, exercise: Exercise, target: str, request: dict[str, Any], limit: float, children: int,
    context: ExerciseContext,
) -> AsyncIterator[dict[str, Any]]:  # fmt: skip
    """Yields the events of a job. Raises GraderError where the fault is not the learner's."""
    job = await engine.submit(target, request, limit + EXTRA_SECONDS, None, children, context)
    async for event in job.events():
        if "fault" in event:
            raise GraderError(f"The race of {exercise.id} failed in the grader:\n{event['fault']}")
        if "refused" in event:
            raise SandboxRefused(event["refused"])
        if "round" not in event:
            job.release()
        yield event


def _stopped(exercise: Exercise) -> GraderError:
    return GraderError(f"The race of {exercise.id} was stopped from outside before it ended.")
