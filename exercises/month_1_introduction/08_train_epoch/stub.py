import torch
import torch.nn.functional as F


def train_epoch(model, loader, optimizer):
    """Trains the model on every batch of the loader once.

    model: gives logits (B, C) for inputs (B, ...)
    loader: gives batches (inputs, labels), labels being class numbers (B,)
    optimizer: holds the model's parameters
    Returns the mean of the batches' losses, a Python float.
    """
    raise NotImplementedError
