import torch


def generate_text_simple(model, idx, max_new_tokens, context_size):
    """Appends max_new_tokens ids to each sequence, always the one with the largest logit.

    model: maps ids (B, T), with T at most context_size, to logits (B, T, V)
    idx: the ids of the prompts, (B, T)
    Returns the prompts followed by the new ids, (B, T + max_new_tokens).
    """
    raise NotImplementedError
