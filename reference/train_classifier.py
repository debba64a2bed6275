"""The training loop of a classifier (book, section 6.7).

Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.classify_evaluation import evaluate_model
from reference.classify_metrics import calc_accuracy_loader, calc_loss_batch

Loader = DataLoader[tuple[torch.Tensor, torch.Tensor]]
Results = tuple[list[float], list[float], list[float], list[float], int]


def train_classifier_simple(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    optimizer: torch.optim.Optimizer,
    device: torch.device | str,
    num_epochs: int,
    eval_freq: int,
    eval_iter: int,
) -> Results:
    """Trains with one step per batch. Returns (train_losses, val_losses, train_accs, val_accs, examples_seen).

    The losses are measured after every eval_freq-th step, counted from 0, the accuracies after each epoch, both on
    the first eval_iter batches. The loaders yield inputs (B, T) and classes (B,). Book, section 6.7.
    """
    train_losses, val_losses, train_accs, val_accs = [], [], [], []
    examples_seen, step = 0, 0
    for _ in range(num_epochs):
        model.train()  # the accuracies of the last epoch have left it in evaluation mode
        for input_batch, target_batch in train_loader:
            optimizer.zero_grad()
            loss = calc_loss_batch(input_batch, target_batch, model, device)
            loss.backward()
            optimizer.step()
            examples_seen += len(input_batch)
            if step % eval_freq == 0:
                train_loss, val_loss = evaluate_model(model, train_loader, val_loader, device, eval_iter)
                train_losses.append(train_loss)
                val_losses.append(val_loss)
            step += 1
        train_accuracy = calc_accuracy_loader(train_loader, model, device, num_batches=eval_iter)
        val_accuracy = calc_accuracy_loader(val_loader, model, device, num_batches=eval_iter)
        train_accs.append(train_accuracy)
        val_accs.append(val_accuracy)
    return train_losses, val_losses, train_accs, val_accs, examples_seen
