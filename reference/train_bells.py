"""The training loop with a learning-rate schedule and gradient clipping (book, appendix D.4).

Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.clipping import clip_grad_norm
from reference.evaluation import evaluate_model
from reference.loss import calc_loss_batch
from reference.pretraining import generate_and_print_sample
from reference.schedule import lr_at

MAX_NORM = 1.0  # of all gradients together


def train_model(
    model: nn.Module,
    train_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    val_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    optimizer: torch.optim.Optimizer,
    device: torch.device | str,
    n_epochs: int,
    eval_freq: int,
    eval_iter: int,
    start_context: str,
    tokenizer: Any,
    warmup_steps: int,
    initial_lr: float = 3e-5,
    min_lr: float = 1e-6,
) -> tuple[list[float], list[float], list[int], list[float]]:
    """Trains with warm-up, cosine decay and clipping; the optimizer's learning rate is the peak.

    Returns (train_losses, val_losses, track_tokens_seen, track_lrs): three lists with an item for each evaluation,
    and the learning rate of each step. The loaders yield inputs and targets, (B, T) each. Steps are counted from 0
    over all epochs. Book, appendix D.4.
    """
    train_losses: list[float] = []
    val_losses: list[float] = []
    track_tokens_seen: list[int] = []
    track_lrs: list[float] = []
    tokens_seen, step = 0, 0
    peak_lr = optimizer.param_groups[0]["lr"]  # read once: the loop changes it
    total_steps = n_epochs * len(train_loader)
    for epoch in range(n_epochs):
        model.train()  # enables dropout
        for input_batch, target_batch in train_loader:
            optimizer.zero_grad()
            lr = lr_at(step, total_steps, warmup_steps, peak_lr, initial_lr, min_lr)
            for group in optimizer.param_groups:
                group["lr"] = lr
            track_lrs.append(lr)
            loss = calc_loss_batch(input_batch, target_batch, model, device)
            loss.backward()
            if step >= warmup_steps:
                clip_grad_norm(model.parameters(), MAX_NORM)
            optimizer.step()
            tokens_seen += input_batch.numel()
            if step % eval_freq == 0:
                train_loss, val_loss = evaluate_model(model, train_loader, val_loader, device, eval_iter)
                train_losses.append(train_loss)
                val_losses.append(val_loss)
                track_tokens_seen.append(tokens_seen)
                print(f"Epoch {epoch + 1}, step {step}: training loss {train_loss:.3f}, validation loss {val_loss:.3f}")
            step += 1
        generate_and_print_sample(model, tokenizer, device, start_context)
    return train_losses, val_losses, track_tokens_seen, track_lrs
