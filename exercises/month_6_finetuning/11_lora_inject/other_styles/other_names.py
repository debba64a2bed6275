"""Collects the linear layers first, then replaces them; uses other attribute names."""

import torch.nn as nn
import torch.nn.functional as F
from parts import LoRALayer


class LinearWithLoRA(nn.Module):
    def __init__(self, linear: nn.Linear, rank: int, alpha: float, enabled: bool = True) -> None:
        super().__init__()
        self.frozen_layer = linear
        self.adapter = LoRALayer(linear.in_features, linear.out_features, rank, alpha)
        self.enabled = enabled

    def forward(self, x):
        out = F.linear(x, self.frozen_layer.weight, self.frozen_layer.bias)
        return out + self.adapter(x) if self.enabled else out


def replace_linear_with_lora(model, rank, alpha):
    layers = [(parent, name) for parent in model.modules() for name, child in parent.named_children()
              if isinstance(child, nn.Linear)]  # fmt: skip
    for parent, name in layers:
        parent._modules[name] = LinearWithLoRA(getattr(parent, name), rank, alpha)
    return model
