"""Cleans text from other people, so that a terminal shows it without harm."""

from __future__ import annotations

import importlib.util
import itertools
import unicodedata
from collections.abc import Iterator

from cowork.refusal import Refusal
from learner.plain_text import JOINERS, plain

MAX_NAME, MAX_LINE, MAX_MESSAGE, MAX_PAGE = 40, 200, 4_000, 40_000  # characters
# Cyrillic and Greek letters that look like Latin ones, in lower or upper case
LOOKALIKES = str.maketrans("авекмнорстухіјѕԁһԛԝӏαβεζηικμνορτυχ", "abekmhopctyxijsdhqwlabezhikmnoptyx")
STROKES = str.maketrans("i1|0", "lllo")  # a capital I looks like l and 1, and O like 0


def check_length(text: str, limit: int, label: str) -> str:
    """Returns the text, or raises Refusal("text") if it is too long to be worth cleaning: it may exceed the limit only
    by the escape sequences that cleaning removes."""
    if len(text) > 2 * limit + MAX_MESSAGE:
        raise Refusal("text", f"{label} has at most {limit} characters; this one has {len(text)}.")
    return text


def message(text: str, limit: int = MAX_MESSAGE, label: str = "A message") -> str:
    """Cleans text of several lines. Raises Refusal("text") if nothing is left or it is longer than `limit`."""
    cleaned = plain(check_length(text, limit, label)).strip("\n").rstrip()
    if not cleaned.strip(" \t" + "".join(JOINERS)):
        raise Refusal("text", f"{label} needs some text.")
    if len(cleaned) > limit:
        raise Refusal("text", f"{label} has at most {limit} characters; this one has {len(cleaned)}.")
    return cleaned


def line(text: str, limit: int = MAX_LINE, label: str = "A line") -> str:
    """Cleans text of one line and collapses its whitespace. Raises Refusal("text") as `message` does."""
    return message(" ".join(plain(check_length(text, limit, label)).split()), limit, label)


def truncate(text: str, limit: int) -> str:
    """Cleans a program's output into one line of at most `limit` characters; longer output is cut, never refused."""
    cleaned = " ".join(plain(text).split())
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def skeleton(name: str) -> str:
    """Returns the same string for names that look the same: it ignores case, width, whitespace, the script of letters
    that look alike, and the difference between I, l and 1 and between O and 0."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(LOOKALIKES).translate(STROKES)
    return unicodedata.normalize("NFKC", "".join(c for c in folded if not c.isspace() and c not in JOINERS))


def numbered(name: str) -> Iterator[str]:
    """Yields the name, then the name with the numbers from 2 on, each of at most MAX_NAME characters."""
    yield name
    for number in itertools.count(2):
        suffix = f" {number}"
        yield name[: MAX_NAME - len(suffix)].rstrip() + suffix


def lines_of(source: bytes) -> list[str]:
    """Returns the lines, decoded as Python does and without control characters. There is at least one line; a final
    line end does not start another."""
    try:
        decoded = importlib.util.decode_source(source)
    except (SyntaxError, UnicodeError, LookupError):  # LookupError: the coding line names no text encoding
        decoded = source.decode("utf-8", "replace")
    return plain(decoded).removesuffix("\n").split("\n")
