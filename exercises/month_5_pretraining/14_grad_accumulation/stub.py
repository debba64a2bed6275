import torch
import torch.nn.functional as F


def train_accumulated(model, batches, optimizer, k):
    """Takes one optimizer step for each k batches, with the mean loss of all their targets that are not -100.

    model: in training mode; maps ids (B, T) to logits (B, T, V)
    batches: a list of (inputs, targets), (B, T) each, int64
    optimizer: updates the parameters of the model
    k: number of batches for each step; the last step may have fewer
    """
    raise NotImplementedError
