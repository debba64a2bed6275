"""What the page of a meeting shows, line by line. Made of a meeting, drawn by nobody here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Literal

from textual.content import Content

from tui.formatting import clean, duration, plural
from tui.widgets.cowork.entries import MUTED

if TYPE_CHECKING:
    from cowork.rooms.meetings import Entry, Meeting

Kind = Literal["still", "presenter", "question", "insight", "notes"]


@dataclass(frozen=True)
class Part:
    """A line of the page; `seq`: the question's or the insight's."""

    id: str
    kind: Kind
    content: Content
    seq: int = 0


def parts(meeting: Meeting, me: str, zone: tzinfo | None) -> Iterator[Part]:
    """Head, agenda, presenter, questions, insights, notes."""
    yield Part("head", "still", head(meeting, zone))
    yield Part("presenter", "presenter", _presenter(meeting, me))
    yield _heading("agenda", "Agenda")
    for i, item in enumerate(meeting.agenda):
        yield Part(f"item-{i}", "still", Content.assemble(("· ", "$accent"), clean(item)))
    open_ones = sum(not one.answered for one in meeting.questions.values())
    yield _heading("questions", f"Questions ({open_ones} open)" if meeting.questions else "Questions (a asks one)")
    for one in meeting.ranked():
        yield Part(f"q{one.seq}", "question", _question(one, me), one.seq)
    yield _heading("insights", "Key insights" if meeting.insights else "Key insights (i adds one)")
    for one in meeting.insights.values():
        content = Content.assemble(("★ ", "$accent"), clean(one.text), (f"  {clean(one.name)}", MUTED))
        yield Part(f"i{one.seq}", "insight", content, one.seq)
    last = meeting.versions[-1] if meeting.versions else None
    by = f" (version {last.number}, {clean(last.name)})" if last is not None else ""
    yield _heading("notes-heading", f"Notes{by}")
    text = clean(meeting.notes) or "Nothing is written yet: n writes."
    yield Part("notes", "notes", Content.styled(text, "" if meeting.notes else MUTED))


def head(meeting: Meeting, zone: tzinfo | None) -> Content:
    """Title, when and where, and whether it goes on."""
    begins = datetime.fromtimestamp(meeting.starts, zone)
    when = f"{begins:%A} {begins.day} {begins:%B}, {begins:%H:%M}, {duration(meeting.minutes)}"
    place = f" · {clean(meeting.place)}" if meeting.place else ""
    here = f" · {plural(len(meeting.attended), 'person', 'people')} here" if meeting.goes_on else ""
    state, style = _state(meeting)
    return Content.assemble(
        (clean(meeting.title), "bold $primary"), (f"  {state}{here}", f"bold {style}"), (f"\n{when}{place}", MUTED)
    )


def _state(meeting: Meeting) -> tuple[str, str]:
    if meeting.cancelled:
        return "cancelled", "$text-error"
    if meeting.goes_on:
        return "● goes on", "$text-success"
    return ("over", MUTED) if meeting.ended is not None else ("planned", "$text-accent")


def _presenter(meeting: Meeting, me: str) -> Content:
    one = meeting.presenter
    if one is None:
        words = "nobody yet; y takes it"
        return Content.assemble(("Presenter  ", MUTED), (words, "$text-warning"))
    own = " (you)" if one.member == me else ""
    return Content.assemble(("Presenter  ", MUTED), (f"{clean(one.name)}{own}", "bold"))


def _question(one: Entry, me: str) -> Content:
    mark = "✓" if one.answered else "▲" if me in one.votes else "△"
    style = MUTED if one.answered else "$text-accent"
    return Content.assemble(
        (f"{mark} {len(one.votes):>2}  ", style), (clean(one.text), MUTED if one.answered else ""),
        (f"  {clean(one.name)}", MUTED),
    )  # fmt: skip


def _heading(id: str, words: str) -> Part:
    return Part(id, "still", Content.styled(f"\n{words}", "bold $accent"))


def merged(base: str, mine: str, theirs: str) -> str:
    """Their notes, with the lines that one has added to `base` oneself: each after the line that it followed, where
    that one is there still, else at the end. What one removed stays."""
    import difflib

    before, own = base.split("\n"), mine.split("\n")
    result = theirs.split("\n") if theirs else []
    for tag, start, _, first, last in reversed(
        difflib.SequenceMatcher(None, before, own, autojunk=False).get_opcodes()
    ):
        added = own[first:last] if tag in ("insert", "replace") else []
        if not any(line.strip() for line in added) or added == result[-len(added) :]:
            continue
        follows = before[start - 1] if start else None
        if follows is None and start == 0 and base:
            result[:0] = added
        elif follows in result:
            at = len(result) - result[::-1].index(follows)
            result[at:at] = added
        else:
            result += added
    return "\n".join(result)
