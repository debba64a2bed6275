"""The cohort from the hub's verdicts: months by member, where people are stuck, which mistakes are common."""

from __future__ import annotations

import pytest
from rooms_kit import ANNA, BEN, CLEO, ORGA, Table

from cowork.cohort.statistics import Cohort, StuckMember, build_cohort, shorten, tries_by_member
from cowork.permissions import HUB, Member
from cowork.refusal import Refusal
from cowork.rooms.submissions import UNGRADED, Graded, HandIn, RecordVerdict, Submissions
from exercises.course import Course

EXERCISE, OTHER = "causal-attention", "stable-softmax"
NO_MASK = {"mistake": "No mask.", "mistake_id": "no-mask"}


def of(course: Course, *tables: Table) -> Cohort:
    submissions = [one for table in tables for one in table.client[Submissions].all.values()]
    return build_cohort(tries_by_member(submissions), {"orga": "Orga"}, course)


def fail(table: Table, by: Member, times: int, exercise: str = EXERCISE, **verdict: str) -> None:
    for n in range(times):
        table.now += 1
        table.hand_in(by, exercise, f"{table.now} {n}".encode(), "failed", **verdict)


def test_months_by_member_over_all_rooms(course: Course) -> None:
    one, two = Table(), Table()
    fail(one, ANNA, 1)
    two.hand_in(ANNA, EXERCISE, b"right")
    two.hand_in(ANNA, OTHER, b"right")
    fail(two, BEN, 2)
    made = of(course, one, two)
    months = [month.id for month in made.months]
    rows = {row.name: dict(zip(months, row.months, strict=True)) for row in made.members}
    assert list(rows) == ["Anna", "Ben", "Orga"]
    assert (rows["Anna"]["month-3"], rows["Anna"]["month-1"]) == ((1, 0), (1, 0))
    assert (rows["Ben"]["month-3"], rows["Orga"]["month-3"]) == ((0, 1), (0, 0))
    assert [row.passed for row in made.members] == [2, 0, 0]


def test_stuck_is_who_tried_often_and_has_not_passed(course: Course) -> None:
    table = Table()
    fail(table, ANNA, 4, **NO_MASK)
    fail(table, ANNA, 1)
    fail(table, BEN, 3)
    fail(table, CLEO, 5)
    table.hand_in(CLEO, EXERCISE, b"right")
    fail(table, ORGA, 2)
    (stuck,) = of(course, table).stuck
    assert (stuck.exercise, stuck.month, stuck.people, stuck.passed) == (EXERCISE, "month-3", 2, 1)
    assert stuck.who == [StuckMember("anna", "Anna", 5, "No mask."), StuckMember("ben", "Ben", 3)]


def test_a_mistake_counts_each_whom_it_caught_once(course: Course) -> None:
    table = Table()
    fail(table, ANNA, 2, **NO_MASK)
    fail(table, BEN, 1, **NO_MASK)
    fail(table, CLEO, 1, mistake="Too late.", mistake_id="late")
    mistakes = of(course, table).mistakes
    assert [(one.mistake, one.says, one.people, one.names) for one in mistakes] == [
        ("no-mask", "No mask.", 2, ["Anna", "Ben"]),
        ("late", "Too late.", 1, ["Cleo"]),
    ]


def test_only_the_hub_gives_verdicts_and_what_it_could_not_grade_is_no_try(course: Course) -> None:
    table = Table()
    id = table.hand_in(ANNA, EXERCISE, b"1", None)
    with pytest.raises(Refusal):
        table.do(ORGA, RecordVerdict(Graded(id, "passed")))
    table.do(HUB, RecordVerdict(Graded(id, UNGRADED)))
    table.do(ANNA, HandIn(EXERCISE, b"1"))
    fail(table, BEN, 1)
    made = of(course, table)
    assert [(row.name, sum(map(sum, row.months))) for row in made.members] == [("Anna", 1), ("Ben", 1), ("Orga", 0)]


def test_a_screen_gets_some_names_and_all_counts(course: Course) -> None:
    table = Table()
    for n in range(20):
        fail(table, Member(f"m{n}", f"M{n}", "member"), 3, **NO_MASK)
    short = shorten(of(course, table), max_people=5)
    assert (short.stuck[0].people, len(short.stuck[0].who)) == (20, 5)
    assert (short.mistakes[0].people, len(short.mistakes[0].names)) == (20, 5)
