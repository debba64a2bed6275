import torch
from torch import nn

from parts import LinearWithLoRA


def merge_lora(model):
    """Replaces every LinearWithLoRA in the model by an nn.Linear that computes the same, at any depth and in place."""
    raise NotImplementedError
