"""The board of a room: each member's state in the month's and the assigned exercises, from the hub's verdicts alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from cowork.rooms.assignments import Assignments
from cowork.rooms.base import FORGOTTEN, Feature, Page, Room
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
    """`due`: the date (YYYY-MM-DD) of the exercise's assignment in the room, as a day in the time zone `zone`."""

    id: str
    title: str
    level: str
    due: str | None = None
    zone: str | None = None


class BoardRow(msgspec.Struct, frozen=True):
    """A member's cells, one for each exercise of the board, in its order. `passed` counts all of them, and
    `assigned_passed` those that are assigned."""

    member: str
    name: str
    cells: list[Cell]
    passed: int
    assigned_passed: int = 0


class Board(msgspec.Struct, frozen=True):
    room: str
    month: str | None
    exercises: list[BoardExercise]
    rows: list[BoardRow]
    assigned: int = 0  # exercises


def build_board(
    room: Room,
    people: Mapping[str, str] | None = None,
    month: str | None = None,
    course: Course | None = None,
    elsewhere: Iterable[Room] = (),
) -> Board:
    """Builds the board of `month`; else of the room's month, or of all exercises that were handed in here, and of those
    that are assigned here. It has a row for each member who handed something in and for each of `people` (names by
    member id), sorted by name, without those who had their data deleted. An assigned exercise of a different
    month is handed in to that month's room, so its submissions in the rooms `elsewhere` count too."""
    course = course or load_course()
    assignments = room[Assignments]
    submissions = [each for each in room[Submissions].all.values() if each.name != FORGOTTEN]
    chosen = month or room.month
    handed_in = {submission.exercise for submission in submissions}
    exercises = [
        exercise
        for exercise in course.exercises
        if (exercise.month_id == chosen if chosen else exercise.id in handed_in)
        or (month is None and assignments.of(exercise.id) is not None)
    ]
    names = dict(people or {})
    tries: dict[tuple[str, str], list[Submission]] = {}
    for submission in submissions:
        names.setdefault(submission.by, submission.name)
        tries.setdefault((submission.by, submission.exercise), []).append(submission)
    for other in elsewhere:
        for submission in other[Submissions].all.values() if other is not room else ():
            if assignments.of(submission.exercise) is not None:
                tries.setdefault((submission.by, submission.exercise), []).append(submission)
    rows = []
    assigned = {exercise.id for exercise in exercises if assignments.of(exercise.id) is not None}
    for member, name in names.items():
        cells = [_cell_in(room, tries.get((member, exercise.id), [])) for exercise in exercises]
        passed = [exercise.id for exercise, cell in zip(exercises, cells, strict=True) if cell.state == "passed"]
        rows.append(BoardRow(member, name, cells, len(passed), len(assigned.intersection(passed))))
    rows.sort(key=lambda row: (row.name.casefold(), row.member))
    headings = []
    for exercise in exercises:
        due = assignments.of(exercise.id)
        dates = (due.due, due.zone) if due is not None else ()
        headings.append(BoardExercise(exercise.id, exercise.title, exercise.level, *dates))
    return Board(room.id, chosen, headings, rows, len(assigned))


def _cell_in(room: Room, submissions: list[Submission]) -> Cell:
    """The cell of submissions to several rooms; `submission` is None unless it is in this room, where it is read."""
    cell = build_cell(sorted(submissions, key=lambda submission: submission.at))
    return cell if cell.submission in room[Submissions].all else msgspec.structs.replace(cell, submission=None)


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
