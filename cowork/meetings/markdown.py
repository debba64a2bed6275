"""A meeting as a page in Markdown. What people wrote cannot become a heading, a link or HTML of the page; their lists
and code blocks stay."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from cowork.rooms.meetings import Entry, Meeting

ACTIVE = re.compile(r"[\\`*_\[\]<>&|~$]")  # means something anywhere in a line
START = re.compile(r"[#+\-=:]|\d+(?=[.)])")  # means something where a line begins
ITEM = re.compile(r"([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(?=\S)")
FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]{0,20})[ \t]*$")


def page(meeting: Meeting) -> str:
    """The whole page."""
    return "\n".join([*_head(meeting), *_agenda(meeting), *_insights(meeting), *_questions(meeting), *_notes(meeting)])


def when(seconds: float) -> str:
    """A moment, as "2026-11-22 18:00 UTC"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _head(meeting: Meeting) -> list[str]:
    told = [f"# {inline(meeting.title)}", ""]
    told.append(f"- When: {when(meeting.starts)}, {meeting.minutes} minutes{', cancelled' * meeting.cancelled}")
    if meeting.place:
        told.append(f"- Where: {inline(meeting.place)}")
    if meeting.presenter:
        told.append(f"- Presented by {inline(meeting.presenter.name)}")
    if meeting.attended:
        names = sorted(meeting.attended.values(), key=str.casefold)
        told.append(f"- Present: {', '.join(inline(name) for name in names)}")
    return [*told, ""]


def _agenda(meeting: Meeting) -> list[str]:
    return ["## Agenda", "", *(f"- {inline(item)}" for item in meeting.agenda), ""] if meeting.agenda else []


def _insights(meeting: Meeting) -> list[str]:
    lines = [line for one in meeting.insights.values() for line in _item(one)]
    return ["## Key insights", "", *lines, ""] if lines else []


def _questions(meeting: Meeting) -> list[str]:
    lines = []
    for one in meeting.ranked():
        votes = f"{len(one.votes)} vote{'s' * (len(one.votes) != 1)}"
        lines += _item(one, f"{votes}, {'answered' if one.answered else 'open'}")
    return ["## Questions", "", *lines, ""] if lines else []


def _notes(meeting: Meeting) -> list[str]:
    return ["## Notes", "", *blocks(meeting.notes), ""] if meeting.notes else []


def _item(one: Entry, more: str = "") -> list[str]:
    """A list's item: who said it, then the text."""
    inner = [f"{inline(one.name)}{f' ({more})' if more else ''}:", "", *blocks(one.text), ""]
    return [f"{'  ' if row else '- '}{line}".rstrip() for row, line in enumerate(inner)]


def inline(text: str) -> str:
    """Text within a line of the page."""
    return _plain(" ".join(text.split()))


def _plain(line: str) -> str:
    escaped = ACTIVE.sub(lambda found: "\\" + found[0], line)
    if found := START.match(escaped):
        at = found.end() if found[0].isdigit() else 0
        escaped = escaped[:at] + "\\" + escaped[at:]
    return escaped


def blocks(text: str) -> list[str]:
    """Text of several lines: its lists and code blocks, and all else as plain paragraphs."""
    told: list[str] = []
    code: list[str] | None = None
    opened, language, depth = "", "", -1
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if code is not None:
            if fence and fence[1].startswith(opened) and not fence[2]:
                told += _fenced(code, language)
                code = None
            else:
                code.append(line)
        elif fence:
            code, opened, language, depth = [], fence[1], fence[2], -1
        elif found := ITEM.match(line):
            depth = min(depth + 1, len(found[1].expandtabs(4)) // 2)
            mark = f"{found[2]}." if found[2] else "-"
            told.append(f"{'    ' * depth}{mark} {_plain(line[found.end() :].strip())}")
        else:
            depth = -1 if line.strip() else depth
            told.append(_plain(line.strip()))
    return told + (_fenced(code, language) if code is not None else [])


def _fenced(code: list[str], language: str) -> list[str]:
    """A code block whose fence is longer than any in it."""
    longest = max((len(run) for line in code for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", fence + language, *code, fence, ""]
