"""Small models and batches for the probes of exercise.toml."""

import torch
from torch import nn

from exercises.kit import numbers, token_ids


class Bigrams(nn.Module):
    """The logits of a token depend on this token only: they are a row of the table."""

    def __init__(self, table):
        super().__init__()
        register = self.register_parameter if isinstance(table, nn.Parameter) else self.register_buffer
        register("table", table)  # the common probes pass a tensor, which must get the gradients itself

    def forward(self, idx):
        return self.table[idx]


class Running(Bigrams):
    """The logits of a token depend on the tokens before it too, as in a GPT."""

    def forward(self, idx):
        return self.table[idx].cumsum(dim=1)


def batch(size, length, vocabulary):
    """Returns inputs and targets, (B, T) each: the targets are the inputs shifted by one token."""
    ids = token_ids(size, length + 1, vocab_size=vocabulary)
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous()


def loss_of(calc_loss_batch, size, length, vocabulary, scale=1.0):
    model = Running(nn.Parameter(numbers(vocabulary, vocabulary) * scale))
    return calc_loss_batch(*batch(size, length, vocabulary), model, torch.device("cpu"))


def example_model():
    return Bigrams(nn.Parameter(torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 3.0]])))
