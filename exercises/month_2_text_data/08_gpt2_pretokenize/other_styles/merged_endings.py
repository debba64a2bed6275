"""Groups the endings and uses possessive quantifiers, which do not backtrack."""

import regex


def gpt2_split(text):
    return regex.findall(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s", text)
