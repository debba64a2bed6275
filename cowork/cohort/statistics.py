"""Statistics over all rooms for organisers: progress by member and month, where people are stuck, common mistakes.

The export has them as JSON, and as CSV that a spreadsheet shows as text and never evaluates.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from cowork.rooms.board import Cell, build_cell
from cowork.rooms.submissions import UNGRADED, Submission
from exercises.course import Course

MIN_TRIES = 3  # tries without a pass after which a member counts as stuck
TriesByMember = dict[tuple[str, str], list[Submission]]  # (member, exercise): oldest first
# text that a spreadsheet evaluates as a formula (full-width characters too), with any number of quotes before it
FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


class MonthHeading(msgspec.Struct, frozen=True):
    id: str
    title: str
    exercises: int


class MemberProgress(msgspec.Struct, frozen=True):
    """A member's row: for each month in the course's order, how many exercises passed, and were only tried."""

    member: str
    name: str
    months: list[tuple[int, int]]
    passed: int


class StuckMember(msgspec.Struct, frozen=True):
    """`mistake`: the message of the member's last known mistake, "" if there was none."""

    member: str
    name: str
    tries: int
    mistake: str = ""


class StuckExercise(msgspec.Struct, frozen=True):
    """An exercise in which `people` are stuck; `who`: the first of them; `passed`: how many people passed it."""

    exercise: str
    title: str
    month: str
    people: int
    passed: int
    who: list[StuckMember]


class CommonMistake(msgspec.Struct, frozen=True):
    """A known mistake that `people` made, each counted once; `names`: some of them."""

    exercise: str
    title: str
    mistake: str
    says: str
    people: int
    names: list[str]


class Cohort(msgspec.Struct, frozen=True):
    months: list[MonthHeading]
    members: list[MemberProgress]
    stuck: list[StuckExercise]
    mistakes: list[CommonMistake]


def tries_by_member(submissions: Iterable[Submission]) -> TriesByMember:
    """Groups the submissions of all rooms by member and exercise."""
    tries: TriesByMember = {}
    for submission in sorted(submissions, key=lambda submission: submission.at):
        tries.setdefault((submission.by, submission.exercise), []).append(submission)
    return tries


def sorted_names(tries: TriesByMember, members: Mapping[str, str]) -> dict[str, str]:
    """Names by member id, sorted by name: those of `members`, and of submissions by people who are not among them."""
    names = {member: submissions[-1].name for (member, _), submissions in tries.items()} | dict(members)
    return dict(sorted(names.items(), key=lambda item: (item[1].casefold(), item[0])))


def build_cohort(tries: TriesByMember, members: Mapping[str, str], course: Course) -> Cohort:
    """`members`: the names, by id, of all who get a row even if they handed nothing in."""
    names = sorted_names(tries, members)
    cells = {key: build_cell(submissions) for key, submissions in tries.items()}
    return Cohort(
        [MonthHeading(month.id, month.title, len(month.exercises)) for month in course.months],
        [_member_progress(member, name, cells, course) for member, name in names.items()],
        _stuck_exercises(tries, cells, names, course),
        _common_mistakes(tries, names, course),
    )


def shorten(cohort: Cohort, max_people: int = 12, max_mistakes: int = 100) -> Cohort:
    """Shortens the lists for a screen: at most `max_people` names for each exercise and each mistake."""
    stuck = [replace(exercise, who=exercise.who[:max_people]) for exercise in cohort.stuck]
    mistakes = [replace(mistake, names=mistake.names[:max_people]) for mistake in cohort.mistakes[:max_mistakes]]
    return replace(cohort, stuck=stuck, mistakes=mistakes)


def _member_progress(member: str, name: str, cells: Mapping[tuple[str, str], Cell], course: Course) -> MemberProgress:
    months = []
    for month in course.months:
        states = [cells.get((member, exercise.id), Cell()).state for exercise in month.exercises]
        months.append((states.count("passed"), states.count("tried")))
    return MemberProgress(member, name, months, sum(passed for passed, _ in months))


