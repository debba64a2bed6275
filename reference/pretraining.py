"""The training loop of a language model (book, section 5.2).

Shapes: batch size B, sequence length T, context length C.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.evaluation import evaluate_model
from reference.greedy_generation import generate_text_simple
from reference.loss import calc_loss_batch
from reference.token_ids import text_to_token_ids, token_ids_to_text

SAMPLE_LENGTH = 10  # tokens


def generate_and_print_sample(model: nn.Module, tokenizer: Any, device: torch.device | str, start_context: str) -> None:
    """Prints a continuation of start_context on one line. The model is in training mode afterwards.

    The model's pos_emb has a row for each position, (C, emb_dim). Book, section 5.2.
    """
    model.eval()
    context_length = model.get_submodule("pos_emb").get_parameter("weight").shape[0]
    prompt = text_to_token_ids(start_context, tokenizer).to(device)
    with torch.no_grad():
        token_ids = generate_text_simple(model, prompt, SAMPLE_LENGTH, context_length)
    print(token_ids_to_text(token_ids, tokenizer).replace("\n", " "))
    model.train()  # training continues


def train_model_simple(
    model: nn.Module,
    train_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    val_loader: DataLoader[tuple[torch.Tensor, torch.Tensor]],
    optimizer: torch.optim.Optimizer,
    device: torch.device | str,
    num_epochs: int,
    eval_freq: int,
    eval_iter: int,
    start_context: str,
    tokenizer: Any,
) -> tuple[list[float], list[float], list[int]]:
    """Trains the model for some epochs. Returns the results of its evaluations: (train_losses, val_losses,
    track_tokens_seen), lists with one item for each.

    The loaders yield inputs and targets, (B, T) each. Steps are counted from 0 over all epochs; after a step whose
    number is divisible by eval_freq the model is evaluated on eval_iter batches. Book, section 5.2.
    """
    train_losses: list[float] = []
    val_losses: list[float] = []
    track_tokens_seen: list[int] = []
    tokens_seen, step = 0, 0
    for epoch in range(num_epochs):
        model.train()  # enables dropout
        for input_batch, target_batch in train_loader:
            optimizer.zero_grad()
            loss = calc_loss_batch(input_batch, target_batch, model, device)
            loss.backward()
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
    return train_losses, val_losses, track_tokens_seen
