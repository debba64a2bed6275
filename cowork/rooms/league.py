"""The league: how handed-in sources compare with the reference where speed or memory is the point.

The hub races every submission that has passed, on its own machine (`grader/proof/race.py`), so no client's figure is
believed, and ratios from different hubs can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cowork.permissions import RECORD, Member, require
from cowork.rooms.base import Command, Event, Fact, Feature, Job, Room, State
from cowork.rooms.submissions import Graded, SourceRemoved, Submissions
from exercises.load import load_course
from grader.race_result import TIE, Ratio


@dataclass(frozen=True)
class Entry:
    """A raced submission: the ratio of its CPU time, or of its loss after a training, to the reference's, and that of
    its peak memory where it was measured. `quantity` is "time" or "loss"."""

    submission: str
    ratio: Ratio
    memory: Ratio | None = None
    quantity: str = "time"


@dataclass(frozen=True)
class LeagueRow:
    """A member's best entry in an exercise. Entries that tie have the same rank."""

    rank: int
    member: str
    name: str
    entry: Entry


@dataclass
class League(State):
    """`waiting`: passed submissions without a result, by their exercise; `entries`: those that count."""

    waiting: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)

    def observe(self, room: Room, event: Event[Any]) -> None:
        match event.fact:
            case Graded(submission=id, outcome="passed") if not room[Submissions].all[id].private:
                self.waiting[id] = room[Submissions].all[id].exercise
            case SourceRemoved(submission=id):
                self.waiting.pop(id, None)

    def jobs(self, room: str) -> list[Job]:
        raced = {exercise.id for exercise in load_course().exercises if exercise.race_task}
        return [Job("race", room, id) for id, exercise in self.waiting.items() if exercise in raced]

    def table(self, room: Room, exercise: str) -> list[LeagueRow]:
        """Returns the best entry of each member in an exercise, the best first."""
        submissions = room[Submissions].all
        best: dict[str, Entry] = {}
        for entry in self.entries.values():
            submission = submissions[entry.submission]
            known = best.get(submission.by)
            if submission.exercise == exercise and (known is None or entry.ratio.median < known.ratio.median):
                best[submission.by] = entry
        entries = sorted(best.values(), key=lambda entry: entry.ratio.median)
        return [
            LeagueRow(rank, submissions[entry.submission].by, submissions[entry.submission].name, entry)
            for rank, entry in zip(_ranks([entry.ratio for entry in entries]), entries, strict=True)
        ]

    def exercises(self, room: Room) -> list[str]:
        """Returns the exercises that have an entry, in the order of their first one."""
        return list(dict.fromkeys(room[Submissions].all[id].exercise for id in self.entries))


def _ranks(ratios: Sequence[Ratio]) -> Iterable[int]:
    """Yields the ranks of sorted ratios. A ratio ties with the first of its rank if their intervals overlap."""
    first, rank = None, 0
    for place, ratio in enumerate(ratios, 1):
        if first is None or (ratio.low > first.high and ratio.median > first.median * (1 + TIE)):
            first, rank = ratio, place
        yield rank


class Raced(Fact, frozen=True, tag="raced"):
    """The result of a race; without `ratio`, the submission does not count."""

    submission: str
    ratio: Ratio | None = None
    memory: Ratio | None = None
    quantity: str = "time"

    def apply(self, room: Room, event: Event[Any]) -> None:
        league = room[League]
        league.waiting.pop(self.submission, None)
        if self.ratio is not None:
            league.entries[self.submission] = Entry(self.submission, self.ratio, self.memory, self.quantity)


class RecordRace(Command, frozen=True, tag="record race"):
    """Records the result of the hub's race. Only the hub sends it."""

    raced: Raced

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, RECORD, room.id)
        room[Submissions].find(self.raced.submission)
        return [self.raced] if self.raced.submission in room[League].waiting else []


FEATURE = Feature(
    state=League, commands=(RecordRace,), facts=(Raced,), cli="tui.cli.cowork.league", verbs=("league",)
)  # fmt: skip
