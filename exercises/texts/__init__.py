"""Texts for training: one short story for small examples, and as many simple ones as are wanted. See README.md."""

from __future__ import annotations

from pathlib import Path

from exercises.texts.generator import stories

__all__ = ["many_stories", "short_story", "stories"]


def short_story() -> str:
    """The Ferry at Low Water, about 20,000 ASCII characters."""
    return (Path(__file__).parent / "the_ferry.txt").read_text(encoding="ascii")


def many_stories(size: int, seed: int = 0) -> str:
    """Whole stories with a blank line after each, at least `size` characters; the same for the same seed."""
    found, length = [], 0
    for story in stories(seed):
        if length >= size:
            break
        found.append(story)
        length += len(story) + 2
    return "".join(f"{story}\n\n" for story in found)
