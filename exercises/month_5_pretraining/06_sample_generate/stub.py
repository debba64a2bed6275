import torch


def softmax_with_temperature(logits, temperature):
    """Computes softmax(logits / temperature) for logits of shape (V,).

    A temperature below 1 favors likely tokens, one above 1 unlikely tokens.
    """
    raise NotImplementedError


def generate(model, idx, max_new_tokens, context_size, temperature=0.0, top_k=None, eos_id=None):
    """Generates the continuation of a prompt, token by token.

    model: maps ids (1, T), with T at most context_size, to logits (1, T, V)
    idx: the prompt's ids, (1, T)
    temperature: 0 takes the most likely token, a value above 0 draws one
    top_k: number of most likely tokens to choose from; None for all
    eos_id: token at which to stop, without appending it; None for no such token
    Returns the prompt followed by the new ids, (1, T + n).
    """
    raise NotImplementedError
