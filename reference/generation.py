"""Autoregressive text generation with temperature and top-k sampling (book, section 5.3).

Shapes: sequence length T, vocabulary size V.
"""

from __future__ import annotations

import torch
from torch import nn


def softmax_with_temperature(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Converts logits to probabilities. (..., V) -> (..., V).

    A temperature below 1 makes likely tokens more likely, one above 1 makes the probabilities more equal. It must
    be greater than 0. Book, section 5.3.1.
    """
    scaled_logits = logits / temperature
    probabilities = torch.softmax(scaled_logits, dim=-1)
    return probabilities


def generate(
    model: nn.Module,
    idx: torch.Tensor,
    max_new_tokens: int,
    context_size: int,
    temperature: float = 0.0,
    top_k: int | None = None,
    eos_id: int | None = None,
) -> torch.Tensor:
    """Appends up to max_new_tokens ids to idx. (1, T) -> (1, T + n). Stops before it would append eos_id.

    A temperature of 0 selects the most likely token; otherwise samples, with top_k among the k most likely only.
    Book, section 5.3.3; Fan et al., 2018.
    """
    was_training = model.training
    model.eval()  # disables dropout
    for _ in range(max_new_tokens):
        context = idx[:, -context_size:]  # the model's maximum input
        with torch.no_grad():
            logits = model(context)  # (1, T, V)
        last_logits = logits[:, -1, :]  # (1, V): the prediction of the next token
        kept_logits = last_logits
        if top_k is not None:
            top_logits = torch.topk(last_logits, top_k).values  # (1, k), in descending order
            kept_logits = last_logits.masked_fill(last_logits < top_logits[:, -1:], float("-inf"))
        if temperature > 0.0:
            probabilities = softmax_with_temperature(kept_logits, temperature)
            next_id = torch.multinomial(probabilities, num_samples=1)  # (1, 1)
        else:
            next_id = torch.argmax(kept_logits, dim=-1, keepdim=True)
        if eos_id is not None and next_id.item() == eos_id:
            break
        idx = torch.cat((idx, next_id), dim=1)
    model.train(was_training)
    return idx
