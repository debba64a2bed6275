"""Exports meetings as Markdown pages; `meeting_calendar` exports them as calendar files.

Text that members wrote cannot add headings, links or HTML to a page; their lists and code blocks are kept.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from cowork.rooms.meeting_replies import describe_replies
from cowork.rooms.meeting_state import Entry, Meeting

MARKUP = re.compile(r"[\\`*_\[\]<>&|~$]")  # characters with a meaning anywhere in a line
LINE_START = re.compile(r"[#+\-=:]|\d+(?=[.)])")  # text with a meaning at the start of a line
LIST_ITEM = re.compile(r"([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(?=\S)")
FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]{0,20})[ \t]*$")


def meeting_page(meeting: Meeting) -> str:
    """Returns the page."""
    sections = {
        "Agenda": [f"- {inline(item)}" for item in meeting.agenda],
        "Key insights": [line for insight in meeting.insights.values() for line in _entry(insight)],
        "Questions": [line for question in meeting.ranked() for line in _entry(question, _state(question))],
        "Notes": blocks(meeting.notes) if meeting.notes else [],
    }
    lines = [line for title, content in sections.items() if content for line in (f"## {title}", "", *content, "")]
    return "\n".join([*_header(meeting), *lines])


def _header(meeting: Meeting) -> list[str]:
    lines = [f"# {inline(meeting.title)}", ""]
    starts = datetime.fromtimestamp(meeting.starts, UTC)
    lines.append(f"- When: {starts:%Y-%m-%d %H:%M} UTC, {meeting.minutes} minutes{', cancelled' * meeting.cancelled}")
    if meeting.place:
        lines.append(f"- Where: {inline(meeting.place)}")
    if meeting.presenter:
        lines.append(f"- Presented by {inline(meeting.presenter.name)}")
    if replies := describe_replies(meeting):
        lines.append(f"- Replies: {inline(replies)}")
    if meeting.attended:
        names = sorted(meeting.attended.values(), key=str.casefold)
        lines.append(f"- Present: {', '.join(inline(name) for name in names)}")
    return [*lines, ""]


def _state(question: Entry) -> str:
    votes = len(question.votes)
    return f"{votes} vote{'s' * (votes != 1)}, {'answered' if question.answered else 'open'}"


def _entry(entry: Entry, details: str = "") -> list[str]:
    """A list item: the author, then the text."""
    author = f"{inline(entry.name)}{f' ({details})' if details else ''}:"
    lines = [author, "", *blocks(entry.text), ""]
    return [f"{'  ' if row else '- '}{line}".rstrip() for row, line in enumerate(lines)]


def inline(text: str) -> str:
    """Escapes text for use within a line of the page."""
    return _escape(" ".join(text.split()))


def _escape(line: str) -> str:
    escaped = MARKUP.sub(lambda match: "\\" + match[0], line)
    if match := LINE_START.match(escaped):
        at = match.end() if match[0].isdigit() else 0
        escaped = escaped[:at] + "\\" + escaped[at:]
    return escaped


def blocks(text: str) -> list[str]:
    """Formats text of several lines: lists and code blocks are kept, everything else becomes plain paragraphs."""
    lines: list[str] = []
    code: list[str] | None = None
    fence_start, language, depth = "", "", -1
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if code is not None:
            if fence and fence[1].startswith(fence_start) and not fence[2]:
                lines += _code_block(code, language)
                code = None
            else:
                code.append(line)
        elif fence:
            code, fence_start, language, depth = [], fence[1], fence[2], -1
        elif item := LIST_ITEM.match(line):
            depth = min(depth + 1, len(item[1].expandtabs(4)) // 2)
            bullet = f"{item[2]}." if item[2] else "-"
            lines.append(f"{'    ' * depth}{bullet} {_escape(line[item.end() :].strip())}")
        else:
            depth = -1 if line.strip() else depth
            lines.append(_escape(line.strip()))
    return lines + (_code_block(code, language) if code is not None else [])


def _code_block(code: list[str], language: str) -> list[str]:
    """A code block with a fence that is longer than any in the code."""
    longest = max((len(run) for line in code for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", fence + language, *code, fence, ""]
