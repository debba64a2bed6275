"""From a text to words, from words to ids, and back (book, sections 2.2 to 2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

BREAKS = r"""([,.:;?_!"()']|--|\s)"""  # where a text is split; the group keeps what it is split at


def split_words(text: str) -> list[str]:
    """The words and marks of a text, in order; white space only parts them. Book, section 2.2."""
    pieces = re.split(BREAKS, text)
    words = [piece for piece in pieces if piece.strip()]  # neither blanks nor the empty pieces between two marks
    return words


def build_vocab(tokens: Iterable[str], specials: Sequence[str] = ()) -> dict[str, int]:
    """An id for each distinct token, in sorted order, then for the specials as given. Book, section 2.3."""
    distinct_tokens = set(tokens)
    ordered_tokens = [*sorted(distinct_tokens), *specials]
    vocab = {token: idx for idx, token in enumerate(ordered_tokens)}
    return vocab


class SimpleTokenizerV1:
    """Words to ids by a fixed vocabulary. Book, section 2.3."""

    def __init__(self, vocab: dict[str, int]) -> None:
        self.str_to_int = vocab
        self.int_to_str = {idx: word for word, idx in vocab.items()}

    def encode(self, text: str) -> list[int]:
        """The ids of a text; raises KeyError at a word that the vocabulary does not hold."""
        words = split_words(text)
        ids = [self.str_to_int[word] for word in words]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The words with a space between them, but none before a mark."""
        spaced_words = " ".join(self.int_to_str[idx] for idx in ids)
        text = re.sub(r"\s+([,.?!\"()'])", r"\1", spaced_words)
        return text


class SimpleTokenizerV2:
    """The same for any text: words that it does not know become <|unk|>. Book, section 2.4."""

    def __init__(self, vocab: dict[str, int]) -> None:
        self.str_to_int = vocab
        self.int_to_str = {idx: word for word, idx in vocab.items()}

    def encode(self, text: str) -> list[int]:
        """The ids of any text; the vocabulary must hold "<|unk|>"."""
        words = split_words(text)
        known_words = [word if word in self.str_to_int else "<|unk|>" for word in words]
        ids = [self.str_to_int[word] for word in known_words]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The words with a space between them, but none before a mark."""
        spaced_words = " ".join(self.int_to_str[idx] for idx in ids)
        text = re.sub(r"\s+([,.:;?!\"()'])", r"\1", spaced_words)
        return text
