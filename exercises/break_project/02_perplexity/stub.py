def perplexity(model, ids, context_size, stride):
    """e to the mean of -ln P(token | tokens before it), over all tokens but the first; a float.

    model: gives logits (1, T, V) for ids (1, T); logits[0, t] are about the token that follows position t
    ids: (N,), the text
    context_size: the model sees at most so many tokens at once
    stride: the window moves on by so many tokens, 1 to context_size
    """
    raise NotImplementedError
