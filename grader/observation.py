"""Reduces a check's message to what it says of the learner's own result, without what that should be.

An assistant reads no expected values, so that it cannot hand them to the learner. A message reads "Your …; it should
…": what comes first is kept, where it says nothing of what is expected. Of other messages nothing is kept.
"""

from __future__ import annotations

import re

MAX_CHARACTERS = 400
# about the learner's code rather than its results, so without expected values: exceptions, limits, unreadable files
_ABOUT_CODE = re.compile(
    r"Line \d+\b|Your code (raises|did not|ended|crashed|wrote|printed|asks|calls `input|ends|returned|still)\b"
    r"|Your code's process|Not written yet|Python cannot read|This file is|The source is|`super\(\)|There is no file"
    r"|The file|`\w+(\.\w+)?` does not accept the arguments|Your result cannot be used as the task describes"
    r"|Your `\w+` has no method"
)
_CASE = re.compile(r"With \w+=.+?: (?=Your )")  # of a random input
_TENSOR = re.compile(
    r"(Your .+? is wrong: \d+ of \d+ values differ); the first,( at [\d\[\], ]+), is (\S+) and should "
)
_PLAIN = re.compile(r"(Your .+?); it should (?:be|have) ")
_CLAUSE = re.compile(r"; |, not |\.$|(?<=\D)\. (?=[A-Z`_])|: (?=[a-z`])")
_EXPECTS = re.compile(
    r"\b(should|must|expect\w*|instead|rather|correct\w*|reference\w*|right|at most|at least|exactly|needs?|book\w*"
    r"|would|ha(s|ve) to|solution|answer\w*|as torch|as PyTorch|of the \d+)\b",
    re.IGNORECASE,
)
_MISSING_KEY = re.compile(r"Your .* has no .*; it should\.")  # the key is an expected value


def observed(message: str) -> str:
    """Returns what a message says of the learner's own result or code; "" where that cannot be told apart."""
    text = message.strip()
    if _ABOUT_CODE.match(text):
        return _limited(text)
    case = _CASE.match(text)
    prefix, text = (case[0], text[case.end() :]) if case else ("", text)
    if tensor := _TENSOR.match(text):
        return _limited(f"{prefix}{tensor[1]}; the first,{tensor[2]}, is {tensor[3]}.")
    if _MISSING_KEY.search(text):
        return ""
    plain = _PLAIN.match(text)
    clause = plain[1] if plain else _CLAUSE.split(text, maxsplit=1)[0]
    return "" if not clause or _EXPECTS.search(clause) else _limited(f"{prefix}{clause}.")


def _limited(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
