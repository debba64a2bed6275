"""Turns a language model into a classifier (book, section 6.5)."""

from __future__ import annotations

from typing import Any

from torch import nn


def to_classifier(model: Any, num_classes: int) -> Any:
    """Gives a GPT a new output head with one logit per class, and freezes most of its layers. Book, section 6.5.

    model: a GPTModel, which is changed in place: its logits become (B, T, num_classes)
    Returns the same model. The head, the last block and the final norm are trainable, and nothing else.
    """
    for parameter in model.parameters():
        parameter.requires_grad = False
    emb_dim = model.out_head.in_features
    head = nn.Linear(emb_dim, num_classes)  # created after the freezing, so it is trainable
    model.out_head = head
    last_block = model.trf_blocks[-1]
    for layer in (last_block, model.final_norm):
        for parameter in layer.parameters():
            parameter.requires_grad = True
    return model
