"""Compiles the published pattern once."""

import regex as re

PAT = re.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")


def gpt2_split(text: str) -> list[str]:
    return [match.group() for match in PAT.finditer(text)]
