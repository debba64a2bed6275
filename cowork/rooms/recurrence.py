"""Rules by which meetings repeat, such as "first Thursday", in the local time of a zone (RFC 5545, RRULE)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from cowork.refusal import Refusal

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
ORDINAL_WORDS = {word: nth for nth, word in ORDINALS.items()} | {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
MAX_WEEKS, MAX_DAY = 52, 28  # not every month has a day 29
EXAMPLES = "such as “first Thursday”, “last Friday”, “day 15”, “last day” or “2 weeks”"


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """Every `weeks` weeks; or each month, on its `nth` `weekday` (0 is Monday) or on its `day`; -1 is the last."""

    weeks: int = 0
    nth: int = 0
    weekday: int = 0
    day: int = 0

    def check(self) -> None:
        """Raises Refusal("input") unless exactly one kind of rule is given, with valid numbers."""
        kinds = [bool(self.weeks), bool(self.nth), bool(self.day)]
        valid = (
            0 <= self.weeks <= MAX_WEEKS
            and (not self.nth or self.nth in ORDINALS)
            and 0 <= self.weekday < 7
            and (self.day == -1 or 0 <= self.day <= MAX_DAY)
        )
        if kinds.count(True) != 1 or not valid:
            raise Refusal("input", f"Meetings repeat by a rule {EXAMPLES}; a day is 1 to {MAX_DAY}.")

    def text(self) -> str:
        """Returns the words that `parse_rule` accepts."""
        if self.weeks:
            return "every week" if self.weeks == 1 else f"every {self.weeks} weeks"
        if self.nth:
            return f"{ORDINALS[self.nth]} {WEEKDAYS[self.weekday]}"
        return "last day" if self.day == -1 else f"day {self.day}"

    def dates(self, first: date) -> Iterator[date]:
        """Yields the dates of the rule from `first` on, `first` included if it is one."""
        if self.weeks:
            while True:
                yield first
                first += timedelta(weeks=self.weeks)
        year, month = first.year, first.month
        while True:
            day = self._in_month(year, month)
            if day >= first:
                yield day
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)

    def _in_month(self, year: int, month: int) -> date:
        first_weekday, length = calendar.monthrange(year, month)
        if not self.nth:
            return date(year, month, self.day if self.day > 0 else length)
        day = 1 + (self.weekday - first_weekday) % 7 + 7 * (self.nth - 1)
        if self.nth < 0:
            day = length - (calendar.weekday(year, month, length) - self.weekday) % 7
        return date(year, month, day)


def parse_rule(text: str) -> Rule:
    """Parses "first Thursday", "day 15", "last day", "every week" or "2 weeks". Raises Refusal("input")."""
    words = [word for word in re.split(r"[\s,.-]+", text.casefold()) if word not in ("", "every", "each", "the", "on")]
    words = words[:-2] if words[-2:] in (["of", "month"], ["a", "month"]) else words
    match words:
        case ["week" | "weekly"]:
            return Rule(weeks=1)
        case [number, "weeks" | "week"] if re.fullmatch(r"[1-9]\d?", number) and int(number) <= MAX_WEEKS:
            return Rule(weeks=int(number))
        case ["last", "day"]:
            return Rule(day=-1)
        case ["day", number] if re.fullmatch(r"[1-9]\d?", number) and int(number) <= MAX_DAY:
            return Rule(day=int(number))
        case [ordinal, name] if ordinal in ORDINAL_WORDS and len(name) >= 3:
            for weekday, weekday_name in enumerate(WEEKDAYS):
                if weekday_name.casefold().startswith(name):
                    return Rule(nth=ORDINAL_WORDS[ordinal], weekday=weekday)
    raise Refusal("input", f"{text[:40]!r} is not a valid rule: write one {EXAMPLES}; a day is 1 to {MAX_DAY}.")


def start_times(rule: Rule, first: datetime, zone: ZoneInfo, count: int) -> list[float]:
    """Returns the times of `count` occurrences, in seconds since 1970. `first` is a local time without a zone: the
    occurrences begin on that date or after it, and all have its time of day. A time that the change to summer time
    skips is read with the offset before the change, as RFC 5545 does."""
    dates = rule.dates(first.date())
    return [datetime.combine(next(dates), first.time(), zone).timestamp() for _ in range(count)]
