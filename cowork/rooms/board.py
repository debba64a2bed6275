"""The board of a room: a month's exercises by member, from the hub's verdicts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from cowork.rooms.room import Room
from cowork.rooms.submissions import UNGRADED, Submission
from exercises.course import Course, Exercise
from exercises.load import load_course

State = Literal["nothing", "tried", "passed"]


class Cell(msgspec.Struct, frozen=True):
    """How one member does with one exercise. `tries`: submissions up to the first pass, all where there is none;
    `passed_at`: seconds since 1970; `submission`: the one that passed first, else the last; `waiting`: a verdict is
    on its way."""

    state: State = "nothing"
    tries: int = 0
    passed_at: float | None = None
    submission: str | None = None
    waiting: bool = False
    mistake: str | None = None


class BoardExercise(msgspec.Struct, frozen=True):
    id: str
    title: str
    level: str


class BoardRow(msgspec.Struct, frozen=True):
    """A member's cells, one an exercise, in the board's order."""

    member: str
    name: str
    cells: list[Cell]
    passed: int


class Board(msgspec.Struct, frozen=True):
    room: str
    month: str | None
    exercises: list[BoardExercise]
    rows: list[BoardRow]


def board(
    room: Room, people: Mapping[str, str] | None = None, month: str | None = None, course: Course | None = None
) -> Board:
    """The board of `month`, else of the room's, else of all exercises that somebody handed in here. Its rows: whoever
    handed something in, and `people` (names by member id), sorted by name."""
    course = course or load_course()
    month = month or room.month
    handed_in = {one.exercise for one in room.work.submissions.values()}
    exercises = [one for one in course.exercises if (one.month_id == month if month else one.id in handed_in)]
    names = dict(people or {})
    tried: dict[tuple[str, str], list[Submission]] = {}
    for one in room.work.submissions.values():
        names.setdefault(one.by, one.name)
        tried.setdefault((one.by, one.exercise), []).append(one)
    rows = [_row(member, name, exercises, tried) for member, name in names.items()]
    rows.sort(key=lambda row: (row.name.casefold(), row.member))
    return Board(room.id, month, [BoardExercise(one.id, one.title, one.level) for one in exercises], rows)


def _row(
    member: str, name: str, exercises: list[Exercise], tried: Mapping[tuple[str, str], list[Submission]]
) -> BoardRow:
    cells = [cell(tried.get((member, exercise.id), [])) for exercise in exercises]
    return BoardRow(member, name, cells, sum(one.state == "passed" for one in cells))


def cell(submissions: list[Submission]) -> Cell:
    """What a member's submissions for one exercise, oldest first, come to. What the hub could not grade is no try."""
    submissions = [one for one in submissions if one.outcome != UNGRADED]
    if not submissions:
        return Cell()
    waiting = any(one.outcome is None for one in submissions)
    for tries, one in enumerate(submissions, 1):
        if one.outcome == "passed":
            return Cell("passed", tries, one.judged_at, one.id, waiting)
    judged = [one for one in submissions if one.outcome is not None]
    mistake = judged[-1].mistake if judged else None
    return Cell("tried", len(submissions), None, submissions[-1].id, waiting, mistake)
