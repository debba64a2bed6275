import torch

from parts import calc_loss_loader


def evaluate_model(model, train_loader, val_loader, device, eval_iter):
    """Measures the model between two training steps, without dropout and without gradients.

    train_loader, val_loader: yield batches (inputs, targets), (B, T) each
    device: where the model is
    eval_iter: how many batches of each loader to use
    Returns (train_loss, val_loss), two Python floats; the model is in training mode afterwards.
    """
    raise NotImplementedError
