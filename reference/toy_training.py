"""Trains a classifier to the end and measures it on new data (book, section A.7).

Shapes: N training examples and M test examples of F features.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.classifier import ToyDataset, compute_accuracy
from reference.training import train_epoch


def train_toy(
    model: nn.Module,
    X_train: torch.Tensor,
    y_train: torch.Tensor,
    X_test: torch.Tensor,
    y_test: torch.Tensor,
    num_epochs: int = 3,
    batch_size: int = 2,
    lr: float = 0.5,
) -> tuple[list[float], float, float]:
    """Trains the model with SGD. Returns the loss of each epoch, and the accuracies on training and test data.

    X_train (N, F), y_train (N,), X_test (M, F), y_test (M,). Book, section A.7.
    """
    train_loader = DataLoader(ToyDataset(X_train, y_train), batch_size=batch_size, shuffle=True)
    test_loader = DataLoader(ToyDataset(X_test, y_test), batch_size=batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = [train_epoch(model, train_loader, optimizer) for _ in range(num_epochs)]
    train_accuracy = compute_accuracy(model, train_loader)  # after the last step
    test_accuracy = compute_accuracy(model, test_loader)  # on examples that the model has not seen
    return losses, train_accuracy, test_accuracy
