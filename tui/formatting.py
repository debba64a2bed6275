"""Small words that several screens say: marks, times, counts, and text of others made safe to show."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exercises.course import Month
    from grader.verdict import TrainingStep

# A state is told by its sign, and only then by its colour.
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
    "again": "passed before its checks changed: check again",
}
CHECK_MARKS = {"planned": "○", "running": "●", "passed": "✓", "failed": "✗", "skipped": "–"}
CHECK_COLOURS = {
    "planned": "$foreground-muted",
    "running": "$text-accent",
    "passed": "$text-success",
    "failed": "$text-error",
    "skipped": "$foreground-muted",
}
OUTCOME_WORDS = {
    "passed": "passed",
    "failed": "not passed yet",
    "error": "could not be loaded",
    "timeout": "took too long",
    "crashed": "crashed",
}
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if code not in (9, 10)}
# Bidirectional overrides could make a line of output read as something else.
_CONTROLS |= dict.fromkeys((*range(8234, 8239), *range(8294, 8298)))


def clean(text: str) -> str:
    """Text that is not ours, without the characters that steer a terminal; tabs become spaces."""
    return text.replace("\r\n", "\n").translate(_CONTROLS).expandtabs(4)


def many(count: int, one: str, more: str = "") -> str:
    """many(1, "hint") is "1 hint"; many(2, "hint") is "2 hints"."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def training_words(training: TrainingStep) -> str:
    """ "training, step 120 of 600, loss 2.31"."""
    return f"training, step {training.step} of {training.of}, loss {training.loss:.2f}"


def month_name(month: Month) -> str:
    """ "Month 3", or "Break"."""
    return f"Month {month.number}" if month.number is not None else "Break"


def ago(then: datetime, now: datetime) -> str:
    """How long ago something was, in the largest unit that fits: "3 minutes ago"."""
    seconds = (now - then).total_seconds()
    for size, unit in ((86400 * 30, "month"), (86400 * 7, "week"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{many(int(seconds // size), unit)} ago"
    return "just now"


def duration(minutes: int) -> str:
    """Minutes as people say them: "50 min", "2 h 5 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def hours(count: float) -> str:
    """Hours as people say them: "20 min", "3.5 h", "120 h"."""
    if 1 / 120 <= count < 0.95:
        return f"{round(count * 60)} min"
    return f"{round(count, 1 if count < 100 else None):g} h"


def size(count: int) -> str:
    """Bytes as people say them: "138 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):.{0 if count >= 1e7 else 1}f} MB"


def home(path: Path) -> str:
    """A path with the home folder as ~."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(path)
