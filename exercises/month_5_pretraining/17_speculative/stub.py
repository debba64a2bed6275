import torch


def speculative_decode(target, draft, idx, n, k):
    """Appends n ids from target's distribution to idx, in rounds of k proposals of draft.

    target, draft: callables from ids (1, T) to logits (1, T, V)
    idx: the prompt, (1, T), int64
    n: number of new tokens
    k: number of proposals in each round
    Returns the prompt followed by exactly n ids, (1, T + n).
    """
    raise NotImplementedError
