"""Formats the rows of a meeting's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from textual.content import Content

from cowork.mentions import NOBODY, Mentionable
from cowork.rooms.base import Room
from cowork.rooms.meeting_replies import describe_replies
from cowork.rooms.meeting_state import Entry, Meeting
from cowork.rooms.meetings import Meetings
from tui.formatting import clean, duration, local_time, plural
from tui.widgets.cowork.entries import MUTED
from tui.widgets.cowork.mention_text import with_mentions

Kind = Literal["text", "presenter", "reply", "question", "insight", "notes"]


@dataclass(frozen=True)
class MeetingRow:
    """A row of the page; `seq` is the number of the question or the insight."""

    id: str
    kind: Kind
    content: Content
    seq: int = 0


def meeting_rows(
    meeting: Meeting,
    state: Meetings,
    me: str,
    now: datetime,
    waits: Sequence[Content] = (),
    who: Mentionable = NOBODY,
) -> Iterator[MeetingRow]:
    """Yields the heading, presenter, replies, agenda, questions, insights and notes; `waits`: reviews that have waited
    long; `who`: those who can be mentioned."""
    yield MeetingRow("head", "text", head(meeting, now, _position(meeting, state)))
    yield MeetingRow("presenter", "presenter", _presenter(meeting, me))
    if meeting.ended is None and not meeting.cancelled:
        yield MeetingRow("reply", "reply", _replies(meeting, me))
    yield _heading("agenda", "Agenda")
    for i, item in enumerate(meeting.agenda):
        yield MeetingRow(f"item-{i}", "text", Content.assemble(("· ", "$accent"), clean(item)))
    if waits:
        yield _heading("waits", "Waiting for review for more than three days (press v)")
    for i, wait in enumerate(waits):
        yield MeetingRow(f"wait-{i}", "text", wait)
    open_count = sum(not question.answered for question in meeting.questions.values())
    yield _heading("questions", f"Questions ({open_count} open)" if meeting.questions else "Questions (press a to ask)")
    for question in meeting.ranked():
        yield MeetingRow(f"q{question.seq}", "question", _question(question, me, who), question.seq)
    yield _heading("insights", "Key insights" if meeting.insights else "Key insights (press i to add)")
    for insight in meeting.insights.values():
        text = with_mentions(clean(insight.text), who)
        content = Content.assemble(("★ ", "$accent"), text, (f"  {clean(insight.name)}", MUTED))
        yield MeetingRow(f"i{insight.seq}", "insight", content, insight.seq)
    last = meeting.versions[-1] if meeting.versions else None
    by = f" (version {last.number}, {clean(last.name)})" if last is not None else ""
    yield _heading("notes-heading", f"Notes{by}")
    empty = Content.styled("No notes yet. Press n to write.", MUTED)
    yield MeetingRow("notes", "notes", with_mentions(clean(meeting.notes), who) if meeting.notes else empty)


def head(meeting: Meeting, now: datetime, position: str = "") -> Content:
    """Formats the title, state, time, place and position among the room's meetings."""
    begins = local_time(meeting.starts, now)
    when = f"{_date(begins)}, {duration(meeting.minutes)}"
    place = f" · {clean(meeting.place)}" if meeting.place else ""
    present = f" · {plural(len(meeting.attended), 'person', 'people')} here" if meeting.goes_on else ""
    state, style = _state(meeting)
    return Content.assemble(
        (clean(meeting.title), "bold $primary"),
        (f"  {state}{present}", f"bold {style}"),
        (f"\n{when}{place}{position}", MUTED),
    )


def about_month(room: Room | None, rooms: Mapping[str, Room], now: datetime) -> str:
    """Returns a line about the meeting of a series in a different room that is about the month of this room, or ""."""
    if room is None or room.month is None:
        return ""
    for other in rooms.values():
        for meeting in other[Meetings].listed():
            if other is not room and meeting.month == room.month and meeting.ended is None:
                begins = local_time(meeting.starts, now)
                return f"\n\nThis month's meeting is in {clean(other.title)}: {_date(begins)}."
    return ""


def _date(begins: datetime) -> str:
    return f"{begins:%A} {begins.day} {begins:%B}, {begins:%H:%M}"


def _position(meeting: Meeting, state: Meetings) -> str:
    """Returns the line about the rule and the room's other meetings, "" if there is none."""
    meetings = state.listed()
    rule = state.series[meeting.series].rule.text() if meeting.series else ""
    parts = [f"Repeats: {rule}" + ", moved" * (meeting.starts != meeting.original)] if rule else []
    if len(meetings) > 1 and meeting in meetings:
        parts.append(f"meeting {meetings.index(meeting) + 1} of {len(meetings)}; ← → show the others")
    return f"\n{' · '.join(parts)}" if parts else ""


def _replies(meeting: Meeting, me: str) -> Content:
    reply = meeting.replies.get(me)
    mine = reply.comes if reply is not None and reply.starts == meeting.starts else None
    text = f"you: {mine}" if mine else "you have not replied; press w"
    replies = describe_replies(meeting)
    return Content.assemble(
        ("Coming     ", MUTED), (text, "bold" if mine else "$text-warning"),
        (f"  {clean(replies)}" if replies else "", MUTED),
    )  # fmt: skip


def _state(meeting: Meeting) -> tuple[str, str]:
    if meeting.cancelled:
        return "cancelled", "$text-error"
    if meeting.goes_on:
        return "● in progress", "$text-success"
    return ("over", MUTED) if meeting.ended is not None else ("planned", "$text-accent")


def _presenter(meeting: Meeting, me: str) -> Content:
    presenter = meeting.presenter
    if presenter is None:
        text = "nobody yet; press y to present"
        return Content.assemble(("Presenter  ", MUTED), (text, "$text-warning"))
    you = " (you)" if presenter.member == me else ""
    return Content.assemble(("Presenter  ", MUTED), (f"{clean(presenter.name)}{you}", "bold"))


def _question(question: Entry, me: str, who: Mentionable) -> Content:
    mark = "✓" if question.answered else "▲" if me in question.votes else "△"
    style = MUTED if question.answered else "$text-accent"
    text = with_mentions(clean(question.text), who)
    if question.answered:
        text = text.stylize_before(MUTED)
    return Content.assemble(
        (f"{mark} {len(question.votes):>2}  ", style), text,
        (f"  {clean(question.name)}", MUTED),
    )  # fmt: skip


def _heading(id: str, text: str) -> MeetingRow:
    return MeetingRow(id, "text", Content.styled(f"\n{text}", "bold $accent"))


def merge_notes(base: str, mine: str, theirs: str) -> str:
    """Returns `theirs` with the lines that `mine` adds to `base`.

    Added lines go after the line that they followed, or at the end if `theirs` no longer has it. Removals in `mine`
    are ignored.
    """
    import difflib

    base_lines, my_lines = base.split("\n"), mine.split("\n")
    result = theirs.split("\n") if theirs else []
    for tag, start, _, first, last in reversed(
        difflib.SequenceMatcher(None, base_lines, my_lines, autojunk=False).get_opcodes()
    ):
        added = my_lines[first:last] if tag in ("insert", "replace") else []
        if not any(line.strip() for line in added) or added == result[-len(added) :]:
            continue
        previous = base_lines[start - 1] if start else None
        if previous is None and start == 0 and base:
            result[:0] = added
        elif previous in result:
            position = len(result) - result[::-1].index(previous)
            result[position:position] = added
        else:
            result += added
    return "\n".join(result)
