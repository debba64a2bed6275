"""Meetings that repeat. An organiser plans a series by a rule; each of its meetings can be moved or cancelled alone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from cowork import sanitize
from cowork.permissions import Member, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room
from cowork.rooms.meeting_state import Meeting, Participant, Series
from cowork.rooms.meetings import (
    ERASED_TITLE,
    ORGANISE,
    Meetings,
    agenda_of,
    check_minutes,
    check_time,
    clean_agenda,
    clean_place,
)
from cowork.rooms.recurrence import Rule, start_times
from cowork.time_zones import find_zone
from exercises.load import load_course

MAX_TIMES = 60
TIMES_WITHOUT_OUTLINE, DEFAULT_MINUTES = 12, 90


class Occurrence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A meeting of a series. `title` and `agenda` are None where they are the series' own."""

    starts: float
    month: str | None = None
    title: str | None = None
    agenda: tuple[str, ...] | None = None


class SeriesPlanned(Fact, frozen=True, tag="series planned"):
    """Adds a series with all its meetings, whose ids are the series' id and their number, counted from 1."""

    series: str
    rule: Rule
    zone: str
    title: str
    minutes: int
    place: str
    agenda: tuple[str, ...]
    occurrences: tuple[Occurrence, ...]

    def erased(self) -> Fact:
        occurrences = tuple(Occurrence(each.starts, each.month) for each in self.occurrences)
        return msgspec.structs.replace(self, title=ERASED_TITLE, place="", agenda=(), occurrences=occurrences)

    def apply(self, room: Room, event: Event[Any]) -> None:
        state = room[Meetings]
        state.series[self.series] = Series(
            self.series, self.rule, self.zone, self.title, self.minutes, self.place, self.agenda
        )
        for number, occurrence in enumerate(self.occurrences, 1):
            id = f"{self.series}-{number}"
            title = self.title if occurrence.title is None else occurrence.title
            agenda = self.agenda if occurrence.agenda is None else occurrence.agenda
            state.all[id] = Meeting(
                id, title, occurrence.starts, self.minutes, self.place, agenda, event.at,
                planner=Participant(event.by, event.name), series=self.series, original=occurrence.starts,
                month=occurrence.month,
            )  # fmt: skip


class SeriesCut(Fact, frozen=True, tag="series cut"):
    """Cancels these meetings of a series."""

    series: str
    meetings: tuple[str, ...]

    def apply(self, room: Room, event: Event[Any]) -> None:
        for id in self.meetings:
            meeting = room[Meetings].all[id]
            meeting.cancelled = True
            meeting.change_plan(event)


class SeriesChanged(Fact, frozen=True, tag="series changed"):
    """Changes the length and the place of these meetings of a series."""

    series: str
    meetings: tuple[str, ...]
    minutes: int
    place: str

    def erased(self) -> Fact:
        return msgspec.structs.replace(self, place="")

    def apply(self, room: Room, event: Event[Any]) -> None:
        state = room[Meetings]
        state.series[self.series].minutes, state.series[self.series].place = self.minutes, self.place
        for id in self.meetings:
            meeting = state.all[id]
            meeting.minutes, meeting.place = self.minutes, self.place
            meeting.change_plan(event)


