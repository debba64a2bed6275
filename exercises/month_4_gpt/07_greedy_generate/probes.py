"""Probes for generate_text_simple: small models that record how they are called."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, numbers, token_ids


class RecordingModel(nn.Module):
    """A model with dropout that records its calls."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.0)
        self.lengths, self.gradients_on = [], []

    def forward(self, ids):
        self.lengths.append(ids.shape[1])
        self.gradients_on.append(torch.is_grad_enabled())
        return self.dropout(self.logits(ids)).clone()  # in-place changes by a solution must not reach the model


class SumModel(RecordingModel):
    """A model whose largest logit is that of the sum of all its ids, modulo the vocabulary size."""

    def __init__(self, vocab_size=6):
        super().__init__()
        self.table = nn.Parameter(torch.eye(vocab_size) * 4 - 100.0)

    def logits(self, ids):
        return self.table[ids.cumsum(1) % len(self.table)]


class ContextModel(RecordingModel):
    """A model whose logits depend on all tokens and their positions; it accepts at most context_size tokens."""

    def __init__(self, context_size, vocab_size=9):
        super().__init__()
        self.before = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="before"), freeze=False)
        self.last = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="last") * 2, freeze=False)
        self.position = nn.Embedding.from_pretrained(numbers(context_size, vocab_size, seed="place"), freeze=False)

    def logits(self, ids):
        positions = self.position(torch.arange(ids.shape[1], device=ids.device))
        return self.before(ids).cumsum(1) + self.last(ids) + positions - 100.0


class Generator(nn.Module):
    """Calls generate_text_simple with a model that moves with this module."""

    def __init__(self, impl):
        super().__init__()
        self.impl = [impl]  # a list, as a module's attributes are inspected
        self.model = ContextModel(4)

    def forward(self, idx):
        return self.impl[0].generate_text_simple(self.model, idx, 5, 4)


def prompts(batch, length):
    return token_ids(batch, length, vocab_size=9)


def example(impl):
    """The example on the page."""
    return impl.generate_text_simple(SumModel(), torch.tensor([[1, 2]]), 4, 3)


def output(impl, batch: Int[1, 3] = 1, prompt: Int[1, 7] = 3, new: Int[0, 6] = 4, context: Int[1, 6] = 4):
    """The continuation of random prompts."""
    return impl.generate_text_simple(ContextModel(context), prompts(batch, prompt), new, context)


def by_name(impl):
    """The continuation with arguments passed by name."""
    return impl.generate_text_simple(model=ContextModel(4), idx=prompts(2, 3), max_new_tokens=5, context_size=4)


def seen(impl, prompt=2):
    """The largest number of tokens passed to the model at context_size 3."""
    model = ContextModel(16)  # it has room for more, so that a longer input does not raise
    impl.generate_text_simple(model, prompts(4, prompt), 5, 3)
    return max(model.lengths, default=0)


def grad_mode(impl):
    """Whether gradients are enabled while the model runs, and afterwards."""
    model = ContextModel(4)
    impl.generate_text_simple(model, prompts(1, 2), 2, 4)
    return {"while": any(model.gradients_on), "after": torch.is_grad_enabled()}


def mode(impl):
    """The modes of a model and its dropout afterwards, for both initial modes."""
    after = {}
    for name, training in (("training", True), ("evaluation", False)):
        model = ContextModel(4).train(training)
        impl.generate_text_simple(model, prompts(1, 2), 2, 4)
        after[name] = [model.training, model.dropout.training]
    return after


common = CommonProbes(Generator, prompts(2, 3), prompts(3, 4), prompts(1, 2), prompts(1, 6))
