import torch

from parts import calc_accuracy_loader, calc_loss_batch, evaluate_model


def train_classifier_simple(
    model, train_loader, val_loader, optimizer, device, num_epochs,
    eval_freq, eval_iter
):
    """Trains a classifier and measures it on the way.

    train_loader, val_loader: yield inputs (B, T) and classes (B,)
    optimizer: holds the parameters to train
    num_epochs: the number of passes through the training data
    eval_freq: the steps from one measurement of the losses to the next
    eval_iter: the batches of each loader that a measurement uses
    Returns train_losses, val_losses, train_accs, val_accs (lists of floats)
    and examples_seen (an int).
    """
    raise NotImplementedError
