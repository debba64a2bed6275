"""Defines its own LoRALayer and scales by alpha / rank."""

import torch


class LoRALayer(torch.nn.Module):
    def __init__(self, in_dim, out_dim, rank, alpha):
        super().__init__()
        self.A = torch.nn.Parameter(torch.randn(in_dim, rank) / rank**0.5)
        self.B = torch.nn.Parameter(torch.zeros(rank, out_dim))
        self.scaling = alpha / rank

    def forward(self, x):
        return self.scaling * (x @ self.A @ self.B)


class LinearWithLoRA(torch.nn.Module):
    def __init__(self, linear, rank, alpha):
        super().__init__()
        self.linear = linear
        self.lora = LoRALayer(linear.in_features, linear.out_features, rank, alpha)

    def forward(self, x):
        return torch.add(self.linear(x), self.lora(x))


def replace_linear_with_lora(model, rank, alpha):
    for name, module in reversed(list(model.named_modules())):
        if type(module) is torch.nn.Linear:
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, LinearWithLoRA(module, rank, alpha))
