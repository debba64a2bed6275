import re

from parts import split_words


class SimpleTokenizerV1:
    """Turns words into the ids of a vocabulary, and back."""

    def __init__(self, vocab):
        """vocab: a dict from token to id."""
        raise NotImplementedError

    def encode(self, text):
        """A text -> the list of its tokens' ids. An unknown token raises KeyError."""
        raise NotImplementedError

    def decode(self, ids):
        """A list of ids -> the text, with no space before , . ? ! " ( ) '."""
        raise NotImplementedError
