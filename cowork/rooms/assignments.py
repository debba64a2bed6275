"""Assignments: an organiser sets exercises with a date by which the room's members should pass them.

A date is a day in the room's time zone, and an exercise is due at the end of that day. The command computes the moments
that follow from the date, so that all hubs and clients have the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cowork import time_zones
from cowork.permissions import ORGANISERS, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room, State
from exercises.load import load_course

ASSIGN = Right("assign", ORGANISERS)
MAX_EXERCISES = 200  # in one command
MAX_DAYS_AHEAD = 5 * 366
REMINDER_HOUR = 9  # of the day before


@dataclass
class Assignment:
    """An exercise that is due on the day `due` (YYYY-MM-DD) in `zone`. `ends`: the end of that day; `remind_at`: the
    time of the reminder, both in seconds since 1970. `seq`: the event that set the date; `previous`: the date before,
    "" for the first; `reminded`: the event of the reminder of this date, 0 before it; `withdrawn`: the event that
    withdrew the assignment, 0 if it stands."""

    exercise: str
    due: str
    zone: str
    ends: float
    remind_at: float
    seq: int
    at: float
    by: str
    name: str
    previous: str = ""
    reminded: int = 0
    reminded_at: float = 0.0
    withdrawn: int = 0
    withdrawn_at: float = 0.0
    withdrawn_by: str = ""  # a name

    def needs_reminder(self, now: float) -> bool:
        return not self.withdrawn and not self.reminded and self.remind_at <= now < self.ends


@dataclass
class Assignments(State):
    """`zone`: the room's time zone, "" before the first assignment; `all`: by the exercise's id."""

    zone: str = ""
    all: dict[str, Assignment] = field(default_factory=dict)

    def open(self) -> list[Assignment]:
        """The assignments that were not withdrawn, by date, then in the order in which they were set."""
        return sorted((each for each in self.all.values() if not each.withdrawn), key=lambda each: each.ends)

    def of(self, exercise: str) -> Assignment | None:
        """The assignment of an exercise, unless it was withdrawn."""
        assignment = self.all.get(exercise)
        return assignment if assignment is not None and not assignment.withdrawn else None


class ExercisesAssigned(Fact, frozen=True, tag="assigned"):
    """Sets the date of exercises, or changes it. See `Assignment`."""

    exercises: tuple[str, ...]
    due: str
    zone: str
    ends: float
    remind_at: float

    def apply(self, room: Room, event: Event[Any]) -> None:
        state = room[Assignments]
        state.zone = self.zone
        for exercise in self.exercises:
            before = state.of(exercise)
            state.all[exercise] = Assignment(
                exercise, self.due, self.zone, self.ends, self.remind_at, event.seq, event.at, event.by, event.name,
                before.due if before is not None else "",
            )  # fmt: skip


class AssignmentsWithdrawn(Fact, frozen=True, tag="assignments withdrawn"):
    exercises: tuple[str, ...]

    def apply(self, room: Room, event: Event[Any]) -> None:
        for exercise in self.exercises:
            assignment = room[Assignments].all[exercise]
            assignment.withdrawn, assignment.withdrawn_at = event.seq, event.at
            assignment.withdrawn_by = event.name


class AssignExercises(Command, frozen=True, tag="assign"):
    """Sets the date (YYYY-MM-DD) by which exercises are due, or changes it. `zone` becomes the room's time zone; if it
    is empty, the room keeps the one that it has, at first UTC."""

    exercises: tuple[str, ...]
    due: str
    zone: str = ""

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, ASSIGN, room.id)
        exercises = _check_exercises(self.exercises)
        zone = time_zones.find_zone(self.zone or room[Assignments].zone or time_zones.UTC).key
        day, today = parse_date(self.due), time_zones.day_at(zone, now)
        if day < today:
            raise Refusal("date", f"{day} is in the past: today is {today} in {zone}.")
        if day > today + timedelta(days=MAX_DAYS_AHEAD):
            raise Refusal("date", f"{day} is more than five years ahead.")
        ends = time_zones.at_time(zone, day + timedelta(days=1))
        remind_at = time_zones.at_time(zone, day - timedelta(days=1), REMINDER_HOUR)
        known = room[Assignments]
        changed = [exercise for exercise in exercises if not _is_same(known.of(exercise), day, zone)]
        return [ExercisesAssigned(tuple(changed), day.isoformat(), zone, ends, remind_at)] if changed else []


class WithdrawAssignments(Command, frozen=True, tag="withdraw assignments"):
    """Withdraws the assignments of exercises; what members passed stays."""

    exercises: tuple[str, ...]

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, ASSIGN, room.id)
        known = room[Assignments]
        unknown = [exercise for exercise in self.exercises if exercise not in known.all]
        if unknown:
            raise Refusal("unknown", f"{unknown[0][:40]!r} is not assigned in {room.title}.")
        standing = tuple(dict.fromkeys(each for each in self.exercises if known.of(each) is not None))
        return [AssignmentsWithdrawn(standing)] if standing else []


def parse_date(text: str) -> date:
    """Reads a date such as 2026-11-26. Raises Refusal("date")."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("date", f"{text[:40]!r} is not a date. Write it as YYYY-MM-DD, such as 2026-11-26.") from None


def days_left(assignment: Assignment, now: float) -> int:
    """Returns the number of days until the date: 0 on the day itself, negative when it is over."""
    return (date.fromisoformat(assignment.due) - time_zones.day_at(assignment.zone, now)).days


def _check_exercises(exercises: Iterable[str]) -> list[str]:
    """Returns the exercises, each once. Raises Refusal."""
    unique = list(dict.fromkeys(exercises))
    if not 1 <= len(unique) <= MAX_EXERCISES:
        raise Refusal("input", f"Assign 1 to {MAX_EXERCISES} exercises at once.")
    known = {exercise.id for exercise in load_course().exercises}
    for exercise in unique:
        if exercise not in known:
            raise Refusal("unknown", f"The hub's course has no exercise {exercise[:40]!r}.")
    return unique


def _is_same(assignment: Assignment | None, day: date, zone: str) -> bool:
    return assignment is not None and (assignment.due, assignment.zone) == (day.isoformat(), zone)


FEATURE = Feature(
    state=Assignments, commands=(AssignExercises, WithdrawAssignments),
    facts=(ExercisesAssigned, AssignmentsWithdrawn), rights=(ASSIGN,),
    cli="tui.cli.cowork.assign", verbs=("assign", "assignments"),
)  # fmt: skip
