import torch.nn.functional as F


def calc_loss_batch(input_batch, target_batch, model, device):
    """Returns the mean cross-entropy of a language model over all tokens of a batch.

    input_batch: (B, T), int64
    target_batch: (B, T), int64, the inputs shifted by one token already
    model: maps ids (B, T) to logits (B, T, V)
    device: where the model is; both batches are moved there
    Returns a scalar tensor.
    """
    raise NotImplementedError
