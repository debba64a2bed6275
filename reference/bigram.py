"""The simplest language model: what follows each token, counted (Shannon, 1948).

Shapes: V tokens in the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch


class BigramLM:
    """P(next | current) from counted pairs, each counted once more than it was seen, so that none has 0."""

    def __init__(self, vocab_size: int) -> None:
        self.vocab_size = vocab_size
        self.counts = torch.ones(vocab_size, vocab_size, dtype=torch.float64)  # row: current, column: next

    def fit(self, ids: Sequence[int]) -> None:
        """Counts the pairs of neighbours of a text's ids; forgets an earlier text."""
        self.counts = torch.ones(self.vocab_size, self.vocab_size, dtype=torch.float64)
        for current, following in pairwise(torch.as_tensor(ids).tolist()):
            self.counts[current, following] += 1

    def probabilities(self) -> torch.Tensor:
        """(V, V), each row what may follow one token."""
        totals = self.counts.sum(dim=1, keepdim=True)  # (V, 1)
        return self.counts / totals

    def nll(self, ids: Sequence[int]) -> float:
        """The mean of −ln P(next | current) over the pairs of neighbours, in nats."""
        tokens = torch.as_tensor(ids)
        current, following = tokens[:-1], tokens[1:]
        predicted = self.probabilities()[current, following]  # of what really came next
        losses = -predicted.log()
        return losses.mean().item()

    def sample(self, n: int, seed: int) -> list[int]:
        """n ids, each drawn after the one before; the same seed gives the same ids."""
        generator = torch.Generator().manual_seed(seed)  # its own, so that the global one stays as it is
        probabilities = self.probabilities()
        current = int(torch.randint(self.vocab_size, (), generator=generator))
        ids = [current]
        while len(ids) < n:
            current = int(torch.multinomial(probabilities[current], 1, generator=generator))
            ids.append(current)
        return ids[:n]
