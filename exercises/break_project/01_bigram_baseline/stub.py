import torch


class BigramLM:
    """A language model that predicts the next token from the current one, by counting."""

    def __init__(self, vocab_size):
        self.vocab_size = vocab_size
        raise NotImplementedError

    def fit(self, ids):
        """Counts the adjacent pairs in ids, a list of ints from 0 to vocab_size - 1."""
        raise NotImplementedError

    def nll(self, ids):
        """Returns the mean of -ln P(next | current) over all adjacent pairs in ids, a Python float."""
        raise NotImplementedError

    def sample(self, n, seed):
        """Returns a list of n ids, each drawn from P(. | previous id); the same seed gives the same ids."""
        raise NotImplementedError
