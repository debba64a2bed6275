"""The payloads that webhooks post: a sentence and data for programs, or a Discord message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from cowork.rooms.assignments import Assignments, AssignmentsWithdrawn, ExercisesAssigned
from cowork.rooms.base import Event, Room
from cowork.rooms.break_it import AttemptFinished, Attempts
from cowork.rooms.chat import MessageSent
from cowork.rooms.live_meeting import MeetingStarted
from cowork.rooms.meeting_series import SeriesChanged, SeriesCut, SeriesPlanned
from cowork.rooms.meetings import MeetingCancelled, MeetingPlanned, Meetings
from cowork.rooms.reminders import AssignmentsReminded, MeetingReminded
from cowork.rooms.review import ReviewRequested
from cowork.rooms.submissions import Graded, Submissions
from exercises.load import load_course

Kind = Literal["pass", "review", "meeting", "assignment", "break", "message", "test"]
MEETING_CHANGES = {MeetingPlanned: "Meeting planned", MeetingCancelled: "Meeting cancelled",
                   MeetingStarted: "The meeting has started", MeetingReminded: "Reminder"}  # fmt: skip
SERIES_CHANGES = {SeriesPlanned: "Meetings planned", SeriesCut: "Meetings cancelled",
                  SeriesChanged: "Meetings changed"}  # fmt: skip
MAX_QUOTE = 300  # characters
MAX_TITLES = 5  # exercises whose titles a sentence contains
MAX_CONTENT = 2_000  # characters that Discord accepts
MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:@/=^$])")


class WebhookEvent(msgspec.Struct, frozen=True):
    """An event as it is posted. `about`: the exercise or the meeting's title; `starts`: when the meeting starts, in
    seconds since 1970; `exercises`: those that are assigned, due at the end of the day `due` (YYYY-MM-DD)."""

    kind: Kind
    room: str
    room_title: str
    seq: int
    at: float
    name: str
    says: str
    about: str | None = None
    starts: float | None = None
    exercises: tuple[str, ...] = ()
    due: str | None = None


def webhook_event(room: Room, event: Event[Any]) -> WebhookEvent | None:
    """Returns the payload of an event that the room has applied; None for kinds that are not posted."""
    kind: Kind
    name = event.name
    about: str | None = None
    starts: float | None = None
    exercises: tuple[str, ...] = ()
    due: str | None = None
    match event.fact:
        case Graded(outcome="passed", submission=id):
            kind, name, about = "pass", room[Submissions].all[id].name, room[Submissions].all[id].exercise
            says = f"{name} has passed {_title(about)}."
        case ReviewRequested(submission=id, asks=asks):
            kind, about = "review", room[Submissions].all[id].exercise
            says = f"{name} asks for a review of {_title(about)}{_quoted(asks)}"
        case AttemptFinished(outcome="broke", attempt=id):
            attempt = room[Attempts].all[id]
            submission = room[Submissions].all[attempt.submission]
            kind, name, about = "break", attempt.name, submission.exercise
            whose = "their own" if attempt.own else f"{submission.name}'s"
            says = f"{name} broke {whose} {_title(about)}."
        case (
            MeetingPlanned(meeting=id)
            | MeetingCancelled(meeting=id)
            | MeetingStarted(meeting=id)
            | MeetingReminded(meeting=id)
        ):
            about, starts = room[Meetings].all[id].title, room[Meetings].all[id].starts
            kind, says = "meeting", f"{MEETING_CHANGES[type(event.fact)]}: {about}"
        case SeriesPlanned(series=id) | SeriesCut(series=id) | SeriesChanged(series=id):
            series, meetings = room[Meetings].series[id], room[Meetings].of_series(id)
            concerned = meetings if isinstance(event.fact, SeriesPlanned) else [
                meeting for meeting in meetings if meeting.id in event.fact.meetings
            ]  # fmt: skip
            about, starts = series.title, min(meeting.starts for meeting in concerned)
            count = f"{len(concerned)} meeting{'s' * (len(concerned) != 1)}"
            kind, says = "meeting", f"{SERIES_CHANGES[type(event.fact)]}: {about} ({series.rule.text()}, {count})"
        case ExercisesAssigned(exercises=exercises, due=due):
            moved = all(room[Assignments].all[exercise].previous for exercise in exercises)
            does = "changes the date of assignments" if moved else "assigns exercises"
            kind, says = "assignment", f"{name} {does}, due {due}: {_titles(exercises)}"
        case AssignmentsWithdrawn(exercises=exercises):
            kind, says = "assignment", f"{name} withdraws assignments: {_titles(exercises)}"
        case AssignmentsReminded(exercises=exercises, due=due):
            kind, says = "assignment", f"Reminder of assignments, due {due}: {_titles(exercises)}"
        case MessageSent(text=text):
            kind, says = "message", f"{name}{_quoted(text)}"
        case _:
            return None
    return WebhookEvent(kind, room.id, room.title, event.seq, event.at, name, says, about, starts, exercises, due)


def _titles(exercises: Sequence[str]) -> str:
    """Returns the exercises' titles, of many the first ones and a number."""
    titles = [_title(exercise) for exercise in exercises[:MAX_TITLES]]
    if more := len(exercises) - len(titles):
        titles.append(f"{more} more")
    return "; ".join(titles)


def _title(exercise: str) -> str:
    return next((known.title for known in load_course().exercises if known.id == exercise), exercise)


def _quoted(text: str) -> str:
    """Returns a text on one line, after a colon."""
    line = " ".join(text.split())
    return "." if not line else f": {line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1] + '…'}"


def discord(events: Sequence[WebhookEvent]) -> dict[str, Any]:
    """Returns a message for Discord. Members' text is escaped and mentions nobody; Discord shows times in the reader's
    time zone."""
    lines = []
    for event in events:
        when = "" if event.starts is None else f" <t:{int(event.starts)}:F>"
        lines.append(f"**{escaped(event.room_title)}** {escaped(event.says)}{when}")
    kept: list[str] = []
    for line in lines:
        if sum(len(kept_line) + 1 for kept_line in kept) + len(line) > MAX_CONTENT - 20:
            kept.append(f"… and {len(lines) - len(kept)} more")
            break
        kept.append(line)
    return {"content": "\n".join(kept), "allowed_mentions": {"parse": []}, "flags": 4}  # 4: no link previews


def escaped(text: str) -> str:
    """Returns text in which Markdown has no effect."""
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))
