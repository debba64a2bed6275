import torch
from torch import nn

from parts import LoRALayer


class LinearWithLoRA(nn.Module):
    """A linear layer with a LoRA layer beside it.

    linear: the trained nn.Linear, which goes on doing its work
    rank, alpha: for the LoRALayer
    """

    def __init__(self, linear, rank, alpha):
        super().__init__()
        raise NotImplementedError

    def forward(self, x):
        """x: (..., in_features). Returns (..., out_features)."""
        raise NotImplementedError


def replace_linear_with_lora(model, rank, alpha):
    """Replaces every nn.Linear inside the model, at any depth and in place, by a LinearWithLoRA."""
    raise NotImplementedError
