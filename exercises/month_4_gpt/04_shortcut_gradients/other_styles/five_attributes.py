"""Five separate linear layers; decides in __init__ which of them have a shortcut."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ExampleDeepNeuralNetwork(nn.Module):
    def __init__(self, layer_sizes, use_shortcut):
        super().__init__()
        a, b, c, d, e, f = layer_sizes
        self.first = nn.Linear(a, b)
        self.second = nn.Linear(b, c)
        self.third = nn.Linear(c, d)
        self.fourth = nn.Linear(d, e)
        self.fifth = nn.Linear(e, f)
        self.steps = [use_shortcut and i == o for i, o in ((a, b), (b, c), (c, d), (d, e), (e, f))]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        layers = (self.first, self.second, self.third, self.fourth, self.fifth)
        for layer, has_shortcut in zip(layers, self.steps, strict=True):
            out = F.gelu(layer(x), approximate="tanh")
            x = torch.add(x, out) if has_shortcut else out
        return x
