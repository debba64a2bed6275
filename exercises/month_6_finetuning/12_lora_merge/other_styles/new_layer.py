"""Creates new layers, and finds the change by passing unit vectors through the LoRA layer."""

import torch
import torch.nn as nn
from parts import LinearWithLoRA


@torch.no_grad()
def plain(layer: LinearWithLoRA) -> nn.Linear:
    old = layer.linear
    like = {"device": old.weight.device, "dtype": old.weight.dtype}
    new = nn.Linear(old.in_features, old.out_features, bias=old.bias is not None, **like)
    change = layer.lora(torch.eye(old.in_features, **like))
    new.weight.copy_(old.weight + change.transpose(0, 1))
    if old.bias is not None:
        new.bias.copy_(old.bias)
    return new


def merge_lora(model):
    found = [(name, module) for name, module in model.named_modules() if isinstance(module, LinearWithLoRA)]
    for name, module in found:
        parent, _, last = name.rpartition(".")
        model.get_submodule(parent).register_module(last, plain(module))
    return model
