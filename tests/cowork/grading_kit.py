"""Rooms with a ledger and a grader for tests: real stores, the real sandbox, no network."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import structs

from cowork.hub.ledger import Ledger
from cowork.permissions import Member
from cowork.rooms.submissions import HandIn, Submission, Submissions
from exercises.course import Exercise
from exercises.load import load_course
from grader.source import reference_source
from grader.verdict import Verdict

ANNA = Member("anna", "Anna", "member")
EXERCISE = "stable-softmax"
ENDLESS, LIMIT = b"while True: pass", 2.0  # seconds that are given to it


class Shared:
    """The tests' own engine, whose event loop is in another thread, as a grader of this one."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.checked = 0

    async def check(self, exercise: Exercise, source: bytes) -> Verdict:
        self.checked += 1
        short = structs.replace(exercise, time_limit=LIMIT if source.startswith(ENDLESS) else exercise.time_limit)
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self.service.grader.check(short, source), self.service.loop)
        )


def right() -> str:
    return reference_source.as_solution(load_course().exercise(EXERCISE))


def wrong() -> tuple[str, str]:
    """A solution with a known mistake, and that mistake's id."""
    exercise = load_course().exercise(EXERCISE)
    mistake = exercise.mistakes[0]
    return reference_source.as_solution(exercise, reference_source.edited(exercise, mistake)), mistake.id


async def hand_in(ledger: Ledger, source: str, id: str, by: Member = ANNA) -> str:
    """Hands a source in to the room "r"; the submission's id."""
    await ledger.execute(by, "r", id, HandIn(EXERCISE, source.encode()))
    room = await ledger.room("r")
    return list(room[Submissions].all)[-1]


async def submission(ledger: Ledger, id: str) -> Submission:
    await ledger.catch_up("r")
    return (await ledger.room("r"))[Submissions].find(id)
