"""Grades a source from the app or the command line: hands it to the engine and passes on what comes. No torch."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from engine.client import Engine
from engine.platform import can_fork
from exercises import inputs
from exercises.course import Exercise
from exercises.inputs import Arguments
from exercises.load import load_course
from grader import messages
from grader.exercise_context import context_for, imported
from grader.verdict import Check, CheckEnded, CheckPlan, Event, TrainingStep, Trial, Verdict
from learner.source_file import MAX_SOURCE, UnreadableFile, read_file

TARGET = "grader.judge.grade:grade"
MANY = "grader.judge.grade:grade_many"
CHALLENGE = "grader.proof.challenge:challenge"
PROCESSES = 5  # of a learner's code at most in one challenge: where one ends, the next answers
PRELOAD = ("grader.preload",)
GRACE = 20.0  # beyond the time limit, for the diagnosis; a backstop, since the judge keeps the limit itself


RESET = "`fromscratch reset` makes an exercise's file again."
STOPPED = "The check was stopped from outside before it could end. Check again."


class GraderError(RuntimeError):
    """The grader itself failed; nothing is said about the solution."""


class Refused(GraderError):
    """The sandbox that was asked for cannot be had on this machine, so nothing was run; the text says why."""


def new_engine(vocabulary: Path | None = None, sandbox: str | None = None, nice: int = 0) -> Engine:
    """An engine that is warm for checks; `vocabulary` is GPT-2's table of ranks, where it is installed. `sandbox`
    "strict" grades nothing rather than outside of the strict sandbox; None leaves it to FROMSCRATCH_SANDBOX.
    `nice`: how far it stands back for other processes, as `Engine` takes it."""
    environment = {"FROMSCRATCH_GPT2_VOCABULARY": str(vocabulary)} if vocabulary else {}
    return Engine(PRELOAD, environment | ({"FROMSCRATCH_SANDBOX": sandbox} if sandbox else {}), nice)


async def sandbox_report(engine: Engine, everything: bool = False) -> dict[str, Any]:
    """What keeps a learner's code in on this machine, as tried: {"level", "layers": [{"layer", "holds", "says"}]}.
    `everything` tries also what is only used when asked for."""
    handle = await engine.submit("grader.judge.sandbox_report:tell", {"all": everything}, 60.0)
    async for event in handle.events():
        if "layers" in event:
            return event
    raise GraderError("This machine's isolation could not be tried.")


class Grader:
    """Checks sources over one engine; several checks may run side by side."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.follow_links = True  # false where a link could expose a file that its author may not read

    async def check(
        self, exercise: Exercise, source: bytes | Path, on_event: Callable[[Event], None] | None = None
    ) -> Verdict:
        """The verdict on a source. `on_event` hears each check as it ends. Cancelling the task kills the
        check. Raises GraderError or EngineError when the fault is ours."""
        data = _readable(exercise, source, self.follow_links)
        if isinstance(data, Verdict):
            return data
        async for verdict in self._graded(TARGET, exercise, [(data, 0)], on_event):
            return verdict
        raise GraderError(STOPPED)  # by someone else, or for want of memory: no attempt of the learner's

    async def check_many(
        self, exercise: Exercise, sources: Sequence[bytes | Path], steps: bool = True, inputs: Sequence[int] = ()
    ) -> list[Verdict]:
        """The verdicts on sources of one exercise: each as `check` gives it, all together in far less time. Without
        `steps` nobody looks for the first that is missing. `inputs`: so many by chance each probe of each source is
        asked with, once the source passes (`by_chance.py`)."""
        read = [_readable(exercise, source, self.follow_links) for source in sources]
        work = list(zip(read, inputs or [0] * len(read), strict=True))
        graded: list[Verdict] = []
        asked = [(source, tries) for source, tries in work if isinstance(source, bytes)]
        if asked and can_fork():  # elsewhere a process for each has to load everything
            graded = [verdict async for verdict in self._graded(MANY, exercise, asked, None, steps)]
        late = iter(graded)
        return [
            one if isinstance(one, Verdict) else next(late, None) or await self._alone(exercise, one, tries)
            for one, tries in work
        ]

    async def _alone(self, exercise: Exercise, source: bytes, inputs: int) -> Verdict:
        """The verdict on a source whose judge was stopped; where that happens again, the others get theirs still."""
        async for verdict in self._graded(TARGET, exercise, [(source, inputs)], None):
            return verdict
        return msgspec.structs.replace(_not_run(exercise, STOPPED), outcome="crashed")

    async def challenge(
        self, exercise: Exercise, source: bytes, probe: str, arguments: Arguments | None,
        tries: int = 1, seed: int = 0, seconds: float = 5.0,
    ) -> Trial:  # fmt: skip
        """How a source does on an input for a probe, or (`arguments` None) on so many by chance, until one breaks it.
        `seconds` is what its code may take for one input. Raises GraderError or EngineError when the fault is ours."""
        try:
            asked = inputs.probe(exercise, probe)
            whole = None if arguments is None else asked.complete(arguments)
        except inputs.InvalidInput as error:
            return Trial("invalid", str(error))
        subject = _subject(exercise)
        job = {"subject": subject, "source": base64.b64encode(source).decode(), "probe": probe, "arguments": whole,
               "tries": tries, "seed": seed, "seconds": seconds}  # fmt: skip
        limit, question = PROCESSES * seconds + 2 * GRACE, context_for(exercise, subject["parts"])
        handle = await self.engine.submit(CHALLENGE, job, limit, None, PROCESSES, question)
        async for event in handle.events():
            if "fault" in event:
                raise GraderError(f"The challenge of {exercise.id} failed on our side:\n{event['fault']}")
            if "refused" in event:
                raise Refused(event["refused"])
            if "trial" in event:
                handle.release()
                return msgspec.convert(event["trial"], Trial)
        raise GraderError(f"The challenge of {exercise.id} was stopped from outside before it could end.")

    def expect(self, exercise: Exercise) -> None:
        """Gets ready for a check of this exercise; no more than a hint."""
        self.engine.expect(_subject(exercise))

    async def _graded(
        self,
        target: str,
        exercise: Exercise,
        work: list[tuple[bytes, int]],
        on_event: Callable[[Event], None] | None,
        steps: bool = True,
    ) -> AsyncIterator[Verdict]:
        """A verdict for each (source, inputs by chance), in their order; fewer if the judge is stopped from outside."""
        subject = _subject(exercise)
        sources = [(base64.b64encode(source).decode(), inputs) for source, inputs in work]
        job = {"subject": subject, "sources": sources, "steps": steps}
        limit = len(sources) * (exercise.time_limit + GRACE)
        about = subject if target == TARGET else None
        question = None
        if target == MANY:
            question = context_for(exercise, subject["parts"]) | {"imports": imported(source for source, _ in work)}
        handle = await self.engine.submit(target, job, limit, about, len(sources), question)
        missing = len(sources)
        async for event in handle.events():
            if "fault" in event:
                raise GraderError(f"The check of {exercise.id} failed on our side:\n{event['fault']}")
            if "refused" in event:
                raise Refused(event["refused"])
            if "verdict" in event:
                missing -= 1
                if not missing:
                    handle.release()  # what is left is tidying up
                yield msgspec.convert(event["verdict"], Verdict)
                if not missing:
                    return
            elif on_event is not None:
                on_event(_event(event))


