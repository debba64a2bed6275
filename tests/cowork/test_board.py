"""The board: a month's exercises by member, from the hub's verdicts."""

from __future__ import annotations

import msgspec
from rooms_kit import ANNA, BEN, ORGA, Table

from cowork.rooms.board import Board, Cell, build_board
from exercises.course import Course

EXERCISE, OTHER = "causal-attention", "self-attention-v1"


def cells(made: Board) -> dict[tuple[str, str], Cell]:
    ids = [heading.id for heading in made.exercises]
    return {(row.member, id): one for row in made.rows for id, one in zip(ids, row.cells, strict=True)}


def test_tries_are_counted_up_to_the_first_pass(course: Course) -> None:
    table = Table()
    table.hub.month = table.client.month = "month-3"
    table.hand_in(ANNA, EXERCISE, b"1", "failed", mistake="The scores are not divided.", mistake_id="no-scale")
    table.now += 5
    passed = table.hand_in(ANNA, EXERCISE, b"2")
    table.hand_in(ANNA, EXERCISE, b"3", "failed")
    table.hand_in(BEN, EXERCISE, b"1", "failed", mistake="No mask.")
    waiting = table.hand_in(BEN, EXERCISE, b"2", None)
    made = build_board(table.client, {"orga": "Orga"}, course=course)
    assert [heading.id for heading in made.exercises] == [
        one.id for one in course.exercises if one.month_id == "month-3"
    ]
    seen = cells(made)
    assert seen["anna", EXERCISE] == Cell("passed", 2, table.now, passed)
    assert seen["ben", EXERCISE] == Cell("tried", 2, None, waiting, waiting=True, mistake="No mask.")
    assert seen["ben", OTHER] == seen["orga", EXERCISE] == Cell()
    assert [(row.name, row.passed) for row in made.rows] == [("Anna", 1), ("Ben", 0), ("Orga", 0)]
    assert msgspec.json.decode(msgspec.json.encode(made), type=Board) == made


def test_a_room_without_a_month_shows_what_was_handed_in() -> None:
    table = Table()
    assert build_board(table.client).exercises == []
    table.hand_in(ORGA, OTHER, b"1")
    assert [heading.id for heading in build_board(table.client).exercises] == [OTHER]
