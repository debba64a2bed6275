import torch
from torch import nn


def to_classifier(model, num_classes):
    """Turns a GPT into a classifier, in place.

    model: has the attributes of GPTModel: trf_blocks, final_norm, out_head, …
    num_classes: the number of logits of the new out_head
    Returns the same model. Only out_head, the last block and final_norm
    are trainable.
    """
    raise NotImplementedError
