"""The board of a room: each member's state in a month's exercises, from the hub's verdicts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from cowork.rooms.base import Feature, Page, Room
from cowork.rooms.submissions import UNGRADED, Submission, Submissions
from exercises.course import Course
from exercises.load import load_course

CellState = Literal["nothing", "tried", "passed"]


class Cell(msgspec.Struct, frozen=True):
    """A member's state in one exercise. `tries`: the submissions up to the first pass, or all if none passed;
    `passed_at`: seconds since 1970; `submission`: the first that passed, or the last one; `waiting`: one of them is
    being graded."""

    state: CellState = "nothing"
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
    """A member's cells, one for each exercise of the board, in its order."""

    member: str
    name: str
    cells: list[Cell]
    passed: int


class Board(msgspec.Struct, frozen=True):
    room: str
    month: str | None
    exercises: list[BoardExercise]
    rows: list[BoardRow]


def build_board(
    room: Room, people: Mapping[str, str] | None = None, month: str | None = None, course: Course | None = None
) -> Board:
    """Builds the board of `month`, or of the room's month, or of all exercises that were handed in here. It has a row
    for each member who handed something in and for each of `people` (names by member id), sorted by name."""
    course = course or load_course()
    month = month or room.month
    submissions = room[Submissions].all.values()
    handed_in = {submission.exercise for submission in submissions}
    exercises = [
        exercise for exercise in course.exercises if (exercise.month_id == month if month else exercise.id in handed_in)
    ]
    names = dict(people or {})
    tries: dict[tuple[str, str], list[Submission]] = {}
    for submission in submissions:
        names.setdefault(submission.by, submission.name)
        tries.setdefault((submission.by, submission.exercise), []).append(submission)
    rows = []
    for member, name in names.items():
        cells = [build_cell(tries.get((member, exercise.id), [])) for exercise in exercises]
        rows.append(BoardRow(member, name, cells, sum(cell.state == "passed" for cell in cells)))
    rows.sort(key=lambda row: (row.name.casefold(), row.member))
    headings = [BoardExercise(exercise.id, exercise.title, exercise.level) for exercise in exercises]
    return Board(room.id, month, headings, rows)


def build_cell(submissions: list[Submission]) -> Cell:
    """Summarizes a member's submissions for an exercise, oldest first. Those that could not be graded do not count."""
    submissions = [submission for submission in submissions if submission.outcome != UNGRADED]
    if not submissions:
        return Cell()
    waiting = any(submission.outcome is None for submission in submissions)
    for tries, submission in enumerate(submissions, 1):
        if submission.outcome == "passed":
            return Cell("passed", tries, submission.judged_at, submission.id, waiting)
    graded = [submission for submission in submissions if submission.outcome is not None]
    mistake = graded[-1].mistake if graded else None
    return Cell("tried", len(submissions), None, submissions[-1].id, waiting, mistake)


FEATURE = Feature(
    cli="tui.cli.cowork.work", verbs=("board",),
    page=Page("board", "b", "Board", "The month's exercises, by member", "board:BoardPage"),
)  # fmt: skip
