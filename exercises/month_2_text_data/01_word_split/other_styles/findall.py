"""Says what a token is, instead of where to cut."""

import re

TOKEN = re.compile(r"""--|[,.:;?_!"()']|(?:(?!--)[^\s,.:;?_!"()'])+""")


def split_words(text: str) -> list[str]:
    return TOKEN.findall(text)
