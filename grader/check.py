"""Grades sources for the app and the command line, through the engine. Imports no torch."""

from __future__ import annotations

import asyncio
import base64
import codecs
from collections.abc import AsyncIterator, Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from engine.client import Engine
from engine.platform import can_fork
from exercises import inputs
from exercises.checks import applicable_checks
from exercises.exercise import Exercise
from exercises.inputs import Arguments
from exercises.load import forget_course
from grader import messages, races
from grader.errors import GraderError, SandboxRefused
from grader.exercise_context import context_for, imported_libraries, sliced_parts
from grader.parts import blaming, offered_parts, own_files
from grader.race_result import RaceResult
from grader.source import reference_source, slicing
from grader.verdict import Check, CheckEnded, CheckPlan, Depth, Event, TrainingStep, Trial, Verdict
from learner.own_parts import OwnPart
from learner.source_file import MAX_SOURCE, UnreadableFile, read_file

GRADE = "grader.judge.grade:grade"
GRADE_MANY = "grader.judge.grade:grade_many"
CHALLENGE = "grader.proof.challenge:challenge"
SANDBOX_REPORT = "grader.judge.sandbox_report:report"
PRELOAD = ("grader.preload",)
CHALLENGE_PROCESSES = 5  # for a learner's code: where one ends, the next continues
SANDBOX_REPORT_SECONDS = 60.0
EXTRA_SECONDS = 20.0  # beyond an exercise's limit, for the diagnosis; the judge itself stops earlier

RESET = "`fromscratch reset {id}` makes an exercise's file again."
STOPPED = "The check was stopped from outside before it ended. Check again."


def new_engine(vocabulary: Path | None = None, sandbox: str | None = None, nice: int = 0) -> Engine:
    """Returns an engine that preloads what checks need. `vocabulary` is the file of GPT-2's ranks, where installed.
    `sandbox` "strict" refuses to grade outside the strict sandbox; None leaves it to FROMSCRATCH_SANDBOX. `nice` is
    that of `Engine`."""
    environment = {"FROMSCRATCH_GPT2_VOCABULARY": str(vocabulary)} if vocabulary else {}
    return Engine(PRELOAD, environment | ({"FROMSCRATCH_SANDBOX": sandbox} if sandbox else {}), nice)


async def sandbox_report(engine: Engine, everything: bool = False) -> dict[str, Any]:
    """Returns which sandbox layers hold on this machine: {"level", "layers": [{"layer", "holds", "says"}]}.
    `everything` tests the optional layers too."""
    job = await engine.submit(SANDBOX_REPORT, {"all": everything}, SANDBOX_REPORT_SECONDS)
    async for event in job.events():
        if "layers" in event:
            return event
    raise GraderError("The sandbox of this machine could not be tested.")


