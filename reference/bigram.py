"""A bigram language model estimated by counting (Shannon, 1948; Jurafsky and Martin, chapter 3).

Shapes: V is the vocabulary size.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch


class BigramLM:
    """Estimates P(next | current) from counts of adjacent pairs, with add-one smoothing."""

    def __init__(self, vocab_size: int) -> None:
        self.vocab_size = vocab_size
        self.counts = torch.ones(vocab_size, vocab_size, dtype=torch.float64)  # row: current, column: next

    def fit(self, ids: Sequence[int]) -> None:
        """Counts the adjacent pairs of ids, and discards earlier counts."""
        self.counts = torch.ones(self.vocab_size, self.vocab_size, dtype=torch.float64)
        for current, following in pairwise(torch.as_tensor(ids).tolist()):
            self.counts[current, following] += 1

    def probabilities(self) -> torch.Tensor:
        """Returns P(next | current) as a matrix (V, V) whose rows sum to 1."""
        totals = self.counts.sum(dim=1, keepdim=True)  # (V, 1)
        return self.counts / totals

    def nll(self, ids: Sequence[int]) -> float:
        """Returns the mean of −ln P(next | current) over all adjacent pairs, in nats."""
        tokens = torch.as_tensor(ids)
        current, following = tokens[:-1], tokens[1:]
        predicted = self.probabilities()[current, following]  # the probability of each actual next token
        losses = -predicted.log()
        return losses.mean().item()

    def sample(self, n: int, seed: int) -> list[int]:
        """Samples n ids, the first of which is 0, each given the previous one. The same seed gives the same ids."""
        generator = torch.Generator().manual_seed(seed)  # a separate generator leaves PyTorch's global one unchanged
        probabilities = self.probabilities()
        current = 0
        ids = [current]
        while len(ids) < n:
            current = int(torch.multinomial(probabilities[current], 1, generator=generator))
            ids.append(current)
        return ids[:n]
