def build_vocab(tokens, specials=()):
    """
    tokens: a list of tokens, with repeats
    specials: further tokens, such as ("<|endoftext|>", "<|unk|>")

    Returns a dict from token to id: the distinct tokens in sorted order from 0 on,
    then the specials in the order in which they are given.
    """
    raise NotImplementedError
