from parts import get_stats, merge


class BasicTokenizer:
    """A byte-pair tokenizer that learns its vocabulary from a text."""

    def __init__(self):
        self.merges = {}  # (left, right) -> new id, in the order in which they are learned

    def train(self, text, vocab_size, verbose=False):
        """Learns vocab_size - 256 merges from a text; verbose may print each of them.

        Forgets what an earlier call has learned.
        """
        raise NotImplementedError

    def encode(self, text):
        """Any text -> a list of ids."""
        raise NotImplementedError

    def decode(self, ids):
        """A list of ids -> the text."""
        raise NotImplementedError
