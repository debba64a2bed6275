from parts import get_stats, merge


class BasicTokenizer:
    """A byte-pair tokenizer that learns its vocabulary from a text."""

    def __init__(self):
        self.merges = {}  # (left, right) -> new id, in the order in which they are learned

    def train(self, text, vocab_size, verbose=False):
        """Learns vocab_size - 256 merges from a text and discards any earlier ones.

        If verbose is True, it may print each merge.
        """
        raise NotImplementedError

    def encode(self, text):
        """Returns the ids of any text as a list."""
        raise NotImplementedError

    def decode(self, ids):
        """Returns the text of a list of ids."""
        raise NotImplementedError