class Grader:
    """Checks sources with one engine; several checks can run at the same time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._one_race = asyncio.Lock()  # two races at the same time would disturb each other
        self.follow_links = True  # false where a link could expose a file that its author cannot read

    async def check(
        self,
        exercise: Exercise,
        source: bytes | Path,
        on_event: Callable[[Event], None] | None = None,
        own_parts: Sequence[OwnPart] = (),
    ) -> Verdict:
        """Returns the verdict on a source, and calls `on_event` as each check ends. Cancelling the task kills the
        check. Raises GraderError or EngineError when the fault is not the learner's.

        `own_parts` take the place of the reference's. Where the source fails with them, but not with the reference's,
        the verdict names the part at fault."""
        data = _read(exercise, source, self.follow_links)
        if isinstance(data, Verdict):
            return data
        verdict = await self._check_with(exercise, data, on_event, own_parts)
        if verdict.passed or not any(part.owner == "yours" for part in verdict.parts):
            return verdict
        if not (await self._check_with(exercise, data, None, ())).passed:
            return verdict
        for part in own_parts:
            if not (await self._check_with(exercise, data, None, [part])).passed:
                return blaming(verdict, [part])
        return blaming(verdict, own_parts)

    async def _check_with(
        self,
        exercise: Exercise,
        source: bytes,
        on_event: Callable[[Event], None] | None,
        own_parts: Sequence[OwnPart],
    ) -> Verdict:
        began = False

        def forward(event: Event) -> None:
            nonlocal began
            began = True
            if on_event is not None:
                on_event(event)

        # A judge that was prepared for this check may have been killed before the check reached it.
        for _ in range(2):
            async for verdict in self._verdicts(
                GRADE, exercise, [(source, 0, "explained", "")], forward, own_parts=own_parts
            ):
                return verdict
            if began:
                break
        raise GraderError(STOPPED)  # killed, for example for want of memory: this is no attempt of the learner's

    async def check_many(
        self,
        exercise: Exercise,
        sources: Sequence[bytes | Path],
        random_inputs: Sequence[int] = (),
        depths: Sequence[Depth] = (),
        expected: Sequence[str] = (),
    ) -> list[Verdict]:
        """Returns the verdicts that `check` would, in far less time. For each source, `random_inputs` says how many
        random inputs each probe gets once the source passes, `depths` how much of its verdict is needed, and
        `expected` which mistake is in it, or "" where that is unknown."""
        read = [_read(exercise, source, self.follow_links) for source in sources]
        number = len(read)
        full: list[Depth] = ["explained"] * number
        work = list(zip(read, random_inputs or [0] * number, depths or full, expected or [""] * number, strict=True))
        readable = [(data, count, depth, mistake) for data, count, depth, mistake in work if isinstance(data, bytes)]
        graded: list[Verdict] = []
        if readable and can_fork():  # without fork, each process has to load everything
            graded = [verdict async for verdict in self._verdicts(GRADE_MANY, exercise, readable, None)]
        remaining = iter(graded)
        return [
            data
            if isinstance(data, Verdict)
            else next(remaining, None) or await self._check_alone(exercise, data, count)
            for data, count, *_ in work
        ]

    async def _check_alone(self, exercise: Exercise, source: bytes, random_inputs: int) -> Verdict:
        """Grades a source whose judge was stopped. Where it is stopped again, the other sources keep their verdicts."""
        async for verdict in self._verdicts(GRADE, exercise, [(source, random_inputs, "explained", "")], None):
            return verdict
        return msgspec.structs.replace(_not_run(exercise, STOPPED), outcome="crashed")

    async def challenge(
        self, exercise: Exercise, source: bytes, probe: str, arguments: Arguments | None,
        tries: int = 1, seed: int = 0, seconds: float = 5.0,
    ) -> Trial:  # fmt: skip
        """Runs a source on one input of a probe or, where `arguments` is None, on up to `tries` random inputs until
        one breaks it. `seconds` limits each input. Raises GraderError or EngineError when the fault is not the
        learner's."""
        try:
            declared = inputs.probe(exercise, probe)
            complete = None if arguments is None else declared.complete(arguments)
        except inputs.InvalidInput as error:
            return Trial("invalid", str(error))
        grading = grading_context(exercise)
        request = {"context": grading, "source": base64.b64encode(source).decode(), "probe": probe,
                   "arguments": complete, "tries": tries, "seed": seed, "seconds": seconds}  # fmt: skip
        limit = CHALLENGE_PROCESSES * seconds + 2 * EXTRA_SECONDS
        context = context_for(exercise, grading["parts"])
        job = await self.engine.submit(CHALLENGE, request, limit, None, CHALLENGE_PROCESSES, context)
        async for event in job.events():
            if "fault" in event:
                raise GraderError(f"The challenge of {exercise.id} failed in the grader:\n{event['fault']}")
            if "refused" in event:
                raise SandboxRefused(event["refused"])
            if "trial" in event:
                job.release()
                return msgspec.convert(event["trial"], Trial)
        raise GraderError(f"The challenge of {exercise.id} was stopped from outside before it ended.")

    async def race(
        self, exercise: Exercise, source: bytes, rounds: int, on_round: Callable[[int], None] = lambda number: None,
        budget: float | None = None,
    ) -> RaceResult:  # fmt: skip
        """Races a source, which should have passed, against the reference on the work of the exercise's race.py.
        `on_round` gets the number of each round that has ended; `budget` replaces the CPU seconds of a training. Raises
        GraderError or EngineError when the fault is not the learner's."""
        grading = grading_context(exercise)
        context = context_for(exercise, grading["parts"])
        async with self._one_race:
            return await races.run(self.engine, exercise, grading, context, source, rounds, on_round, budget)

    def expect(self, exercise: Exercise) -> None:
        """Lets the engine prepare for a check of this exercise. It is only a hint."""
        self.engine.expect(grading_context(exercise))

    async def _verdicts(
        self,
        target: str,
        exercise: Exercise,
        work: list[tuple[bytes, int, Depth, str]],
        on_event: Callable[[Event], None] | None,
        own_parts: Sequence[OwnPart] = (),
    ) -> AsyncIterator[Verdict]:
        """Yields a verdict for each (source, number of random inputs, depth, expected mistake), in order; fewer if a
        judge is killed."""
        grading = grading_context(exercise)
        sources = [(base64.b64encode(source).decode(), *needed) for source, *needed in work]
        request: dict[str, Any] = {"context": grading, "sources": sources}
        if own_parts:
            request["own_files"] = own_files(grading["parts"], own_parts)
        limit = len(sources) * (exercise.time_limit + EXTRA_SECONDS)
        expected = grading if target == GRADE else None
        context = None
        if target == GRADE_MANY:
            libraries = imported_libraries(source for source, *_ in work)
            context = context_for(exercise, grading["parts"]) | {"imports": libraries}
        job = await self.engine.submit(target, request, limit, expected, len(sources), context)
        missing = len(sources)
        async for event in job.events():
            if "fault" in event:
                raise GraderError(f"The check of {exercise.id} failed in the grader:\n{event['fault']}")
            if "refused" in event:
                raise SandboxRefused(event["refused"])
            if "verdict" in event:
                missing -= 1
                if not missing:
                    job.release()  # the judge only cleans up from here
                yield msgspec.convert(event["verdict"], Verdict)
                if not missing:
                    return
            elif on_event is not None:
                on_event(_parse_event(event))