def _stuck_exercises(
    tries: TriesByMember, cells: Mapping[tuple[str, str], Cell], names: Mapping[str, str], course: Course
) -> list[StuckExercise]:
    """The exercises with the most stuck people first."""
    stuck = []
    for exercise in course.exercises:
        here = {member: cell for (member, id), cell in cells.items() if id == exercise.id}
        who = [
            StuckMember(member, names[member], cell.tries, _last_mistake(tries[member, exercise.id]))
            for member, cell in here.items()
            if cell.state == "tried" and cell.tries >= MIN_TRIES
        ]
        if who:
            who.sort(key=lambda member: (-member.tries, member.name.casefold()))
            passed = sum(cell.state == "passed" for cell in here.values())
            stuck.append(StuckExercise(exercise.id, exercise.title, exercise.month_id, len(who), passed, who))
    return sorted(stuck, key=lambda each: (-each.people, -sum(member.tries for member in each.who)))


def _last_mistake(submissions: list[Submission]) -> str:
    return next((submission.mistake for submission in reversed(submissions) if submission.mistake), "")


def _common_mistakes(tries: TriesByMember, names: Mapping[str, str], course: Course) -> list[CommonMistake]:
    """The mistakes that the most people made first."""
    titles = {exercise.id: exercise.title for exercise in course.exercises}
    people: dict[tuple[str, str], dict[str, str]] = {}
    says: dict[tuple[str, str], str] = {}
    for (member, exercise), submissions in tries.items():
        for submission in submissions:
            if submission.mistake_id is not None and submission.outcome not in (None, UNGRADED):
                key = (exercise, submission.mistake_id)
                people.setdefault(key, {})[member] = names[member]
                says[key] = submission.mistake or submission.mistake_id
    mistakes = []
    for (exercise, id), who in people.items():
        title = titles.get(exercise, exercise)
        mistakes.append(CommonMistake(exercise, title, id, says[exercise, id], len(who), sorted(who.values())))
    return sorted(mistakes, key=lambda mistake: (-mistake.people, mistake.exercise, mistake.mistake))


class ExportRow(msgspec.Struct, frozen=True):
    """A member's result in an exercise; `passed_at` is ISO 8601 in UTC."""

    member: str
    name: str
    month: str
    exercise: str
    title: str
    level: str
    state: str
    tries: int
    passed_at: str
    mistake: str


def export_rows(tries: TriesByMember, members: Mapping[str, str], course: Course) -> list[ExportRow]:
    """A row for each member and each exercise, tried or not."""
    rows = []
    for member, name in sorted_names(tries, members).items():
        for exercise in course.exercises:
            cell = build_cell(tries[member, exercise.id]) if (member, exercise.id) in tries else Cell()
            passed_at = "" if cell.passed_at is None else _iso(cell.passed_at)
            rows.append(
                ExportRow(member, name, exercise.month_id, exercise.id, exercise.title, exercise.level,
                          cell.state, cell.tries, passed_at, cell.mistake or "")
            )  # fmt: skip
    return rows


def to_csv(rows: Iterable[Iterable[object]]) -> str:
    """Writes CSV with every cell quoted and formulas escaped."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        [escape_formula(str(cell)) for cell in row] for row in rows
    )
    return out.getvalue()


def escape_formula(text: str) -> str:
    """Adds "'" before a formula: a spreadsheet then shows the text."""
    return f"'{text}" if FORMULA.match(text) else text


def cohort_csv(tries: TriesByMember, members: Mapping[str, str], course: Course) -> str:
    return to_csv(
        [ExportRow.__struct_fields__, *(msgspec.structs.astuple(row) for row in export_rows(tries, members, course))]
    )


def cohort_json(tries: TriesByMember, members: Mapping[str, str], course: Course, now: float) -> str:
    cohort, rows = build_cohort(tries, members, course), export_rows(tries, members, course)
    export = {"version": 1, "made": _iso(now), "cohort": cohort, "lines": rows}
    return msgspec.json.format(msgspec.json.encode(export)).decode()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
