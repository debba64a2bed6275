def build_vocab(tokens, specials=()):
    """
    Returns a dict from token to id: the distinct tokens in sorted order, numbered from 0,
    then the specials in the given order.

    tokens: a list of tokens, with repeats
    specials: extra tokens, such as ("<|endoftext|>", "<|unk|>")
    """
    raise NotImplementedError
