"""Fine-tuning with LoRA from start to end: a classifier whose change is merged into the weights (book, appendix E).

Shapes: batch size B, sequence length T, number of classes C.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.classify_metrics import calc_loss_batch
from reference.gpt import GPTModel
from reference.lora import replace_linear_with_lora
from reference.lora_merge import merge_lora

Loader = DataLoader[tuple[torch.Tensor, torch.Tensor]]


def prepare_lora(model: GPTModel, num_classes: int, rank: int, alpha: float) -> None:
    """Makes a GPT a classifier in which only LoRA layers are trainable, in place. Book, sections E.3 and E.4."""
    emb_dim = model.out_head.in_features
    model.out_head = nn.Linear(emb_dim, num_classes)
    for parameter in model.parameters():
        parameter.requires_grad = False
    replace_linear_with_lora(model, rank, alpha)  # after the freezing, so that A and B are trainable


def train_lora(model: nn.Module, train_loader: Loader, num_epochs: int, lr: float) -> list[float]:
    """Trains what is trainable; returns the mean loss of each epoch. The loader yields ids (B, T) and classes (B,)."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=lr)
    device = trainable[0].device
    losses = []
    model.train()
    for _ in range(num_epochs):
        batch_losses = []
        for input_batch, target_batch in train_loader:
            optimizer.zero_grad()
            loss = calc_loss_batch(input_batch, target_batch, model, device)  # of the last token
            loss.backward()
            optimizer.step()
            batch_losses.append(loss.item())
        losses.append(sum(batch_losses) / len(batch_losses))
    return losses


def finetune(
    model: GPTModel, num_classes: int, train_loader: Loader, rank: int, alpha: float, num_epochs: int, lr: float
) -> list[float]:
    """Prepares, trains and merges the model in place; returns the losses. It is then a GPT without LoRA layers, in
    evaluation mode."""
    prepare_lora(model, num_classes, rank, alpha)
    losses = train_lora(model, train_loader, num_epochs, lr)
    merge_lora(model)
    model.eval()
    return losses
