import re

from parts import split_words


class SimpleTokenizerV2:
    """Turns any text into the ids of a vocabulary, and back."""

    def __init__(self, vocab):
        """vocab: a dict from token to id, which also holds "<|unk|>" and "<|endoftext|>"."""
        raise NotImplementedError

    def encode(self, text):
        """A text -> the list of its tokens' ids; an unknown token gets the id of "<|unk|>"."""
        raise NotImplementedError

    def decode(self, ids):
        """A list of ids -> the text, with no space before , . ? ! " ( ) '."""
        raise NotImplementedError
