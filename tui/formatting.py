"""Formats states, times, counts and paths, and removes control characters from untrusted text."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from learner.plain_text import plain

if TYPE_CHECKING:
    from exercises.course import Month
    from grader.verdict import TrainingStep

# Each state has a mark of its own, so that it is clear without colours.
STATE_MARKS = {"new": "○", "started": "◐", "failed": "◐", "passed": "✓", "again": "↻"}
STATE_COLOURS = {
    "new": "$foreground-muted",
    "started": "$text-warning",
    "failed": "$text-warning",
    "passed": "$text-success",
    "again": "$text-warning",
}
STATE_WORDS = {
    "new": "not started",
    "started": "started",
    "failed": "in progress",
    "passed": "passed",
    "again": "passed with earlier checks: check again",
}
CHECK_MARKS = {"planned": "○", "running": "●", "passed": "✓", "failed": "✗", "waiting": "·", "skipped": "–"}
CHECK_COLOURS = {
    "planned": "$foreground-muted",
    "running": "$text-accent",
    "passed": "$text-success",
    "failed": "$text-error",
    "waiting": "$foreground-muted",
    "skipped": "$foreground-muted",
}
OUTCOME_WORDS = {
    "passed": "passed",
    "failed": "not passed yet",
    "error": "could not be loaded",
    "timeout": "took too long",
    "crashed": "crashed",
}


def clean(text: str) -> str:
    """Returns untrusted text without what controls a terminal, with tabs expanded to spaces."""
    return plain(text).expandtabs(4)


def visible_token(text: str) -> str:
    """Returns a token's text with visible whitespace: " the" becomes "·the", a line break "↵"."""
    return clean(text.replace("\n", "↵").replace("\t", "⇥").replace(" ", "·")) or "∅"


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """Returns a count with its noun: plural(1, "hint") is "1 hint", plural(2, "hint") is "2 hints"."""
    return f"{count} {noun if count == 1 else plural_noun or noun + 's'}"


def training_progress(training: TrainingStep) -> str:
    """Returns the progress of a training, such as "training, step 120 of 600, loss 2.31"."""
    return f"training, step {training.step} of {training.of}, loss {training.loss:.2f}"


def month_name(month: Month) -> str:
    """Returns "Month 3", or the label of a part without a number, such as "Break"."""
    return f"Month {month.number}" if month.number is not None else month.label or month.title


def long_date(day: date) -> str:
    """Returns a date such as "26 November 2026"."""
    return f"{day.day} {day:%B} {day.year}"


def in_days(days: int) -> str:
    """Returns when something is, from the number of days until then, such as "in 3 days" or "yesterday"."""
    distance = f"{-days} days ago" if days < 0 else f"in {days} days"
    return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days, distance)


def due_in(days: int) -> str:
    """Returns when something is due, such as "due tomorrow" or "overdue by 2 days"."""
    return f"overdue by {plural(-days, 'day')}" if days < 0 else f"due {in_days(days)}"


def local_time(at: float, now: datetime) -> datetime:
    """Converts seconds since 1970 to the time zone of `now`. If that is this machine's zone, the offset is that of the
    date, which differs from that of `now` after a change of the clocks."""
    here = datetime.fromtimestamp(at).astimezone()
    is_system = now.utcoffset() == datetime.fromtimestamp(now.timestamp()).astimezone().utcoffset()
    return here if is_system else datetime.fromtimestamp(at, now.tzinfo)


def time_ago(then: datetime, now: datetime) -> str:
    """Returns the time since `then` in the largest unit that fits, such as "3 minutes ago"."""
    seconds = (now - then).total_seconds()
    for size, unit in ((86400 * 30, "month"), (86400 * 7, "week"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{plural(int(seconds // size), unit)} ago"
    return "just now"


def duration(minutes: int) -> str:
    """Formats minutes, such as "50 min" or "2 h 5 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def waiting_time(seconds: float) -> str:
    """Formats a wait in its largest unit, such as "4 days", "1 hour", "2 minutes" or "just now"."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return plural(int(seconds // length), unit)
    return "just now"


def hours(count: float) -> str:
    """Formats hours, such as "20 min", "3.5 h" or "120 h"."""
    if 1 / 120 <= count < 0.95:
        return f"{round(count * 60)} min"
    return f"{round(count, 1 if count < 100 else None):g} h"


def size(count: int) -> str:
    """Formats a number of bytes, such as "138 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):.{0 if count >= 1e7 else 1}f} MB"


def short_path(path: Path) -> str:
    """Returns a path with the home folder written as ~."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(path)
