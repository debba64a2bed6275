"""A deep network with and without shortcut connections, to compare its gradients (book, section 4.4).

Shapes: batch size N. layer_sizes has six numbers, for five layers.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from reference.layers import GELU


class ExampleDeepNeuralNetwork(nn.Module):
    """Five linear layers, each followed by GELU. (N, layer_sizes[0]) -> (N, layer_sizes[-1]).

    With use_shortcut, the input of a layer is added to its output wherever both have the same shape, so that a
    gradient of 1 reaches the layers before it (He et al., 2016). Book, section 4.4.
    """

    def __init__(self, layer_sizes: list[int], use_shortcut: bool) -> None:
        super().__init__()
        self.use_shortcut = use_shortcut
        self.layers = nn.ModuleList()
        for n_inputs, n_outputs in pairwise(layer_sizes):
            layer = nn.Sequential(nn.Linear(n_inputs, n_outputs), GELU())
            self.layers.append(layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            layer_output = layer(x)  # after the activation
            if self.use_shortcut and x.shape == layer_output.shape:
                x = x + layer_output
            else:
                x = layer_output
        return x
