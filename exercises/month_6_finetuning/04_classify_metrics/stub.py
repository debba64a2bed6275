import torch
import torch.nn.functional as F


def calc_loss_batch(input_batch, target_batch, model, device):
    """Returns the mean cross-entropy of a classifier on a batch, a scalar tensor.

    input_batch: (B, T), int64
    target_batch: (B,), the class of each text
    model: maps ids (B, T) to logits (B, T, C)
    device: where the model is; both batches are moved there
    """
    raise NotImplementedError


def calc_accuracy_loader(data_loader, model, device, num_batches=None):
    """Returns the fraction of texts whose class the model predicts, a float.

    data_loader: yields batches of inputs (B, T) and classes (B,)
    num_batches: how many batches to use: the first ones; None for all
    """
    raise NotImplementedError
