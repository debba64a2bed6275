"""The small model that comes with the program, for tries: its weights and a text in its tokens.

The process that starts a try offers them before the learner's process exists, which cannot read the files.
"""

from __future__ import annotations

from typing import NamedTuple

import torch


class Pocket(NamedTuple):
    """The model's weights by name, its number of heads, and the tokens of the try's text: their ids and texts."""

    weights: dict[str, torch.Tensor]
    n_heads: int
    ids: list[int]
    pieces: list[str]

    def first_input(self) -> torch.Tensor:
        """Returns what the attention of the first block receives: (T, emb_dim)."""
        ids = torch.tensor(self.ids)
        x = self.weights["tok_emb.weight"][ids] + self.weights["pos_emb.weight"][: len(ids)]
        scale, shift = (self.weights[f"trf_blocks.0.norm1.{name}"] for name in ("scale", "shift"))
        return torch.nn.functional.layer_norm(x, x.shape[-1:], scale, shift)


_offered: list[Pocket] = []  # at most one


def offer(pocket: Pocket) -> None:
    """Makes the model available in this process and in those that are forked from it."""
    _offered[:] = [pocket]


def get() -> Pocket | None:
    """Returns the model, or None where it is not there."""
    return _offered[0] if _offered else None
