"""Removes from text of other people, and of programs, what controls a terminal instead of being shown."""

from __future__ import annotations

import re
import unicodedata

WHITESPACE = {"\n", "\t"}
# categories that are removed: controls, formats (such as changes of the writing direction), surrogates, unassigned
REMOVED = {"Cc", "Cf", "Cs", "Co", "Cn"}
# complete escape sequences (colours, titles, links), so that no "[31m" is left of them; an unfinished title ends with
# its line
ESCAPE_SEQUENCES = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?"
)
LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
# invisible, but scripts and emoji need them: joiners and variation selectors
JOINERS = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}
# letters and marks that show nothing, with which two names would look the same or a name would look empty
BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U000e0100-\U000e01ef]")
# more combining marks on a letter than any script uses would cover the lines above and below
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
EXCESS_MARKS = re.compile(f"({_MARKS}{{4}}){_MARKS}+")


def plain(text: str) -> str:
    """Removes the characters that control a terminal instead of being shown; lines end in "\\n"."""
    if text.isascii() and text.isprintable():
        return text
    lines = LINE_ENDS.sub("\n", BLANKS.sub("", ESCAPE_SEQUENCES.sub("", text)))
    kept = (c for c in lines if c in WHITESPACE or c in JOINERS or unicodedata.category(c) not in REMOVED)
    return EXCESS_MARKS.sub(r"\1", unicodedata.normalize("NFC", "".join(kept)))
