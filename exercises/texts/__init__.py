"""Texts for training: a short story, a generator of simple stories, labelled messages, and instructions.

See README.md.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

from exercises.texts.generator import stories
from exercises.texts.messages import Message

__all__ = ["instruction_entries", "labelled_messages", "load", "many_stories", "short_story", "stories"]


@cache
def _content(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="ascii")


def load() -> None:
    """Reads all files, so that a process that is forked later needs no access to them."""
    next(stories())
    for name in ("the_ferry.txt", "messages.csv", "instructions.json"):
        _content(name)


def short_story() -> str:
    """Returns "The Ferry at Low Water", about 20,000 ASCII characters."""
    return _content("the_ferry.txt")


def many_stories(size: int, seed: int = 0) -> str:
    """Returns complete stories, each followed by an empty line, of at least `size` characters in total."""
    parts, length = [], 0
    for story in stories(seed):
        if length >= size:
            break
        parts.append(f"{story}\n\n")
        length += len(parts[-1])
    return "".join(parts)


def labelled_messages() -> list[Message]:
    """Returns 1,500 text messages as ("ham" or "spam", text): 1,300 ordinary ones and 200 spam, shuffled."""
    _header, *rows = csv.reader(_content("messages.csv").splitlines())
    return [(label, text) for label, text in rows]


def instruction_entries() -> list[dict[str, str]]:
    """Returns 1,100 entries with the texts "instruction", "input" (which can be empty) and "output"."""
    entries: list[dict[str, str]] = json.loads(_content("instructions.json"))
    return entries
