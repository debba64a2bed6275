class BigramLM:
    """A language model that knows only which token follows which."""

    def __init__(self, vocab_size):
        self.vocab_size = vocab_size
        raise NotImplementedError

    def fit(self, ids):
        """Counts which token follows which. ids: a list of ints from 0 to vocab_size - 1."""
        raise NotImplementedError

    def nll(self, ids):
        """The mean of -ln P(next | current) over all pairs of neighbours in ids, a Python float."""
        raise NotImplementedError

    def sample(self, n, seed):
        """A list of n ids, each drawn after the one before it; the same seed gives the same ids."""
        raise NotImplementedError
