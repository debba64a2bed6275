import torch
from torch import nn

from parts import LoRALayer


class LinearWithLoRA(nn.Module):
    """A linear layer whose output is changed by a LoRALayer.

    linear: a trained nn.Linear, which is kept
    rank, alpha: arguments of the LoRALayer
    """

    def __init__(self, linear, rank, alpha):
        super().__init__()
        raise NotImplementedError

    def forward(self, x):
        """x: (..., in_features). Returns (..., out_features)."""
        raise NotImplementedError


def replace_linear_with_lora(model, rank, alpha):
    """Replaces every nn.Linear in the model by a LinearWithLoRA, at any depth and in place."""
    raise NotImplementedError
