"""Text from other people: cut down to what a terminal can show without harm."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator

from cowork.refusal import Refusal

NAME, LINE, MESSAGE, PAGE = 40, 200, 4_000, 40_000  # characters
KEPT = {"\n", "\t"}
# controls (escape codes begin with one), formats such as those that turn the direction of writing, surrogates
DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
# whole escape codes of terminals (colours, titles, links), so that no "[31m" stays of them
CODES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?")
ENDS = re.compile("\r\n?|[\u2028\u2029]")  # of lines
# what scripts and emoji are spelled with, and nobody sees: formats, and which variant of a character is meant
JOINERS = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}
# letters and marks that show nothing: two names would look the same, and one of them like none
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U000e0100-\U000e01ef]")
# more marks on a letter than any script has would be drawn over the lines above and below
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
HEAPS = re.compile(f"({_MARKS}{{4}}){_MARKS}+")
# letters of Cyrillic and Greek that look like one of Latin, in small or in capitals
ALIKE = str.maketrans(
    "авекмнорстухіјѕԁһԛԝӏαβεζηικμνορτυχ",
    "abekmhopctyxijsdhqwlabezhikmnoptyx",
)


def plain(text: str) -> str:
    """The text without characters that a terminal would obey rather than show; lines end in "\\n"."""
    lines = ENDS.sub("\n", BLANK.sub("", CODES.sub("", text)))
    kept = (c for c in lines if c in KEPT or c in JOINERS or unicodedata.category(c) not in DROPPED)
    return HEAPS.sub(r"\1", unicodedata.normalize("NFC", "".join(kept)))


def bounded(text: str, limit: int, what: str) -> str:
    """The text, where it is short enough to be looked through: escape codes may go yet, but nobody's megabyte is
    searched for them. Raises Refusal("text")."""
    if len(text) > 2 * limit + MESSAGE:
        raise Refusal("text", f"{what} has at most {limit} characters; this one has {len(text)}.")
    return text


def message(text: str, limit: int = MESSAGE, what: str = "A message") -> str:
    """Text of several lines. Raises Refusal("text") where nothing is left of it, or it is longer than `limit`."""
    cleaned = plain(bounded(text, limit, what)).strip("\n").rstrip()
    if not cleaned.strip(" \t" + "".join(JOINERS)):
        raise Refusal("text", f"{what} needs some text.")
    if len(cleaned) > limit:
        raise Refusal("text", f"{what} has at most {limit} characters; this one has {len(cleaned)}.")
    return cleaned


def short(text: str, limit: int) -> str:
    """What a program said, in one line of at most `limit` characters: cut, never refused."""
    cleaned = " ".join(plain(text).split())
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def line(text: str, limit: int = LINE, what: str = "A line") -> str:
    """Text of one line, spaces put together. Raises Refusal("text") as `message` does."""
    return message(" ".join(plain(bounded(text, limit, what)).split()), limit, what)


def spelling(name: str) -> str:
    """What names have in common that people take for the same: letters of any width and case, and those of other
    scripts that look like them, without spaces."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(ALIKE)
    return unicodedata.normalize("NFKC", "".join(c for c in folded if not c.isspace() and c not in JOINERS))


def numbered(name: str) -> Iterator[str]:
    """The name, then the name with a number, for the first that nobody has yet."""
    yield name
    for number in itertools.count(2):
        tail = f" {number}"
        yield name[: NAME - len(tail)].rstrip() + tail
