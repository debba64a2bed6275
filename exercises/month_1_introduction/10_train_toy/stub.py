import torch
from torch.utils.data import DataLoader

from parts import ToyDataset, compute_accuracy, train_epoch


def train_toy(model, X_train, y_train, X_test, y_test, num_epochs=3, batch_size=2, lr=0.5):
    """Trains the model with SGD and measures its accuracy.

    model: maps features (B, F) to logits (B, C); it is trained in place
    X_train, y_train: the training data, (N, F) and (N,)
    X_test, y_test: the test data, (M, F) and (M,)
    Returns (losses, train_accuracy, test_accuracy), where losses is a list with the loss of each epoch.
    """
    raise NotImplementedError
