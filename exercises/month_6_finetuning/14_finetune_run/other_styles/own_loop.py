"""Trains with its own loss, resets gradients after each step, and gives the optimizer all parameters."""

import torch
import torch.nn.functional as F
from parts import merge_lora, replace_linear_with_lora


def prepare_lora(model, num_classes, rank, alpha):
    model.out_head = torch.nn.Linear(in_features=model.out_head.in_features, out_features=num_classes)
    model.requires_grad_(False)
    replace_linear_with_lora(model, rank=rank, alpha=alpha)
    return model


def train_lora(model, train_loader, num_epochs, lr):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    history = []
    for _ in range(num_epochs):
        model.train()
        total, count = 0.0, 0
        for x, y in train_loader:
            logits = model(x)[:, -1]
            loss = F.nll_loss(logits.log_softmax(dim=-1), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total, count = total + float(loss), count + 1
        history.append(total / count)
    return history


def finetune(model, num_classes, train_loader, rank, alpha, num_epochs, lr):
    history = train_lora(prepare_lora(model, num_classes, rank, alpha), train_loader, num_epochs, lr)
    merge_lora(model.eval())
    return history
