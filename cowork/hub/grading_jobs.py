"""What a hub does off to the side: it grades in its own sandbox, and records what came of it as the hub itself."""

from __future__ import annotations

import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from cowork.hub.ledger import Ledger
from cowork.permissions import HUB
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Job, Room
from cowork.rooms.break_it import AttemptFinished, Attempts, RecordAttempt
from cowork.rooms.submissions import UNGRADED, Graded, RecordVerdict, Submissions
from cowork.sanitize import truncate
from cowork.store.contract import Store
from engine.client import Engine, EngineError
from exercises.course import Exercise
from exercises.load import load_course
from grader.check import Grader, GraderError, new_engine, sandbox_report
from grader.verdict import Verdict
from playground.store import gpt2_vocabulary

log = logging.getLogger("cowork.jobs")
NICE = 5  # gradings stand back, so that what people say to each other is quick
MORE = 60.0  # seconds at most that a source is given beyond its limit, since it stands back for others
TRIES = 3  # of a grading that fails on our side
SENTENCE = 400  # characters
FAULT = "The hub could not run this, for a fault of its own that its log tells. Try once more when it is mended."
UNHELD = (
    "On this machine, what members hand in could read and change all that is yours: `fromscratch doctor` says what is "
    "missing. Run the hub on Linux 5.13 or newer, or add --trust-members to run their code all the same."
)
Read = Callable[[str], Awaitable[bytes | None]]  # a blob of the room, by its key


@asynccontextmanager
async def hub_grader(trusting: bool = False) -> AsyncIterator[Grader]:
    """A grader for other people's sources, with an engine that ends with the block. Raises Refusal("sandbox") where
    nothing would keep them from this user's files, unless members are trusted with those."""
    engine = new_engine(gpt2_vocabulary(), nice=NICE)
    grader = Grader(engine)
    grader.follow_links = False
    try:
        await engine.start()  # warm before the first source comes
        if not trusting:
            await _require_held(engine)
        yield grader
    finally:
        await engine.close()


async def _require_held(engine: Engine) -> None:
    try:
        level = (await sandbox_report(engine))["level"]
    except (GraderError, EngineError) as error:
        raise Refusal("sandbox", f"The sandbox could not be tried: {error}") from error
    if level == "limits":
        raise Refusal("sandbox", UNHELD)


def asked(room: str, events: Iterable[Event[Any]]) -> list[Job]:
    """What these new events ask the hub to do."""
    return [job for event in events if (job := event.fact.job(room)) is not None]


async def carry_out(job: Job, ledger: Ledger, store: Store, grader: Grader, give_up: bool = False) -> None:
    """Does a job and records what came of it; nothing where that was done before. Raises Refusal or StoreProblem
    where it cannot be recorded now: do it again later. `give_up`: it is only recorded that it cannot be done."""
    await ledger.catch_up(job.room)
    room = await ledger.room(job.room)
    if job not in room.jobs():
        return
    if give_up:
        command = given_up(job)
    else:
        command = await perform(job, room, lambda key: store.blob(job.room, key), grader)
    await ledger.execute(HUB, job.room, job.key, command)


async def perform(job: Job, room: Room, read: Read, grader: Grader) -> Command:
    """What the hub is to record of a job."""
    return await PERFORMERS[job.kind](job.id, room, read, grader)


def given_up(job: Job) -> Command:
    """What the hub records of a job that it cannot do, for a fault of its own."""
    if job.kind == "grade":
        return RecordVerdict(Graded(job.id, UNGRADED, FAULT))
    return RecordAttempt(AttemptFinished(job.id, "invalid", FAULT))


async def grade(id: str, room: Room, read: Read, grader: Grader) -> Command:
    submission = room[Submissions].find(id)
    source = await read(id)
    exercise = _exercises().get(submission.exercise)
    if exercise is None or source is None:
        return RecordVerdict(Graded(id, UNGRADED, "The hub has this exercise, or this source, no more."))
    for left in reversed(range(TRIES)):
        try:
            return RecordVerdict(judged(id, await grader.check(exercise, source)))
        except (GraderError, EngineError) as error:
            log.error("submission %s of room %s could not be graded: %s", id, room.id, error)
            if not left:
                return given_up(Job("grade", room.id, id))
    raise AssertionError("not reached")


@lru_cache(maxsize=1)
def _exercises() -> dict[str, Exercise]:
    """The course's, with time enough for a busy machine: nothing right is said not to end."""
    course = load_course().exercises
    return {one.id: replace(one, time_limit=one.time_limit + min(2 * one.time_limit, MORE)) for one in course}


def judged(submission: str, verdict: Verdict) -> Graded:
    """What a room is told of a verdict. Sentences may quote the source, so they are cleaned like any other text."""
    passed = sum(check.outcome == "passed" for check in verdict.checks)
    mistake = verdict.mistake
    return Graded(
        submission, verdict.outcome, truncate(verdict.message, SENTENCE), mistake.says if mistake else None,
        mistake.id if mistake else None, verdict.missing_stage, passed, len(verdict.checks),
    )  # fmt: skip


async def challenge(id: str, room: Room, read: Read, grader: Grader) -> Command:
    attempt = room[Attempts].all[id]
    submission = room[Submissions].find(attempt.submission)
    source = await read(submission.id)
    exercise = _exercises().get(submission.exercise)
    if exercise is None or source is None:
        return RecordAttempt(AttemptFinished(id, "invalid", "The hub has this exercise, or this source, no more."))
    try:
        found = await grader.challenge(
            exercise, source, attempt.probe, attempt.arguments, attempt.tries, zlib.crc32(id.encode())
        )
    except (GraderError, EngineError) as error:
        log.error("attempt %s of room %s could not be run: %s", id, room.id, error)
        return given_up(Job("break", room.id, id))
    return RecordAttempt(
        AttemptFinished(id, found.outcome, found.says, found.arguments, found.theirs, found.expected, found.tried)
    )


PERFORMERS: dict[str, Callable[[str, Room, Read, Grader], Awaitable[Command]]] = {"grade": grade, "break": challenge}