class PlanSeries(Command, frozen=True, tag="plan series"):
    """Plans meetings that repeat by `rule`, from the local time `first` ("2026-12-03T18:30") in `zone` on.

    In a room of no month, the meetings follow the outline of the course, from its month `month` on, and by default
    there are as many `times` as months. An `agenda` is the same for all. They last 90 minutes by default. `replaces` is
    the id of a meeting of an existing series: it and the later ones of its series are cancelled, and the new ones
    continue the outline, with the same title, length and place unless others are given.
    """

    rule: Rule
    first: str
    zone: str
    times: int | None = None
    minutes: int | None = None
    place: str | None = None
    title: str = ""
    agenda: tuple[str, ...] | None = None
    month: str | None = None
    replaces: str | None = None

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, ORGANISE, room.id)
        self.rule.check()
        replaced = _from_here_on(room, self.replaces) if self.replaces is not None else []
        old = room[Meetings].series[replaced[0].series] if replaced else None
        default_title = f"Meeting: {room.title}"[: sanitize.MAX_LINE]
        given = self.title.strip() or (old.title if old is not None and old.title != default_title else "")
        minutes = self.minutes if self.minutes is not None else old.minutes if old is not None else DEFAULT_MINUTES
        check_minutes(minutes)
        place = self.place if self.place is not None else old.place if old is not None else ""
        outline = self._outline(room, replaced)
        times = self.times if self.times is not None else len(replaced) or len(outline) or TIMES_WITHOUT_OUTLINE
        if not 1 <= times <= MAX_TIMES:
            raise Refusal("input", f"A series has 1 to {MAX_TIMES} meetings.")
        try:
            first = datetime.fromisoformat(self.first).replace(tzinfo=None)
            starts = start_times(self.rule, first, find_zone(self.zone), times)
        except (ValueError, OverflowError):
            raise Refusal("input", "Write the first meeting's local time such as 2026-12-03T18:30.") from None
        check_time(starts[0], now)
        check_time(starts[-1], now)
        base = sanitize.line(given, label="A title") if given else "Meeting"
        months = {month.id: month for month in load_course().months}
        occurrences = [Occurrence(at, room.month) for at in starts]
        for number, id in enumerate(outline[:times]):
            title = f"{base}: {months[id].title}"[: sanitize.MAX_LINE]
            occurrences[number] = Occurrence(starts[number], id, title, agenda_of(id) if self.agenda is None else None)
        agenda = clean_agenda(self.agenda if self.agenda is not None else agenda_of(room.month))
        planned = SeriesPlanned(
            secrets.token_hex(6), self.rule, self.zone, base if given else default_title, minutes,
            clean_place(place), agenda, tuple(occurrences),
        )  # fmt: skip
        return [SeriesCut(replaced[0].series, tuple(m.id for m in replaced)), planned] if replaced else [planned]

    def _outline(self, room: Room, replaced: list[Meeting]) -> list[str]:
        """The course's months that the meetings are about, in order."""
        ids = [month.id for month in load_course().months if month.offset is not None]
        if room.month is not None:
            if self.month is not None:
                raise Refusal("input", f"This room is about {room.title}: plan the course's meetings in the lobby.")
            return []
        first = self.month if self.month is not None else next((m.month for m in replaced), ids[0])
        if first is None:  # the outline had ended before the meetings that are replaced
            return []
        if first not in ids:
            raise Refusal("input", f"{first[:40]!r} is not a month of the course: choose one of {', '.join(ids)}.")
        return ids[ids.index(first) :]


class CutSeries(Command, frozen=True, tag="cut series"):
    """Cancels a meeting and all later ones of its series."""

    meeting: str

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, ORGANISE, room.id)
        meetings = _from_here_on(room, self.meeting)
        return [SeriesCut(meetings[0].series, tuple(meeting.id for meeting in meetings))] if meetings else []


class ChangeSeries(Command, frozen=True, tag="change series"):
    """Changes the length and the place of a meeting and of all later ones of its series."""

    meeting: str
    minutes: int
    place: str

    def decide(self, room: Room, by: Member, now: float) -> Sequence[Fact]:
        require(by, ORGANISE, room.id)
        check_minutes(self.minutes)
        place = clean_place(self.place)
        meetings = [m for m in _from_here_on(room, self.meeting) if (m.minutes, m.place) != (self.minutes, place)]
        if not meetings:
            return []
        return [SeriesChanged(meetings[0].series, tuple(m.id for m in meetings), self.minutes, place)]


def _from_here_on(room: Room, id: str) -> list[Meeting]:
    """The meeting and the later ones of its series that have not started and are not cancelled. Raises Refusal."""
    meeting = room[Meetings].find(id)
    if not meeting.series:
        raise Refusal("input", "This meeting does not repeat.")
    meetings = room[Meetings].of_series(meeting.series)
    return [m for m in meetings if m.original >= meeting.original and m.started is None and not m.cancelled]


FEATURE = Feature(
    commands=(PlanSeries, CutSeries, ChangeSeries), facts=(SeriesPlanned, SeriesCut, SeriesChanged),
)  # fmt: skip