@lru_cache(maxsize=8)
def _subject(exercise: Exercise) -> dict[str, Any]:
    """What a judge needs to know before there is a solution."""
    return {"exercise": msgspec.to_builtins(exercise, enc_hook=str), "parts": offered_parts(exercise)}


def offered_parts(exercise: Exercise) -> list[str]:
    """What `parts` offers while grading, as "module:Name": the symbols of the exercises it needs, and of those
    they need, and its own `parts`; never a symbol under test."""
    course = {other.id: other for other in load_course().exercises}
    found: dict[str, str] = {part.partition(":")[2]: part for part in exercise.parts}
    waiting, seen = list(exercise.needs), set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in course:
            continue
        seen.add(name)
        other = course[name]
        for symbol in other.symbols:
            found.setdefault(symbol, f"{other.reference}:{symbol}")
        waiting += other.needs
    return sorted(part for symbol, part in found.items() if symbol not in exercise.symbols)


def _readable(exercise: Exercise, source: bytes | Path, follow_links: bool) -> bytes | Verdict:
    """The source's bytes, or the verdict where there is nothing to run."""
    try:
        data = read_file(source, follow_links=follow_links, remedy=RESET) if isinstance(source, Path) else source
    except UnreadableFile as error:
        return _not_run(exercise, str(error))
    if not data.strip():
        return _not_run(exercise, messages.EMPTY.format(id=exercise.id))
    if len(data) > MAX_SOURCE:
        return _not_run(exercise, "The source is too large: the limit is 1 MiB.")
    return data


def _event(event: dict[str, Any]) -> Event:
    if "planned" in event:
        return CheckPlan([(name, title) for name, title in event["planned"]])
    if "progress" in event:
        return TrainingStep(*event["progress"])
    return CheckEnded(msgspec.convert(event["tick"], Check))


def _not_run(exercise: Exercise, message: str) -> Verdict:
    check = Check("loads", "failed", message, 0.0, "The file can be loaded")
    return Verdict(exercise.id, "error", [check], message=message)
