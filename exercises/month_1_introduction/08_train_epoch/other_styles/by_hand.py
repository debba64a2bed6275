"""Computes the cross-entropy from logsumexp."""

import torch


def nll(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    chosen = logits[torch.arange(len(labels)), labels]
    return (torch.logsumexp(logits, dim=1) - chosen).mean()


def train_epoch(model, loader, optimizer) -> float:
    model.train(True)
    total = torch.zeros(())
    for features, labels in loader:
        optimizer.zero_grad(set_to_none=False)
        loss = nll(model(features), labels)
        loss.backward()
        total = total + loss.detach()
        optimizer.step()
    return float(total / len(loader))
