"""The board: a month's exercises by member, from the hub's verdicts."""

from __future__ import annotations

import msgspec

from cowork.rooms.board import Board, Cell, build_board
from exercises.course import Course
from tests.support.rooms import ANNA, BEN, ORGA, RoomPair

EXERCISE, OTHER = "causal-attention", "self-attention-v1"


def cells(board: Board) -> dict[tuple[str, str], Cell]:
    ids = [exercise.id for exercise in board.exercises]
    return {(row.member, id): cell for row in board.rows for id, cell in zip(ids, row.cells, strict=True)}


def test_tries_are_counted_up_to_the_first_pass(course: Course) -> None:
    pair = RoomPair()
    pair.hub.month = pair.client.month = "month-3"
    pair.hand_in(ANNA, EXERCISE, b"1", "failed", mistake="The scores are not divided.", mistake_id="no-scale")
    pair.now += 5
    passed = pair.hand_in(ANNA, EXERCISE, b"2")
    pair.hand_in(ANNA, EXERCISE, b"3", "failed")
    pair.hand_in(BEN, EXERCISE, b"1", "failed", mistake="No mask.")
    waiting = pair.hand_in(BEN, EXERCISE, b"2", None)
    board = build_board(pair.client, {"orga": "Orga"}, course=course)
    ids = [exercise.id for exercise in course.exercises if exercise.month_id == "month-3"]
    assert [exercise.id for exercise in board.exercises] == ids
    seen = cells(board)
    assert seen["anna", EXERCISE] == Cell("passed", 2, pair.now, passed)
    assert seen["ben", EXERCISE] == Cell("tried", 2, None, waiting, waiting=True, mistake="No mask.")
    assert seen["ben", OTHER] == seen["orga", EXERCISE] == Cell()
    assert [(row.name, row.passed) for row in board.rows] == [("Anna", 1), ("Ben", 0), ("Orga", 0)]
    assert msgspec.json.decode(msgspec.json.encode(board), type=Board) == board


def test_a_room_without_a_month_shows_what_was_handed_in() -> None:
    pair = RoomPair()
    assert build_board(pair.client).exercises == []
    pair.hand_in(ORGA, OTHER, b"1")
    assert [exercise.id for exercise in build_board(pair.client).exercises] == [OTHER]
