"""Matches the tokens instead of the separators."""

import re

TOKEN = re.compile(r"""--|[,.:;?_!"()']|(?:(?!--)[^\s,.:;?_!"()'])+""")


def split_words(text: str) -> list[str]:
    return TOKEN.findall(text)
