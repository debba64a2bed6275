"""Uses Unicode categories instead of a regular expression."""

from itertools import takewhile
from unicodedata import category

ENDINGS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def kind(c):
    if c.isspace():
        return "whitespace"
    return {"L": "letter", "N": "number"}.get(category(c)[0], "symbol")


def piece_at(text, i):
    for ending in ENDINGS:
        if text.startswith(ending, i):
            return ending
    first = i + (text[i] == " ")
    if first < len(text) and kind(text[first]) != "whitespace":
        run = takewhile(lambda c: kind(c) == kind(text[first]), text[first:])
        return text[i:first] + "".join(run)
    whitespace = "".join(takewhile(str.isspace, text[i:]))
    if len(whitespace) > 1 and i + len(whitespace) < len(text):
        return whitespace[:-1]
    return whitespace


def gpt2_split(text):
    pieces = []
    i = 0
    while i < len(text):
        pieces.append(piece_at(text, i))
        i += len(pieces[-1])
    return pieces
