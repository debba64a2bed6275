"""The league: how handed-in sources compare with the reference where speed or memory is the point.

The hub races every submission that has passed, on its own machine (`grader/proof/race.py`), so no client's figure is
believed, and ratios from different hubs can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cowork.permissions import MEMBERS, RECORD, Member, Right, require
from cowork.rooms.base import Command, Event, Fact, Feature, Job, Page, Room, State
from cowork.rooms.submissions import Graded, SourceRemoved, Submissions
from exercises.load import load_course
from grader.race_result import TIE, Ratio

JOIN_LEAGUE = Right("league", MEMBERS)


class Passed(NamedTuple):
    """A passed submission that was not raced yet."""

    exercise: str
    by: str


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
    """`waiting`: passed submissions without a result; `entries`: those that count; `unlisted`: the members who do not
    want to be listed. Their entries are not shown, and what they hand in is not raced meanwhile."""

    waiting: dict[str, Passed] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)

    def observe(self, room: Room, event: Event[Any]) -> None:
        match event.fact:
            case Graded(submission=id, outcome="passed") if not room[Submissions].all[id].private:
                self.waiting[id] = Passed(room[Submissions].all[id].exercise, room[Submissions].all[id].by)
            case SourceRemoved(submission=id):
                self.waiting.pop(id, None)

    def jobs(self, room: str) -> list[Job]:
        raced = {exercise.id for exercise in load_course().exercises if exercise.race_task}
        return [
            Job("race", room, id)
            for id, passed in self.waiting.items()
            if passed.exercise in raced and passed.by not in self.unlisted
        ]

    def table(self, room: Room, exercise: str) -> list[LeagueRow]:
        """Returns the best entry of each listed member in an exercise, the best first."""
        submissions = room[Submissions].all
        best: dict[str, Entry] = {}
        for entry in self.entries.values():
            submission = submissions[entry.submission]
            if submission.by in self.unlisted:
                continue
            known = best.get(submission.by)
            if submission.exercise == exercise and (known is None or entry.ratio.median < known.ratio.median):
                best[submission.by] = entry
        entries = sorted(best.values(), key=lambda entry: entry.ratio.median)
        return [
            LeagueRow(rank, submissions[entry.submission].by, submissions[entry.submission].name, entry)
            for rank, entry in zip(_ranks([entry.ratio for entry in entries]), entries, strict=True)
        ]

    def exercises(self, room: Room) -> list[str]:
        """Returns the exercises that have an entry of a listed member, in the order of their first one."""
        entered = [room[Submissions].all[id] for id in self.entries]
        return list(dict.fromkeys(each.exercise for each in entered if each.by not in self.unlisted))


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


class ListingChosen(Fact, frozen=True, tag="league listing"):
    """A member wants to be listed in the league, or does not."""

    listed: bool

    def apply(self, room: Room, event: Event[Any]) -> None:
        unlisted = room[League].unlisted
        unlisted.discard(event.by) if self.listed else unlisted.add(event.by)


class ChooseListing(Command, frozen=True, tag="choose league listing"):
    listed: bool

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, JOIN_LEAGUE, room.id)
        return [] if self.listed == (by.id not in room[League].unlisted) else [ListingChosen(self.listed)]


FEATURE = Feature(
    state=League, commands=(RecordRace, ChooseListing), facts=(Raced, ListingChosen), rights=(JOIN_LEAGUE,),
    cli="tui.cli.cowork.league", verbs=("league",),
    page=Page("league", "l", "League", "The fastest code of each member, where that is the point", "league:LeaguePage"),
)  # fmt: skip
