"""No pattern at all: Unicode's categories, one piece after the other."""

from itertools import takewhile
from unicodedata import category

ENDINGS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def kind(c):
    if c.isspace():
        return "blank"
    return {"L": "letter", "N": "number"}.get(category(c)[0], "sign")


def piece_at(text, i):
    for ending in ENDINGS:
        if text.startswith(ending, i):
            return ending
    first = i + (text[i] == " ")
    if first < len(text) and kind(text[first]) != "blank":
        run = takewhile(lambda c: kind(c) == kind(text[first]), text[first:])
        return text[i:first] + "".join(run)
    blanks = "".join(takewhile(str.isspace, text[i:]))
    if len(blanks) > 1 and i + len(blanks) < len(text):
        return blanks[:-1]
    return blanks


def gpt2_split(text):
    pieces = []
    i = 0
    while i < len(text):
        pieces.append(piece_at(text, i))
        i += len(pieces[-1])
    return pieces
