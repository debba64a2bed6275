"""Jobs of a hub: grades and races submissions and runs "break it" attempts in the sandbox, and records the results."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from itertools import count
from typing import Protocol

from msgspec.structs import replace

from cowork.hub.ledger import Ledger
from cowork.permissions import HUB
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Job, Room
from cowork.rooms.break_it import AttemptFinished, Attempts, RecordAttempt
from cowork.rooms.league import Raced, RecordRace
from cowork.rooms.submissions import UNGRADED, Graded, RecordVerdict, Submissions
from cowork.sanitize import truncate
from cowork.store.sql import Store
from engine.errors import EngineError
from exercises.exercise import Exercise
from exercises.load import load_course
from grader.check import Grader, new_engine, sandbox_report
from grader.errors import GraderError
from grader.verdict import Verdict
from playground.store import gpt2_vocabulary

log = logging.getLogger("cowork.jobs")
NICE = 5  # grading has a lower priority than the hub's messages
MAX_EXTRA_TIME = 60.0  # seconds that a source can run beyond the exercise's limit, because of that priority
MAX_TRIES = 3  # of a grading that fails because of the grader
MAX_MESSAGE = 400  # characters
RACE_ROUNDS = 15
CONCURRENCY = 2  # jobs of a hub over SQLite that run at the same time
RETRY_DELAYS = (1.0, 5.0, 30.0)  # seconds after a failure; the last one repeats
FAULT = "The hub could not run this because of an internal error; see its log. Try again later."
GONE = "The hub no longer has this exercise or this source."
NO_SANDBOX = (
    "On this machine, members' code could read and change all your files: `fromscratch doctor` says what is missing. "
    "Run the hub on Linux 5.13 or newer, or add --trust-members to run their code anyway."
)
ReadBlob = Callable[[str], Awaitable[bytes | None]]  # reads a blob of the room by its key


@asynccontextmanager
async def hub_grader(trusting: bool = False) -> AsyncIterator[Grader]:
    """Provides a grader for members' sources, whose engine ends with the block. Raises Refusal("sandbox") where no
    sandbox protects the user's files, unless `trusting`."""
    engine = new_engine(gpt2_vocabulary(), nice=NICE)
    grader = Grader(engine)
    grader.follow_links = False
    try:
        await engine.start()
        try:
            unsafe = not trusting and (await sandbox_report(engine))["level"] == "limits"
        except (GraderError, EngineError) as error:
            raise Refusal("sandbox", f"The sandbox could not be tested: {error}") from error
        if unsafe:
            raise Refusal("sandbox", NO_SANDBOX)
        yield grader
    finally:
        await engine.close()


async def run_job(job: Job, ledger: Ledger, store: Store, grader: Grader, give_up: bool = False) -> None:
    """Runs a job and records its result, unless it has one. `give_up`: records a fault instead of running it. Raises
    Refusal or StoreProblem if the result cannot be recorded now; run the job again later."""
    await ledger.catch_up(job.room)
    room = await ledger.room(job.room)
    if job not in room.jobs():
        return
    if give_up:
        command = fault(job)
    else:
        command = await RUNNERS[job.kind](job.id, room, lambda key: store.blob(job.room, key), grader)
    await ledger.execute(HUB, job.room, job.key, command)


def fault(job: Job) -> Command:
    """Returns the command that records that the hub could not run a job."""
    if job.kind == "grade":
        return RecordVerdict(Graded(job.id, UNGRADED, FAULT))
    if job.kind == "race":
        return RecordRace(Raced(job.id))
    return RecordAttempt(AttemptFinished(job.id, "invalid", FAULT))


async def grade(id: str, room: Room, read_blob: ReadBlob, grader: Grader) -> Command:
    """Grades a submission, and returns the command that records the verdict."""
    submission = room[Submissions].find(id)
    source = await read_blob(id)
    exercise = _exercises().get(submission.exercise)
    if exercise is None or source is None:
        return RecordVerdict(Graded(id, UNGRADED, GONE))
    for _ in range(MAX_TRIES):
        try:
            return RecordVerdict(graded(id, await grader.check(exercise, source)))
        except (GraderError, EngineError) as error:
            log.error("submission %s of room %s could not be graded: %s", id, room.id, error)
    return fault(Job("grade", room.id, id))


@lru_cache(maxsize=1)
def _exercises() -> dict[str, Exercise]:
    """Returns the course's exercises by id, with longer time limits so that correct code passes on a busy machine."""
    return {
        exercise.id: replace(exercise, time_limit=exercise.time_limit + min(2 * exercise.time_limit, MAX_EXTRA_TIME))
        for exercise in load_course().exercises
    }


