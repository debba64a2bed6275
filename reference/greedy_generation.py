"""Autoregressive text generation that always takes the most likely token (book, section 4.7).

Shapes: batch size B, sequence length T, vocabulary size V.
"""

from __future__ import annotations

import torch
from torch import nn


def generate_text_simple(model: nn.Module, idx: torch.Tensor, max_new_tokens: int, context_size: int) -> torch.Tensor:
    """Appends max_new_tokens ids to each sequence of idx. (B, T) -> (B, T + max_new_tokens).

    model maps ids (B, T), with T at most context_size, to logits (B, T, V). Its mode is left to the caller.
    Book, section 4.7.
    """
    for _ in range(max_new_tokens):
        context = idx[:, -context_size:]  # the model's maximum input
        with torch.no_grad():
            logits = model(context)  # (B, T, V)
        last_logits = logits[:, -1, :]  # (B, V): the prediction of the next token
        next_id = torch.argmax(last_logits, dim=-1, keepdim=True)  # (B, 1)
        idx = torch.cat((idx, next_id), dim=1)  # (B, T + 1)
    return idx
