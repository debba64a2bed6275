"""What an organiser sees of all rooms: months by member, where people are stuck, which mistakes are common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from cowork.rooms.board import Cell, build_cell
from cowork.rooms.submissions import UNGRADED, Submission
from exercises.course import Course

MIN_TRIES = 3  # tries without a pass
TriesByMember = dict[tuple[str, str], list[Submission]]  # (member, exercise): oldest first


class MonthHeading(msgspec.Struct, frozen=True):
    id: str
    title: str
    exercises: int


class MemberProgress(msgspec.Struct, frozen=True):
    """A member's row: (passed, tried and not passed) for each month, in the course's order."""

    member: str
    name: str
    months: list[tuple[int, int]]
    passed: int


class StuckMember(msgspec.Struct, frozen=True):
    """`mistake`: what the last known mistake said, "" where none was known."""

    member: str
    name: str
    tries: int
    mistake: str = ""


class StuckExercise(msgspec.Struct, frozen=True):
    """An exercise that `people` have tried at least STUCK times each without a pass, `who` the first of them;
    `passed`: how many others have."""

    exercise: str
    title: str
    month: str
    people: int
    passed: int
    who: list[StuckMember]


class CommonMistake(msgspec.Struct, frozen=True):
    """A known mistake that caught `people`, each counted once however often; `names`: some of them."""

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
    """Submissions of all rooms by member and exercise: who works in two rooms is one person."""
    found: TriesByMember = {}
    for one in sorted(submissions, key=lambda one: one.at):
        found.setdefault((one.by, one.exercise), []).append(one)
    return found


def names_of(tried: TriesByMember, members: Mapping[str, str]) -> dict[str, str]:
    """Names by member id, sorted by name: those of the hub, and of the submissions of whoever it does not know."""
    names = {member: them[-1].name for (member, _), them in tried.items()} | dict(members)
    return dict(sorted(names.items(), key=lambda item: (item[1].casefold(), item[0])))


def cohort(tried: TriesByMember, members: Mapping[str, str], course: Course) -> Cohort:
    """`members`: names by id of all who shall have a row, whether or not they handed anything in."""
    names = names_of(tried, members)
    cells = {key: build_cell(them) for key, them in tried.items()}
    return Cohort(
        [MonthHeading(month.id, month.title, len(month.exercises)) for month in course.months],
        [_pupil(member, name, cells, course) for member, name in names.items()],
        _stuck(tried, cells, names, course),
        _mistakes(tried, names, course),
    )


def shortened(whole: Cohort, listed: int = 12, most: int = 100) -> Cohort:
    """The same for a screen: `listed` people of each exercise and mistake, `most` mistakes."""
    stuck = [replace(one, who=one.who[:listed]) for one in whole.stuck]
    mistakes = [replace(one, names=one.names[:listed]) for one in whole.mistakes[:most]]
    return replace(whole, stuck=stuck, mistakes=mistakes)


def _pupil(member: str, name: str, cells: Mapping[tuple[str, str], Cell], course: Course) -> MemberProgress:
    months = []
    for month in course.months:
        states = [cells.get((member, exercise.id), Cell()).state for exercise in month.exercises]
        months.append((states.count("passed"), states.count("tried")))
    return MemberProgress(member, name, months, sum(passed for passed, _ in months))


def _stuck(
    tried: TriesByMember, cells: Mapping[tuple[str, str], Cell], names: Mapping[str, str], course: Course
) -> list[StuckExercise]:
    """The exercises with the most people stuck first."""
    found = []
    for exercise in course.exercises:
        here = {member: one for (member, id), one in cells.items() if id == exercise.id}
        who = [
            StuckMember(member, names[member], one.tries, _last_mistake(tried[member, exercise.id]))
            for member, one in here.items()
            if one.state == "tried" and one.tries >= MIN_TRIES
        ]
        if who:
            who.sort(key=lambda one: (-one.tries, one.name.casefold()))
            passed = sum(one.state == "passed" for one in here.values())
            found.append(StuckExercise(exercise.id, exercise.title, exercise.month_id, len(who), passed, who))
    return sorted(found, key=lambda one: (-one.people, -sum(each.tries for each in one.who)))


def _last_mistake(submissions: list[Submission]) -> str:
    return next((one.mistake for one in reversed(submissions) if one.mistake), "")


def _mistakes(tried: TriesByMember, names: Mapping[str, str], course: Course) -> list[CommonMistake]:
    """The mistakes that caught the most people first."""
    titles = {exercise.id: exercise.title for exercise in course.exercises}
    caught: dict[tuple[str, str], dict[str, str]] = {}
    says: dict[tuple[str, str], str] = {}
    for (member, exercise), submissions in tried.items():
        for one in submissions:
            if one.mistake_id is not None and one.outcome not in (None, UNGRADED):
                key = (exercise, one.mistake_id)
                caught.setdefault(key, {})[member] = names[member]
                says[key] = one.mistake or one.mistake_id
    found = [
        CommonMistake(
            exercise, titles.get(exercise, exercise), mistake, says[exercise, mistake], len(who), sorted(who.values())
        )
        for (exercise, mistake), who in caught.items()
    ]
    return sorted(found, key=lambda one: (-one.people, one.exercise, one.mistake))