def graded(submission: str, verdict: Verdict) -> Graded:
    """Returns a verdict as the room sees it. The message can quote the source, so it is sanitized."""
    passed = sum(check.outcome == "passed" for check in verdict.checks)
    mistake = verdict.mistake
    return Graded(
        submission, verdict.outcome, truncate(verdict.message, MAX_MESSAGE), mistake.says if mistake else None,
        mistake.id if mistake else None, verdict.missing_stage, passed, len(verdict.checks),
    )  # fmt: skip


async def challenge(id: str, room: Room, read_blob: ReadBlob, grader: Grader) -> Command:
    """Runs a "break it" attempt, and returns the command that records its result."""
    attempt = room[Attempts].all[id]
    submission = room[Submissions].find(attempt.submission)
    source = await read_blob(submission.id)
    exercise = _exercises().get(submission.exercise)
    if exercise is None or source is None:
        return RecordAttempt(AttemptFinished(id, "invalid", GONE))
    try:
        result = await grader.challenge(
            exercise, source, attempt.probe, attempt.arguments, attempt.tries, zlib.crc32(id.encode())
        )
    except (GraderError, EngineError) as error:
        log.error("attempt %s of room %s could not be run: %s", id, room.id, error)
        return fault(Job("break", room.id, id))
    return RecordAttempt(
        AttemptFinished(id, result.outcome, result.says, result.arguments, result.theirs, result.expected, result.tried)
    )


async def race(id: str, room: Room, read_blob: ReadBlob, grader: Grader) -> Command:
    """Races a submission that has passed, and returns the command that records the ratios."""
    source = await read_blob(id)
    exercise = _exercises().get(room[Submissions].find(id).exercise)
    if exercise is None or source is None:
        return RecordRace(Raced(id))
    try:
        result = await grader.race(exercise, source, RACE_ROUNDS if exercise.race_budget is None else 1)
    except (GraderError, EngineError) as error:
        log.error("submission %s of room %s could not be raced: %s", id, room.id, error)
        return fault(Job("race", room.id, id))
    if not result.figures:  # it does not count
        return RecordRace(Raced(id))
    main, *others = result.figures
    return RecordRace(Raced(id, main.ratio, others[0].ratio if others else None, main.quantity))


RUNNERS: dict[str, Callable[[str, Room, ReadBlob, Grader], Awaitable[Command]]] = {
    "grade": grade,
    "break": challenge,
    "race": race,
}


def owner(job: Job, room: Room) -> str:
    """Returns the id of the member for whom a job is done."""
    if job.kind in ("grade", "race"):
        return room[Submissions].find(job.id).by
    return room[Attempts].all[job.id].by


class JobQueue(Protocol):
    """The queue of a hub's jobs. Putting a queued job again has no effect."""

    async def start(self) -> None: ...

    async def put(self, job: Job, by: str = "") -> None:
        """Queues a job for the member `by`. Who has many jobs waits longer for the later ones."""

    async def close(self) -> None:
        """Abandons running jobs. They are still in their rooms, and the hub puts them again at its next start."""


class LocalQueue:
    """Runs jobs, `concurrency` at a time, in rounds: one of each member, oldest first."""

    def __init__(self, work: Callable[[Job], Awaitable[None]], concurrency: int = CONCURRENCY) -> None:
        self._work, self._concurrency = work, concurrency
        self._jobs: set[Job] = set()  # queued or running
        self._queue: asyncio.PriorityQueue[tuple[int, int, Job, int]] = asyncio.PriorityQueue()
        self._round = 0  # of the job that was started last
        self._rounds: dict[str, int] = {}  # of each member's last job
        self._numbers = count()
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._workers = [asyncio.create_task(self._run_jobs()) for _ in range(self._concurrency)]

    async def put(self, job: Job, by: str = "") -> None:
        if job not in self._jobs:
            self._jobs.add(job)
            self._rounds[by] = max(self._round, self._rounds.get(by, -1) + 1)
            self._put(self._rounds[by], job, 0)

    def _put(self, turn: int, job: Job, failures: int) -> None:
        self._queue.put_nowait((turn, next(self._numbers), job, failures))

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _run_jobs(self) -> None:
        while True:
            self._round, _, job, failures = await self._queue.get()
            try:
                await self._work(job)
            except Exception:
                delay = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)]
                log.exception("%s failed; retrying in %g s", job.key, delay)
                asyncio.get_running_loop().call_later(delay, self._put, self._round, job, failures + 1)
            else:
                self._jobs.discard(job)
