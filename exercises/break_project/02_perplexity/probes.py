"""Probes for `perplexity`. Most models here use the current token only, so the windows do not affect the result."""

import torch
from torch import nn

from exercises.kit import Int, ProbeProblem, numbers, token_ids


class Table(nn.Module):
    """Looks up the logits of the next token in a table (V, V), and records how it is called."""

    def __init__(self, table):
        super().__init__()
        self.table = nn.Parameter(table)
        self.windows, self.was_training, self.recording = [], [], []

    def forward(self, ids):
        if ids.dim() != 2 or len(ids) != 1:
            raise ProbeProblem(
                f"Your function passes {ids.dim()}-dimensional ids to the model; their shape should be (1, T)."
            )
        self.windows.append(ids.shape[1])
        self.was_training.append(self.training)
        self.recording.append(torch.is_grad_enabled())
        return self.look_up(ids)

    def look_up(self, ids):
        return self.table[ids]


class Prefix(Table):
    """A model whose logits depend on all previous tokens of the window."""

    def look_up(self, ids):
        return self.table[ids].cumsum(dim=1) * 0.4


def table(vocab_size):
    return numbers(vocab_size, vocab_size, seed="table") * 1.5


def text(n, vocab_size=5):
    return token_ids(n, vocab_size=vocab_size)


def example(impl, context_size=4, stride=2):
    """The worked example, with probabilities 0.5, 0.25 and 0.125."""
    probabilities = torch.full((4, 4), 0.25)
    probabilities[0] = torch.tensor([0.2, 0.5, 0.2, 0.1])
    probabilities[2] = torch.tensor([0.4, 0.3, 0.175, 0.125])
    return impl.perplexity(Table(probabilities.log()), torch.tensor([0, 1, 2, 3]), context_size, stride)


def uniform(impl, vocab_size: Int[2, 9] = 7, n: Int[2, 12] = 11):
    """The perplexity of a uniform model, V."""
    return impl.perplexity(Table(torch.zeros(vocab_size, vocab_size)), text(n, vocab_size), 4, 3)


def certain(impl):
    """The perplexity of a perfect model, 1."""
    return impl.perplexity(Table(30 * torch.eye(5).roll(1, dims=1)), torch.arange(14) % 5, 4, 2)


def output(impl, n: Int[2, 16] = 11, context_size: Int[1, 6] = 4, overlap: Int[0, 5] = 0):
    """The perplexity of a text; windows overlap by `overlap` tokens, less than context_size."""
    return impl.perplexity(Table(table(5)), text(n), context_size, max(1, context_size - overlap))


def one_window(impl):
    """A text that fits into one window, with a model that uses all of it."""
    return impl.perplexity(Prefix(table(5)), text(8), 8, 8)


def unlikely(impl):
    """A text with one very unlikely token."""
    logits = torch.zeros(3, 3)
    logits[1] = torch.tensor([120.0, 0.0, 0.0])
    return impl.perplexity(Table(logits), torch.tensor([0, 0, 2, 2, 0, 1, 2, 0, 0, 2, 2, 0, 0, 2, 0]), 6, 6)


def called(impl, n=11, context_size=4, stride=3, training=True):
    """How the model is called, and its state afterwards."""
    model = Table(table(5)).train(training)
    impl.perplexity(model, text(n), context_size, stride)
    return {
        "longest": max(model.windows, default=0),
        "windows": len(model.windows),
        "was_training": any(model.was_training),
        "recording": any(model.recording),
        "training": model.training,
        "gradients": model.table.grad is not None,
        "frozen": not model.table.requires_grad,
        "still_records": torch.is_grad_enabled(),
    }


def repeated(impl):
    """Two equal calls with a different one between them."""
    model = Table(table(5))
    first = impl.perplexity(model, text(11), 4, 3)
    impl.perplexity(model, text(6), 4, 4)
    return {"first": first, "again": impl.perplexity(model, text(11), 4, 3)}
