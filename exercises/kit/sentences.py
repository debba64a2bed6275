"""Real sentences as vectors, and attention weights read from any attention layer, for tries."""

from __future__ import annotations

import re
import zlib
from itertools import pairwise
from typing import Any

import torch
from torch import nn

LETTERS = 16  # components of a word's letters; as many follow for its position
MAX_WORDS = 16


def words(text: str) -> list[str]:
    """Returns the first MAX_WORDS words and punctuation marks of a text."""
    return re.findall(r"\w+|[^\w\s]", text)[:MAX_WORDS] or ["∅"]


def letter_vectors(tokens: list[str]) -> torch.Tensor:
    """Returns a unit vector (LETTERS,) for each word, from its pairs of letters: words that share letters are similar.
    Shape (T, LETTERS)."""
    vectors = torch.zeros(len(tokens), LETTERS)
    for row, token in zip(vectors, tokens, strict=True):
        for first, second in pairwise(f" {token.lower()} "):
            # with this seed, words without common letters are hardly similar in the usual sentences
            generator = torch.Generator().manual_seed(zlib.crc32(f"53{first}{second}".encode()))
            row += torch.randn(LETTERS, generator=generator)
    return vectors / vectors.norm(dim=1, keepdim=True)


def word_vectors(tokens: list[str]) -> torch.Tensor:
    """Returns the letters' vector and a one-hot position for each word: (T, LETTERS + MAX_WORDS)."""
    return torch.cat([letter_vectors(tokens), torch.eye(MAX_WORDS)[: len(tokens)]], dim=1)


def set_projection(owner: Any, name: str, matrix: torch.Tensor) -> None:
    """Sets a projection x @ matrix, of shape (d_in, d_out), whether `owner` keeps an nn.Linear or a parameter."""
    part = getattr(owner, name)
    with torch.no_grad():
        if isinstance(part, nn.Linear):
            part.weight.copy_(matrix.T)
            if part.bias is not None:
                part.bias.zero_()
        else:
            part.copy_(matrix)


def set_table(owner: Any, name: str, values: torch.Tensor) -> None:
    """Sets the vectors of an embedding, whether `owner` keeps an nn.Embedding or a parameter."""
    part = getattr(owner, name)
    with torch.no_grad():
        (part if isinstance(part, nn.Parameter) else part.weight).copy_(values)


def same_letters(strength: float = 24.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns W_query and W_key, both (LETTERS + MAX_WORDS, 16), that compare the letters of two words."""
    matrix = torch.zeros(LETTERS + MAX_WORDS, MAX_WORDS)
    matrix[:LETTERS] = torch.eye(LETTERS) * strength**0.5
    return matrix, matrix.clone()


def word_before(strength: float = 24.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns W_query and W_key, both (LETTERS + MAX_WORDS, 16), with which a word looks for the one before it."""
    query, key = torch.zeros(2, LETTERS + MAX_WORDS, MAX_WORDS)
    query[LETTERS + 1 :, :-1] = torch.eye(MAX_WORDS - 1) * strength**0.5
    key[LETTERS:] = torch.eye(MAX_WORDS) * strength**0.5
    return query, key


def position_values() -> torch.Tensor:
    """Returns a W_value (LETTERS + MAX_WORDS, 16) that passes on the position only. A context vector is then the row of
    attention weights, since it is the weighted sum of the one-hot positions."""
    return torch.cat([torch.zeros(LETTERS, MAX_WORDS), torch.eye(MAX_WORDS)])


def lower_triangle(weights: torch.Tensor) -> list[list[float | None]]:
    """Returns attention weights (T, T) as rows, with None for a weight of exactly 0 after the diagonal."""
    rows = weights.tolist()
    return [[None if j > i and value == 0 else value for j, value in enumerate(row)] for i, row in enumerate(rows)]


def strongest(tokens: list[str], row: torch.Tensor) -> str:
    """Says where a row of attention weights (T,) looks: "most at “ferry” (62%)"."""
    best = int(row.argmax())
    if int((row >= row[best] - 1e-3).sum()) == len(tokens) > 1:
        return f"at all words alike ({float(row[best]):.0%})"
    return f"most at “{tokens[best]}” ({float(row[best]):.0%})"


def sums(weights: torch.Tensor) -> str:
    """Says what the rows of attention weights (T, T) sum to."""
    totals = weights.sum(dim=-1)
    low, high = float(totals.min()), float(totals.max())
    return f"Each row sums to {low:.3g}." if high - low < 1e-3 else f"The rows sum to {low:.3g} to {high:.3g}."


def leak(weights: torch.Tensor) -> str:
    """Says how much weight (T, T) lies on later words; "" if none does."""
    later = float(weights.triu(1).abs().sum() / weights.abs().sum().clamp(min=1e-9))
    return f" {later:.0%} of the weight lies on later words: the future leaks." if later > 1e-6 else ""
