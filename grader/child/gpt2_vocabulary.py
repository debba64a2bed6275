"""Provides tiktoken's "gpt2" encoding offline, from the vocabulary file that the playground downloads."""

from __future__ import annotations

import base64
import os
from functools import cache
from typing import Any

import tiktoken

PATH = os.environ.get("FROMSCRATCH_GPT2_VOCABULARY")

# splits text into words, numbers, punctuation and whitespace (Radford et al., 2019)
PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
END = "<|endoftext|>"
MISSING = "GPT-2's vocabulary is not installed: run `fromscratch models add gpt2-vocabulary`."

OTHER = 'The encoding "{name}" is not available in a check, which has no network: use tiktoken.get_encoding("gpt2").'


@cache
def gpt2(path: str) -> Any:
    """Returns the encoding of a file with lines "base64 rank"."""
    with open(path, "rb") as file:
        ranks = {base64.b64decode(token): int(rank) for token, _, rank in (line.partition(b" ") for line in file)}
    return tiktoken.Encoding(
        "gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={END: 50256}, explicit_n_vocab=50257
    )


def preload() -> None:
    """Builds the encoding in the fork server, once for all checks."""
    if PATH:
        gpt2(PATH)


def offer() -> None:
    """Makes tiktoken.get_encoding("gpt2") use the file, or raise an error that says how to install it."""
    original = tiktoken.get_encoding

    def get_encoding(encoding_name: str) -> Any:
        if encoding_name != "gpt2":
            if encoding_name in tiktoken.list_encoding_names():  # tiktoken would download it
                raise LookupError(OTHER.format(name=encoding_name))
            return original(encoding_name)
        if not PATH:
            raise LookupError(MISSING)
        return gpt2(PATH)

    tiktoken.get_encoding = get_encoding
    tiktoken.registry.get_encoding = get_encoding
    tiktoken.model.get_encoding = get_encoding  # for encoding_for_model
