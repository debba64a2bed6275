import torch
import torch.nn.functional as F


def train_epoch(model, loader, optimizer):
    """Trains the model for one epoch, with one optimizer step per batch.

    model: maps inputs (B, ...) to logits (B, C)
    loader: yields batches (inputs, labels), where labels (B,) are class indices
    optimizer: updates the parameters of the model
    Returns the mean of the batch losses, a Python float.
    """
    raise NotImplementedError
