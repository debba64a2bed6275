import re

from parts import split_words


class SimpleTokenizerV2:
    """Converts any text to the ids of a fixed vocabulary, and ids to text."""

    def __init__(self, vocab):
        """vocab: a dict from token to id that contains "<|unk|>" and "<|endoftext|>"."""
        raise NotImplementedError

    def encode(self, text):
        """Returns the ids of the text's tokens as a list. An unknown token gets the id of "<|unk|>"."""
        raise NotImplementedError

    def decode(self, ids):
        """Returns the text of a list of ids, with no space before , . ? ! " ( ) '."""
        raise NotImplementedError
