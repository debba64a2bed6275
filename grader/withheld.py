"""Removes the code of the reference and of the known mistakes from texts that an assistant reads."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from functools import lru_cache

from exercises.exercise import Exercise, as_tuple
from grader.source import reference_source

WITHHELD = "[code that only the learner sees]"
MIN_CHARACTERS = 4
_PROSE = re.compile(r"[\w\s,'’-]*")  # words, numbers and names alone are no code


def withhold(text: str, exercise: Exercise, own_source: str = "") -> str:
    """Returns a text without lines of the exercise's reference and without its mistakes' code.

    What the page, the stub or the learner's own file contains is no secret and stays.
    """
    public = "\n".join((exercise.readme, exercise.stub, own_source))
    pattern = _pattern(tuple(code for code in secrets(exercise) if not _regex([code]).search(public)))
    return text if pattern is None else pattern.sub(WITHHELD, text)


@lru_cache(maxsize=16)
def secrets(exercise: Exercise) -> tuple[str, ...]:
    """Returns the lines of the reference and the code of the mistakes, the longest first."""
    codes = set(_lines(reference_source.text(exercise)))
    for mistake in exercise.mistake_variants:
        for code in as_tuple(mistake.by):
            codes |= {code.strip(), *_lines(code)}
    return tuple(sorted(filter(_is_code, codes), key=lambda code: (-len(code), code)))


def _lines(source: str) -> Iterable[str]:
    """Yields the lines, and what stands before a comment."""
    for line in source.splitlines():
        yield line.strip()
        yield line.partition("  # ")[0].strip()


def _is_code(line: str) -> bool:
    return (
        len(line) >= MIN_CHARACTERS and not _PROSE.fullmatch(line) and not line.startswith(('"""', "import ", "from "))
    )


@lru_cache(maxsize=16)
def _pattern(codes: tuple[str, ...]) -> re.Pattern[str] | None:
    return _regex(codes) if codes else None


@lru_cache(maxsize=4096)
def _expression(code: str) -> str:
    """Returns a regular expression for code, with any whitespace and quotes; not inside a longer word."""
    tokens = re.findall(r"\w+|[^\w\s]", code)
    pieces = [_token(tokens[0])]
    for before, token in itertools.pairwise(tokens):
        between = r"\s+" if _is_word(before[-1]) and _is_word(token[0]) else r"\s*"
        pieces.append(between + _token(token))
    start, end = (r"\b" if _is_word(character) else "" for character in (tokens[0][0], tokens[-1][-1]))
    return start + "".join(pieces) + end


def _token(token: str) -> str:
    return "['\"]" if token in ("'", '"') else re.escape(token)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _regex(codes: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(_expression(code) for code in codes))
