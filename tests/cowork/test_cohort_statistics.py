"""Cohort statistics: progress by member and month, stuck members, common mistakes."""

from __future__ import annotations

import pytest

from cowork.cohort.statistics import Cohort, StuckMember, build_cohort, shorten, tries_by_member
from cowork.permissions import HUB, Member
from cowork.refusal import Refusal
from cowork.rooms.submissions import UNGRADED, Graded, HandIn, RecordVerdict, Submissions
from exercises.course import Course
from tests.support.rooms import ANNA, BEN, CLEO, ORGA, RoomPair

EXERCISE, OTHER = "causal-attention", "stable-softmax"
NO_MASK = {"mistake": "No mask.", "mistake_id": "no-mask"}


def cohort_of(course: Course, *pairs: RoomPair) -> Cohort:
    submissions = [each for pair in pairs for each in pair.client[Submissions].all.values()]
    return build_cohort(tries_by_member(submissions), {"orga": "Orga"}, course)


def fail(pair: RoomPair, by: Member, times: int, exercise: str = EXERCISE, **verdict: str) -> None:
    for n in range(times):
        pair.now += 1
        pair.hand_in(by, exercise, f"{pair.now} {n}".encode(), "failed", **verdict)


def test_months_by_member_over_all_rooms(course: Course) -> None:
    first, second = RoomPair(), RoomPair()
    fail(first, ANNA, 1)
    second.hand_in(ANNA, EXERCISE, b"right")
    second.hand_in(ANNA, OTHER, b"right")
    fail(second, BEN, 2)
    cohort = cohort_of(course, first, second)
    months = [month.id for month in cohort.months]
    rows = {row.name: dict(zip(months, row.months, strict=True)) for row in cohort.members}
    assert list(rows) == ["Anna", "Ben", "Orga"]
    assert (rows["Anna"]["month-3"], rows["Anna"]["month-1"]) == ((1, 0), (1, 0))
    assert (rows["Ben"]["month-3"], rows["Orga"]["month-3"]) == ((0, 1), (0, 0))
    assert [row.passed for row in cohort.members] == [2, 0, 0]


def test_members_with_many_tries_and_no_pass_are_stuck(course: Course) -> None:
    pair = RoomPair()
    fail(pair, ANNA, 4, **NO_MASK)
    fail(pair, ANNA, 1)
    fail(pair, BEN, 3)
    fail(pair, CLEO, 5)
    pair.hand_in(CLEO, EXERCISE, b"right")
    fail(pair, ORGA, 2)
    (stuck,) = cohort_of(course, pair).stuck
    assert (stuck.exercise, stuck.month, stuck.people, stuck.passed) == (EXERCISE, "month-3", 2, 1)
    assert stuck.who == [StuckMember("anna", "Anna", 5, "No mask."), StuckMember("ben", "Ben", 3)]


def test_a_mistake_counts_once_per_member(course: Course) -> None:
    pair = RoomPair()
    fail(pair, ANNA, 2, **NO_MASK)
    fail(pair, BEN, 1, **NO_MASK)
    fail(pair, CLEO, 1, mistake="Too late.", mistake_id="late")
    mistakes = cohort_of(course, pair).mistakes
    assert [(each.mistake, each.says, each.people, each.names) for each in mistakes] == [
        ("no-mask", "No mask.", 2, ["Anna", "Ben"]),
        ("late", "Too late.", 1, ["Cleo"]),
    ]


def test_ungraded_submissions_are_no_tries(course: Course) -> None:
    pair = RoomPair()
    id = pair.hand_in(ANNA, EXERCISE, b"1", None)
    with pytest.raises(Refusal):
        pair.do(ORGA, RecordVerdict(Graded(id, "passed")))
    pair.do(HUB, RecordVerdict(Graded(id, UNGRADED)))
    pair.do(ANNA, HandIn(EXERCISE, b"1"))
    fail(pair, BEN, 1)
    cohort = cohort_of(course, pair)
    assert [(row.name, sum(map(sum, row.months))) for row in cohort.members] == [("Anna", 1), ("Ben", 1), ("Orga", 0)]


def test_a_shortened_cohort_keeps_all_counts(course: Course) -> None:
    pair = RoomPair()
    for n in range(20):
        fail(pair, Member(f"m{n}", f"M{n}", "member"), 3, **NO_MASK)
    short = shorten(cohort_of(course, pair), max_people=5)
    assert (short.stuck[0].people, len(short.stuck[0].who)) == (20, 5)
    assert (short.mistakes[0].people, len(short.mistakes[0].names)) == (20, 5)
