"""Finds mentions in texts: "@name", where the name is a member's and can contain spaces."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

FENCE = "```"


@dataclass(frozen=True)
class Mention:
    """The mention of a member, from `start` to `end` in the text; `name` is spelled as the member's."""

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Mentionable:
    """The names that can be mentioned in a room, and the learner's own."""

    me: str = ""
    names: frozenset[str] = frozenset()


NOBODY = Mentionable()


def mentions(text: str, names: Collection[str]) -> list[Mention]:
    """Returns the mentions of these names outside of code blocks, ignoring case. Where one name begins another, such as
    "Ann" and "Ann Lee", the longest that fits is meant."""
    if "@" not in text or not names:
        return []
    pattern, spelled = _pattern(frozenset(names))
    found = []
    for start, end in _prose(text):
        for match in pattern.finditer(text, start, end):
            found.append(Mention(match.start(), match.end(), spelled[_key(match[1])]))
    return found


def count_mentions(text: str, name: str, names: Collection[str]) -> int:
    """Returns how often a text mentions `name`, which is one of the names."""
    return sum(mention.name == name for mention in mentions(text, names))


def complete(text: str, names: Collection[str]) -> tuple[int, list[str]]:
    """Returns where the mention at the end of an unfinished text begins, and the names that continue it, sorted; (-1,
    []) if the text does not end in a mention."""
    line_start = text.rfind("\n") + 1
    start = text.rfind("@", line_start)
    if start < 0 or (start and (text[start - 1].isalnum() or text[start - 1] in "_@")):
        return -1, []
    begun = _key(text[start + 1 :])
    fitting = sorted((name for name in names if _key(name).startswith(begun)), key=str.casefold)
    return (start, fitting) if fitting else (-1, [])


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


@functools.lru_cache(maxsize=64)
def _pattern(names: frozenset[str]) -> tuple[re.Pattern[str], dict[str, str]]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    options = "|".join(r"\s+".join(map(re.escape, name.split())) for name in longest_first)
    return re.compile(rf"(?<![\w@])@({options})(?!\w)", re.IGNORECASE), {_key(name): name for name in names}


def _prose(text: str) -> Iterator[tuple[int, int]]:
    """Yields the parts of a text outside of code blocks, as (start, end)."""
    if FENCE not in text:
        yield 0, len(text)
        return
    position, start, in_code = 0, 0, False
    for line in text.splitlines(keepends=True):
        if line.strip().startswith(FENCE):
            if not in_code:
                yield start, position
            in_code = not in_code
            start = position + len(line)
        position += len(line)
    if not in_code:
        yield start, position
