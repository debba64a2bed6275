"""Freezes modules by their own method."""

from torch import nn


def to_classifier(model: nn.Module, num_classes: int) -> nn.Module:
    model.requires_grad_(False)
    model.trf_blocks[-1].requires_grad_(True)
    model.final_norm.requires_grad_()
    model.out_head = nn.Linear(model.tok_emb.embedding_dim, num_classes)
    return model
