"""Submissions to a ledger, and a grader for them: a real store and the real sandbox, without a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import structs

from cowork.hub.ledger import Ledger
from cowork.permissions import Member
from cowork.rooms.submissions import HandIn, Submission, Submissions
from exercises.exercise import Exercise
from exercises.load import load_course
from grader.verdict import Event, Verdict
from learner.own_parts import OwnPart
from tests.support.grading import ServiceGrader
from tests.support.solutions import correct, mistaken

ANNA = Member("anna", "Anna", "member")
EXERCISE = "stable-softmax"
ENDLESS = b"while True: pass"
ENDLESS_TIME_LIMIT = 2.0


class SubmissionGrader(ServiceGrader):
    """The tests' grader, with a short time limit for sources that begin with ENDLESS."""

    async def check(
        self,
        exercise: Exercise,
        source: bytes | Path,
        on_event: Callable[[Event], None] | None = None,
        own_parts: Sequence[OwnPart] = (),
    ) -> Verdict:
        if isinstance(source, bytes) and source.startswith(ENDLESS):
            exercise = structs.replace(exercise, time_limit=ENDLESS_TIME_LIMIT)
        return await super().check(exercise, source, on_event, own_parts)


def correct_source() -> str:
    return correct(load_course().exercise(EXERCISE))


def mistaken_source() -> tuple[str, str]:
    """A solution with a known mistake, and the mistake's id."""
    exercise = load_course().exercise(EXERCISE)
    return mistaken(exercise), exercise.mistakes[0].id


async def hand_in(ledger: Ledger, source: str, id: str, by: Member = ANNA) -> str:
    """Hands in a source to the room "r" and returns the submission's id."""
    await ledger.execute(by, "r", id, HandIn(EXERCISE, source.encode()))
    room = await ledger.room("r")
    return list(room[Submissions].all)[-1]


async def submission(ledger: Ledger, id: str) -> Submission:
    await ledger.catch_up("r")
    return (await ledger.room("r"))[Submissions].find(id)
