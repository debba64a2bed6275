"""A first network, its data, and how often it is right (book, appendix A.5 to A.7).

Shapes: N examples of F features; C classes.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class NeuralNetwork(nn.Module):
    """Two hidden layers of 30 and 20 units, each with a ReLU. (N, num_inputs) → (N, num_outputs). Section A.5."""

    def __init__(self, num_inputs: int, num_outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_inputs, 30),
            nn.ReLU(),
            nn.Linear(30, 20),
            nn.ReLU(),
            nn.Linear(20, num_outputs),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first_hidden = self.layers[:2](x)  # (N, 30)
        second_hidden = self.layers[2:4](first_hidden)  # (N, 20)
        logits = self.layers[4](second_hidden)  # (N, C), any numbers at all: the loss takes the softmax
        return logits


class ToyDataset(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Examples with their labels, one at a time, as a DataLoader asks for them. Section A.6."""

    def __init__(self, X: torch.Tensor, y: torch.Tensor) -> None:
        self.features = X  # (N, F)
        self.labels = y  # (N,)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        one_x = self.features[index]  # (F,), a view: no number is copied
        one_y = self.labels[index]  # ()
        return one_x, one_y

    def __len__(self) -> int:
        return len(self.labels)


@torch.no_grad()  # nothing is learned here, so no history of the computation is kept
def compute_accuracy(model: nn.Module, dataloader: DataLoader[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """The share of all examples whose largest logit is that of the right class, 0 to 1. Section A.7."""
    was_training = model.training
    model.eval()
    correct, total = 0, 0
    for features, labels in dataloader:
        logits = model(features)  # (B, C)
        predictions = logits.argmax(dim=-1)  # (B,)
        matches = predictions == labels  # (B,)
        correct += int(matches.sum())
        total += len(labels)  # the last batch may be smaller
    model.train(was_training)
    return correct / total
