def build_vocab(tokens, specials=()):
    all_words = sorted(set(tokens))
    all_words.extend(specials)
    vocab = {}
    for integer, token in enumerate(all_words):
        vocab[token] = integer
    return vocab
