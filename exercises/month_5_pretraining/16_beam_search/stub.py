import torch


def beam_search(model, idx, max_new_tokens, beam, length_penalty, eos_id=None):
    """Returns the continuation with the best score that a beam search finds.

    model: maps ids (B, T) to logits (B, T, V)
    idx: the prompt's ids, (1, T)
    beam: how many continuations are kept in each step
    length_penalty: the score is sum(log p) / n ** length_penalty for n new tokens
    eos_id: the token that finishes a continuation; None for no such token
    Returns the prompt followed by the new ids, (1, T + n), with n at most max_new_tokens.
    """
    raise NotImplementedError
