"""Texts for training: a short story for small examples, and a generator of simple stories. See README.md."""

from __future__ import annotations

from pathlib import Path

from exercises.texts.generator import stories

__all__ = ["many_stories", "short_story", "stories"]


def short_story() -> str:
    """Returns "The Ferry at Low Water", about 20,000 ASCII characters."""
    return (Path(__file__).parent / "the_ferry.txt").read_text(encoding="ascii")


def many_stories(size: int, seed: int = 0) -> str:
    """Returns complete stories, each followed by an empty line, of at least `size` characters in total."""
    parts, length = [], 0
    for story in stories(seed):
        if length >= size:
            break
        parts.append(f"{story}\n\n")
        length += len(parts[-1])
    return "".join(parts)
