"""A language model of letters that is counted from a text in an instant, for tries."""

from __future__ import annotations

import re

import torch
from torch import nn

ALPHABET = " abcdefghijklmnopqrstuvwxyz.,'"
UNSEEN = 0.5  # weight of the shorter context's probabilities, in counts


def encode(text: str) -> list[int]:
    """Returns the ids of a text's letters; other characters become spaces, and several spaces one."""
    return [ALPHABET.index(c) for c in re.sub(r"[^a-z.,']+", " ", text.lower())]


def decode(ids: torch.Tensor | list[int]) -> str:
    """Returns the text of ids."""
    return "".join(ALPHABET[int(i)] for i in ids)


class LetterModel(nn.Module):
    """Predicts the next letter from up to `order` letters before, by their counts in a text.

    Maps ids (B, T) to logits (B, T, V), which are log-probabilities, as a GPT does."""

    def __init__(self, text: str, order: int) -> None:
        super().__init__()
        self.order, size = order, len(ALPHABET)
        ids = torch.tensor(encode(text))
        tables = [torch.bincount(ids, minlength=size).float() + 1.0]
        tables[0] = (tables[0] / tables[0].sum())[None]  # (1, V)
        for n in range(1, order + 1):
            windows = ids.unfold(0, n + 1, 1)
            powers = size ** torch.arange(n, -1, -1)
            counts = torch.bincount((windows * powers).sum(dim=1), minlength=size ** (n + 1)).float().view(-1, size)
            shorter = tables[-1].repeat(size, 1)  # without the context's first letter
            tables.append((counts + UNSEEN * shorter) / (counts.sum(dim=1, keepdim=True) + UNSEEN))
        self.tables = [table.log() for table in tables]

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        logits = self.tables[min(self.order, 1)][ids if self.order else torch.zeros_like(ids)]
        context = ids
        for n in range(2, self.order + 1):
            context = context[:, :-1] * len(ALPHABET) + ids[:, n - 1 :]  # the n letters up to each position
            logits[:, n - 1 :] = self.tables[n][context]
        return logits
