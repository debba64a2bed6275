import re

from parts import split_words


class SimpleTokenizerV1:
    """Converts text to the ids of a fixed vocabulary, and ids to text."""

    def __init__(self, vocab):
        """vocab: a dict from token to id."""
        raise NotImplementedError

    def encode(self, text):
        """Returns the ids of the text's tokens as a list. Raises KeyError for an unknown token."""
        raise NotImplementedError

    def decode(self, ids):
        """Returns the text of a list of ids, with no space before , . ? ! " ( ) '."""
        raise NotImplementedError
