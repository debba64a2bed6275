"""A small classifier, its dataset, and its accuracy (book, sections A.5 to A.7).

Shapes: N examples, F features, C classes, batch size B.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class NeuralNetwork(nn.Module):
    """An MLP with hidden layers of 30 and 20 units. (N, num_inputs) -> (N, num_outputs). Book, section A.5."""

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
        logits = self.layers(x)  # (N, C); the loss applies the softmax
        return logits


class ToyDataset(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """A dataset of features X (N, F) and labels y (N,). Book, section A.6."""

    def __init__(self, X: torch.Tensor, y: torch.Tensor) -> None:
        self.features = X  # (N, F)
        self.labels = y  # (N,)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.features[index]  # (F,), a view without a copy
        label = self.labels[index]  # ()
        return features, label

    def __len__(self) -> int:
        return len(self.labels)


@torch.no_grad()  # evaluation needs no computation graph
def compute_accuracy(model: nn.Module, dataloader: DataLoader[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """Returns the fraction of examples whose largest logit is that of the correct class. Book, section A.7."""
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
