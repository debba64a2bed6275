"""Keeps each layer in an attribute of its own and applies ReLU as a function."""

import torch.nn.functional as F
from torch import Tensor, nn


class NeuralNetwork(nn.Module):
    def __init__(self, num_inputs: int, num_outputs: int, hidden: tuple[int, int] = (30, 20)) -> None:
        super().__init__()
        self.output = nn.Linear(hidden[1], num_outputs)
        self.second = nn.Linear(*hidden)
        self.first = nn.Linear(num_inputs, hidden[0])

    def forward(self, inputs: Tensor) -> Tensor:
        return self.output(F.relu(self.second(F.relu(self.first(inputs)))))
