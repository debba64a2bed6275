"""A word-level tokenizer (book, sections 2.2 to 2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

BREAKS = r"""([,.:;?_!"()']|--|\s)"""  # the group makes re.split keep the separators


def split_words(text: str) -> list[str]:
    """Splits a text into words and punctuation, and drops whitespace. Book, section 2.2."""
    pieces = re.split(BREAKS, text)
    words = [piece for piece in pieces if piece.strip()]  # drops whitespace and empty strings
    return words


def build_vocab(tokens: Iterable[str], specials: Sequence[str] = ()) -> dict[str, int]:
    """Assigns ids to the distinct tokens in sorted order, then to the special tokens. Book, section 2.3."""
    distinct_tokens = set(tokens)
    ordered_tokens = [*sorted(distinct_tokens), *specials]
    vocab = {token: idx for idx, token in enumerate(ordered_tokens)}
    return vocab


class SimpleTokenizerV1:
    """A tokenizer with a fixed vocabulary. Book, section 2.3."""

    def __init__(self, vocab: dict[str, int]) -> None:
        self.str_to_int = vocab
        self.int_to_str = {idx: word for word, idx in vocab.items()}

    def encode(self, text: str) -> list[int]:
        """Converts a text to ids. Raises KeyError for a word that is not in the vocabulary."""
        words = split_words(text)
        ids = [self.str_to_int[word] for word in words]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Joins the words with spaces, without a space before punctuation."""
        spaced_words = " ".join(self.int_to_str[idx] for idx in ids)
        text = re.sub(r"\s+([,.?!\"()'])", r"\1", spaced_words)
        return text


class SimpleTokenizerV2:
    """A tokenizer that replaces unknown words by <|unk|>. Book, section 2.4."""

    def __init__(self, vocab: dict[str, int]) -> None:
        self.str_to_int = vocab
        self.int_to_str = {idx: word for word, idx in vocab.items()}

    def encode(self, text: str) -> list[int]:
        """Converts any text to ids. The vocabulary must contain "<|unk|>"."""
        words = split_words(text)
        known_words = [word if word in self.str_to_int else "<|unk|>" for word in words]
        ids = [self.str_to_int[word] for word in known_words]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Joins the words with spaces, without a space before punctuation."""
        spaced_words = " ".join(self.int_to_str[idx] for idx in ids)
        text = re.sub(r"\s+([,.:;?!\"()'])", r"\1", spaced_words)
        return text
