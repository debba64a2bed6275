"""Words and bars for what the learner remembers, for the app and the command line."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from learner.returns import Memory, Return
from tui.formatting import plural

BAR = 10  # cells
STATES = ("open", "due", "put off", "later")  # in the order of lists
WORD_COLOURS = {"fresh": "$success", "fading": "$warning", "faint": "$error"}


def clock_text(seconds: int) -> str:
    """Returns seconds as minutes and seconds: "4:05"."""
    return f"{seconds // 60}:{seconds % 60:02}"


def filled(memory: Memory) -> int:
    """Returns how many of the BAR cells of a memory's bar are filled."""
    return round(BAR * memory.retention.retrievability)


def memory_bar(memory: Memory) -> Content:
    """Returns a memory's bar and word, in 17 cells."""
    colour = WORD_COLOURS[memory.word]
    rest = ("━" * (BAR - filled(memory)), "$foreground-muted 40%")
    return Content.assemble(("━" * filled(memory), colour), rest, f" {memory.word:<6}")


def state_of(memory: Memory, now: datetime) -> str:
    """Returns one of STATES."""
    if memory.open(now) is not None:
        return "open"
    if memory.is_due(now):
        return "due"
    return "put off" if memory.retention.due <= now else "later"


def state_text(memory: Memory, now: datetime) -> str:
    """Returns when the exercise comes back, such as "due for 2 days" or "comes back on 2025-01-07"."""
    match state_of(memory, now):
        case "open" if (started := memory.open(now)) is not None:
            return f"{clock_text(started.seconds_left(now))} left"
        case "due":
            days = (now - memory.retention.due).days
            return f"due for {plural(days, 'day')}" if days else "due now"
        case "put off" if memory.off_until is not None:
            return f"put off until {_day(memory.off_until, now)}"
    return f"comes back on {_day(memory.retention.due, now)}"


def result_text(ended: Return, memory: Memory, now: datetime) -> str:
    """Says how a return ended, and when the exercise comes back."""
    after = f"It comes back on {_day(memory.retention.due, now)}."
    if len(memory.retention.counted) == len(memory.returns) and not memory.retention.counted[-1]:
        after = f"It was practice before its time, so it still comes back on {_day(memory.retention.due, now)}."
    if ended.passed:
        return f"Recalled. {after}"
    reason = "The five minutes are over" if ended.ended is None else "You have stopped"
    return f"{reason}, so this counts as not recalled. {after} Your file stays, and you can finish it."


def due_text(count: int) -> str:
    """Returns "2 are due from memory"."""
    return f"{count} {'is' if count == 1 else 'are'} due from memory"


def _day(at: datetime, now: datetime) -> str:
    return at.astimezone(now.tzinfo).strftime("%Y-%m-%d")
