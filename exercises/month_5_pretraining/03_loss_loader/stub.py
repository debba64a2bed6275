import torch

from parts import calc_loss_batch


def calc_loss_loader(data_loader, model, device, num_batches=None):
    """Returns the mean loss of a language model over the batches of a data loader.

    data_loader: yields batches (inputs, targets), (B, T) each
    model: maps ids (B, T) to logits (B, T, V)
    device: where the model is
    num_batches: how many batches to use; None, or more than there are, for all
    Returns a Python float; NaN if the loader is empty.
    """
    raise NotImplementedError
