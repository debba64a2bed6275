import torch


def softmax_with_temperature(logits, temperature):
    """Probabilities from logits, a tensor (V,); a temperature below 1 favours the likely, above 1 the unlikely."""
    raise NotImplementedError


def generate(model, idx, max_new_tokens, context_size, temperature=0.0, top_k=None, eos_id=None):
    """Continues a text, token by token.

    model: takes ids (1, T), T up to context_size, and gives logits (1, T, V)
    idx: the prompt's ids, (1, T)
    temperature: 0 takes the likeliest token, anything above draws one
    top_k: draw among the k likeliest only
    eos_id: stop when this token comes, without appending it
    Returns the prompt and what follows it, (1, T + n).
    """
    raise NotImplementedError