@lru_cache(maxsize=8)
def grading_context(exercise: Exercise) -> dict[str, Any]:
    """Returns what a judge knows before a solution arrives: the exercise, with its answers, and the parts."""
    return {"exercise": msgspec.to_builtins(exercise, enc_hook=str), "parts": offered_parts(exercise)}


def forget_files() -> None:
    """Lets the next check read the files of the course and of the reference again, which an author has changed."""
    forget_course()
    for cached in (applicable_checks, grading_context, sliced_parts, slicing.source_of, slicing.statements_of,
                   reference_source.text_of_symbols):  # fmt: skip
        cached.cache_clear()


def _read(exercise: Exercise, source: bytes | Path, follow_links: bool) -> bytes | Verdict:
    """Returns the source's content, or the verdict where it cannot be run."""
    try:
        data = _read_path(exercise, source, follow_links) if isinstance(source, Path) else source
    except UnreadableFile as error:
        return _not_run(exercise, str(error))
    if not data.strip():
        return _not_run(exercise, messages.EMPTY_FILE.format(id=exercise.id))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or 0 in data[:2]:
        return _not_run(exercise, messages.UTF_16)
    if len(data) > MAX_SOURCE:
        return _not_run(exercise, "The source is too large: the limit is 1 MiB.")
    return data


def _read_path(exercise: Exercise, path: Path, follow_links: bool) -> bytes:
    is_own = path.parts[-2:] == exercise.workspace_path.parts
    return read_file(path, follow_links=follow_links, remedy=RESET.format(id=exercise.id) if is_own else "")


def _parse_event(event: dict[str, Any]) -> Event:
    if "planned" in event:
        return CheckPlan([(name, title) for name, title in event["planned"]])
    if "progress" in event:
        return TrainingStep(*event["progress"])
    return CheckEnded(msgspec.convert(event["tick"], Check))


def _not_run(exercise: Exercise, message: str) -> Verdict:
    check = Check("loads", "failed", message, 0.0, "The file can be loaded")
    return Verdict(exercise.id, "error", [check], message=message)
