import torch
from torch import nn

from parts import calc_loss_batch, merge_lora, replace_linear_with_lora


def prepare_lora(model, num_classes, rank, alpha):
    """Makes the model a classifier in which only LoRA layers are trainable, in place.

    model: a GPTModel
    """
    raise NotImplementedError


def train_lora(model, train_loader, num_epochs, lr):
    """Trains the trainable parameters of the model with AdamW.

    model: a model that prepare_lora has prepared
    train_loader: yields batches of ids (B, T) and classes (B,)
    Returns the mean loss of each epoch, a list of floats.
    """
    raise NotImplementedError


def finetune(model, num_classes, train_loader, rank, alpha, num_epochs, lr):
    """Prepares and trains the model and merges its LoRA layers, in place. Returns the losses of train_lora."""
    raise NotImplementedError
