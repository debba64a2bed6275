"""Cleans text from other people, so that a terminal shows it without harm."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator

from cowork.refusal import Refusal

MAX_NAME, MAX_LINE, MAX_MESSAGE, MAX_PAGE = 40, 200, 4_000, 40_000  # characters
WHITESPACE = {"\n", "\t"}
# categories that are removed: controls, formats (such as changes of the writing direction), surrogates, unassigned
REMOVED = {"Cc", "Cf", "Cs", "Co", "Cn"}
# complete escape sequences (colours, titles, links), so that no "[31m" is left of them
ESCAPE_SEQUENCES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?")
LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
# invisible, but scripts and emoji need them: joiners and variation selectors
JOINERS = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}
# letters and marks that show nothing, with which two names would look the same or a name would look empty
BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U000e0100-\U000e01ef]")
# more combining marks on a letter than any script uses would cover the lines above and below
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
EXCESS_MARKS = re.compile(f"({_MARKS}{{4}}){_MARKS}+")
# Cyrillic and Greek letters that look like Latin ones, in lower or upper case
LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕԁһԛԝӏαβεζηικμνορτυχ",
    "abekmhopctyxijsdhqwlabezhikmnoptyx",
)


def plain(text: str) -> str:
    """Removes the characters that control a terminal instead of being shown; lines end in "\\n"."""
    lines = LINE_ENDS.sub("\n", BLANKS.sub("", ESCAPE_SEQUENCES.sub("", text)))
    kept = (c for c in lines if c in WHITESPACE or c in JOINERS or unicodedata.category(c) not in REMOVED)
    return EXCESS_MARKS.sub(r"\1", unicodedata.normalize("NFC", "".join(kept)))


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
    """Returns the same string for names that look the same: it ignores case, width, whitespace and the script of
    letters that look alike."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(LOOKALIKES)
    return unicodedata.normalize("NFKC", "".join(c for c in folded if not c.isspace() and c not in JOINERS))


def numbered(name: str) -> Iterator[str]:
    """Yields the name, then the name with the numbers from 2 on, each of at most MAX_NAME characters."""
    yield name
    for number in itertools.count(2):
        suffix = f" {number}"
        yield name[: MAX_NAME - len(suffix)].rstrip() + suffix
