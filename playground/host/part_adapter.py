"""The base of what fits a learner's module to the part that the model uses."""

from __future__ import annotations

from torch import Tensor, nn

Weights = dict[str, Tensor]


class Adapter(nn.Module):
    """A module that holds the learner's in `inner`, which has its own names for the weights.

    `note` is a sentence on what this changes in the model, or "".
    """

    inner: nn.Module
    note = ""

    def inner_weights(self, weights: Weights) -> Weights:
        """Returns the inner module's weights, from those of the part as the model names them."""
        raise NotImplementedError

    def part_weights(self) -> Weights:
        """Returns those of the part's weights that `inner_weights` has copied, by the model's names, as views of the
        inner module's: they are trained with these."""
        return {}
