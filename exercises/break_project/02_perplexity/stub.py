import torch


def perplexity(model, ids, context_size, stride):
    """Returns e to the mean of -ln P(token | previous tokens), over all tokens but the first, a float.

    model: maps ids (1, T) to logits (1, T, V); logits[0, t] predict the token after position t
    ids: (N,), the text
    context_size: the maximum number of tokens in a window
    stride: the number of tokens between the starts of two windows, 1 to context_size
    """
    raise NotImplementedError
