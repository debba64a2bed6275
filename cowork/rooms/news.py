"""News: what happened in a room that concerns one member. `meanwhile` collects them.

News are computed from the room when they are shown, so a text that is removed is in no news any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cowork.mentions import mentions
from cowork.permissions import Member
from exercises.load import load_course

Kind = Literal["mention", "reply", "comment", "review", "broken", "meeting", "assignment"]
MAX_AGE = 30 * 86_400.0  # seconds after which something is no news any more
MAX_QUOTE = 120  # characters


@dataclass(frozen=True)
class Reader:
    """The member for whom news are collected. `names`: of everybody who may enter the room; `passed`: the exercises
    that the member has passed, in any room; `seen`: the numbers of the room's events that they have seen."""

    member: Member
    now: float
    names: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    seen: frozenset[int] = frozenset()

    def is_recent(self, at: float) -> bool:
        return self.now - at < MAX_AGE

    def is_mentioned(self, text: str) -> bool:
        return any(mention.name == self.member.name for mention in mentions(text, self.names | {self.member.name}))

    def unseen(self, seqs: Sequence[int]) -> tuple[int, ...]:
        return tuple(seq for seq in seqs if seq not in self.seen)


@dataclass(frozen=True)
class News:
    """One entry. `seq` and `at`: the last event that it is about; `covers`: all events that count as seen with it;
    `says`: a sentence without its full stop; `quote`: the first line of a member's text. `page` and `target` say where
    it is: a page of the Co-work mode and a message's number, a submission's or a meeting's id; page "" is the exercise
    `target`. `starts`: the time of a meeting, in seconds since 1970; `due`: the date of an assignment, in `zone`."""

    seq: int
    at: float
    kind: Kind
    says: str
    page: str
    target: str | int
    quote: str = ""
    covers: tuple[int, ...] = ()
    line: int = 0
    starts: float | None = None
    due: str | None = None
    zone: str | None = None


def quote(text: str) -> str:
    """Returns the first line of a text, shortened."""
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("```")), "")
    return first if len(first) <= MAX_QUOTE else f"{first[: MAX_QUOTE - 1]}…"


def title(exercise: str) -> str:
    """Returns an exercise's title, or its id if this course does not have it."""
    return next((known.title for known in load_course().exercises if known.id == exercise), exercise)


def listing(exercises: Sequence[str]) -> str:
    """Returns the titles of exercises, such as "“A”, “B” and 3 more exercises"."""
    titles = [f"“{title(exercise)}”" for exercise in exercises]
    if len(titles) > 3:
        return f"{', '.join(titles[:2])} and {len(titles) - 2} more exercises"
    return " and ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles)


def newest_first(news: Iterator[News]) -> list[News]:
    return sorted(news, key=lambda each: (-each.at, -each.seq))
