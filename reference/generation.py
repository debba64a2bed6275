"""How a language model speaks: predict one token, append it, and start over (book, section 5.3).

Shapes: idx is (1, T), the ids so far; V is the vocabulary.
"""

from __future__ import annotations

import torch
from torch import nn


def softmax_with_temperature(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Probabilities from logits, (..., V); below 1 the likely gets likelier, above 1 all become more alike.

    temperature must be greater than 0. Book, section 5.3.1.
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
    """idx with up to max_new_tokens ids appended, (1, T + n); stops before it would append eos_id.

    temperature 0 takes the likeliest token. top_k draws among the k likeliest only. Book, section 5.3.3;
    Fan et al., 2018.
    """
    was_training = model.training
    model.eval()  # no dropout while speaking
    for _ in range(max_new_tokens):
        context = idx[:, -context_size:]  # the model sees no more than this
        with torch.no_grad():
            logits = model(context)  # (1, T, V)
        last_logits = logits[:, -1, :]  # (1, V): what follows the last token
        kept_logits = last_logits
        if top_k is not None:
            top_logits = torch.topk(last_logits, top_k).values  # (1, k), the largest first
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
