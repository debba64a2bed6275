"""Draws by adding Gumbel noise and taking the largest score; keeps the ids in a Python list."""

from math import inf

import torch


def softmax_with_temperature(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    weights = torch.exp((logits - logits.max()) / temperature)
    return weights / weights.sum()


def choose(logits, temperature, top_k):
    """Returns one id for the logits (V,)."""
    allowed = range(len(logits)) if top_k is None else logits.sort(descending=True).indices[:top_k].tolist()
    scores = torch.full_like(logits, -inf)
    for token in allowed:
        scores[token] = logits[token]
    if temperature > 0:
        scores = scores / temperature - torch.empty_like(scores).exponential_().log()
    return int(scores.argmax())


@torch.inference_mode()
def generate(model, idx, max_new_tokens, context_size, temperature=0.0, top_k=None, eos_id=None):
    ids = idx[0].tolist()
    while max_new_tokens > 0:
        context = torch.tensor([ids[-context_size:]], device=idx.device)
        token = choose(model(context)[0, -1].clone(), temperature, top_k)
        if token == eos_id:
            break
        ids.append(token)
        max_new_tokens -= 1
    return torch.tensor([ids], device=idx.device)
