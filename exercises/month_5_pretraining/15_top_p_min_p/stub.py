import torch


def filter_logits(logits, top_p=None, min_p=None):
    """Sets the logits of unlikely tokens to -inf.

    logits: (B, V)
    top_p: keep the most likely tokens until their probabilities sum to at least top_p; None for all
    min_p: keep the tokens that are at least min_p times as likely as the most likely one; None for all
    Returns (B, V).
    """
    raise NotImplementedError
