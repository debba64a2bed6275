"""Probes for beam_search: models of a table, and one whose logits depend on all tokens."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, numbers, token_ids

# The probabilities of the page.
EXAMPLE = ((0.05, 0.55, 0.40), (0.40, 0.35, 0.25), (0.05, 0.05, 0.90))
# Tables of logits in which no two scores are nearly equal. For NARROW and WIDTH the selection may be by score
# or by sum, and finished continuations may take a place in the beam or not: the results are the same.
WIDTH = (
    (
        (0.1, 0.2, -0.7, 0.6, -0.6),
        (1.5, -1.8, -0.2, 0.7, -0.1),
        (-1.0, 1.8, -1.2, -0.9, -1.2),
        (0.7, -0.2, -2.0, -1.1, 0.6),
        (2.1, -2.1, 1.7, 0.1, 0.5),
    ),
    (
        (0.5, -0.3, -0.9, 0.3, -2.0),
        (-0.8, 0.3, -0.8, 0.2, 2.5),
        (-0.5, -0.3, -1.8, 1.3, -2.2),
        (2.3, 1.4, 0.5, -0.1, 0.1),
        (1.4, -0.7, -0.6, -0.8, 0.6),
    ),
)
NARROW = (
    ((-0.7, 1.0, 0.6, -1.0), (1.0, 1.9, -0.8, 0.6), (-2.2, -1.8, -0.1, 0.8), (0.8, 1.1, 0.7, -1.7)),
    ((-0.2, -1.5, 1.0, -0.9), (0.4, 0.6, -1.1, 1.4), (0.0, 1.1, -1.1, 0.6), (0.8, -0.3, -2.2, -0.9)),
    ((-0.6, -1.1, 1.1, 0.3), (0.9, -0.9, 0.4, 1.9), (0.4, 1.0, 2.0, -1.0), (-2.8, -1.7, -1.3, 0.0)),
)
FULL = (
    ((-2.1, 0.8, 0.5), (0.5, -0.1, 0.6), (-1.3, 0.6, -1.0)),
    ((2.1, 1.4, -0.2), (-1.9, -4.4, -0.8), (1.7, -1.2, -0.3)),
    ((0.2, 0.4, -0.1), (-1.2, -2.5, 1.3), (-0.9, 1.2, 0.1)),
)
ZERO = ((3.2, 2.6, 2.3), (-1.2, -0.6, -0.9), (1.7, -1.3, 2.4))


class RecordingModel(nn.Module):
    """A model with dropout that records its calls."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.0)
        self.gradients_on = []

    def forward(self, ids):
        self.gradients_on.append(torch.is_grad_enabled())
        return self.dropout(self.logits(ids)).clone()  # in-place changes by a solution must not reach the model


class TableModel(RecordingModel):
    """A model whose logits depend on the last token only."""

    def __init__(self, table):
        super().__init__()
        self.table = nn.Parameter(torch.tensor(table) if isinstance(table, tuple) else table)

    def logits(self, ids):
        return self.table[ids]


class ContextModel(RecordingModel):
    """A model whose logits depend on all tokens and their positions, up to 16."""

    def __init__(self, vocab_size):
        super().__init__()
        self.before = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="before"), freeze=False)
        self.last = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="last"), freeze=False)
        self.position = nn.Embedding.from_pretrained(numbers(16, vocab_size, seed="place"), freeze=False)

    def logits(self, ids):
        positions = self.position(torch.arange(ids.shape[1], device=ids.device))
        return self.before(ids).cumsum(1) * 0.5 + self.last(ids) + positions


class Searcher(nn.Module):
    """Calls beam_search with a model that moves with this module."""

    def __init__(self, impl):
        super().__init__()
        self.impl = [impl]  # a list, as a module's attributes are inspected
        self.model = ContextModel(9)

    def forward(self, idx):
        return self.impl[0].beam_search(self.model, idx, 3, 2, 1.0, 8)


def prompt_of(length, vocab_size):
    return token_ids(1, length, vocab_size=vocab_size)


def shown(result):
    """Returns the ids of a result (1, T + n) as text, so that a difference shows both sequences whole."""
    if isinstance(result, torch.Tensor) and result.dim() == 2 and result.shape[0] == 1:
        return " ".join(map(str, result[0].tolist()))
    return result


def example(impl, beam=2):
    """The example on the page."""
    return impl.beam_search(TableModel(torch.tensor(EXAMPLE).log()), torch.tensor([[0]]), 2, beam, 0.0)


def output(impl, prompt: Int[1, 4] = 2, new: Int[1, 5] = 4, beam: Int[1, 5] = 2, penalty: Int[0, 2] = 1):
    """The continuation without eos_id."""
    return impl.beam_search(ContextModel(9), prompt_of(prompt, 9), new, beam, float(penalty))


def wide(impl):
    """The continuation with a beam larger than the vocabulary."""
    return impl.beam_search(ContextModel(3), prompt_of(2, 3), 4, 7, 1.0)


def by_name(impl):
    """The continuation, with arguments passed by name."""
    return impl.beam_search(
        model=ContextModel(9), idx=prompt_of(2, 9), max_new_tokens=3, beam=2, length_penalty=1.0, eos_id=None
    )


def width(impl, table: int = 0):
    """The continuations by beams of 1 to 4, without eos_id."""
    model = TableModel(WIDTH[table])
    return {beam: shown(impl.beam_search(model, torch.tensor([[0]]), 4, beam, 1.0)) for beam in (1, 2, 3, 4)}


def by_penalty(impl, table, first, *options, penalties=(0.0, 0.5, 2.0), eos_id):
    """Returns the continuation of one id for each of several length penalties."""
    model = TableModel(table)
    return {
        penalty: shown(impl.beam_search(model, torch.tensor([[first]]), *options, penalty, eos_id=eos_id))
        for penalty in penalties
    }


def end(impl, table: int = 0):
    """The continuations with eos_id=3 and a beam of 2, by length penalty."""
    return by_penalty(impl, NARROW[table], 0, 4, 2, penalties=(0.0, 0.5, 1.0, 2.0), eos_id=3)


def ends_early(impl):
    """The continuation where two are finished before the best one, which goes on."""
    following = ((0.03, 0.55, 0.03, 0.36, 0.03), (0.03, 0.03, 0.55, 0.36, 0.03), (0.01, 0.01, 0.01, 0.01, 0.96))
    model = TableModel(torch.tensor((*following, *following[:2])).log())
    return shown(impl.beam_search(model, torch.tensor([[0]]), 3, 2, 1.0, eos_id=3))


def everything(impl, table: int = 0):
    """The best of all continuations, with eos_id=2, by length penalty."""
    return by_penalty(impl, FULL[table], 0, 4, 200, eos_id=2)


def end_zero(impl):
    """The best of all continuations, with eos_id=0, by length penalty."""
    return by_penalty(impl, ZERO, 1, 3, 200, eos_id=0)


def complete(impl, prompt: Int[1, 3] = 2, new: Int[1, 3] = 3, tenths: Int[0, 20] = 10, eos_id: Int[0, 2] = 2):
    """The best of all continuations, as no candidate is ever dropped."""
    return shown(impl.beam_search(ContextModel(3), prompt_of(prompt, 3), new, 100, tenths / 10, eos_id))


def random_table(impl):
    """The best of all continuations for a table of random logits, with eos_id=2, by length penalty."""
    return by_penalty(impl, numbers(3, 3, seed="beams") * 1.5, 0, 4, 200, penalties=(0.0, 1.0), eos_id=2)


def end_in_prompt(impl):
    """The continuation of a prompt that contains and ends with eos_id."""
    return shown(impl.beam_search(TableModel(NARROW[0]), torch.tensor([[3, 1, 3]]), 3, 2, 0.0, eos_id=3))


def grad_mode(impl):
    """Whether gradients are enabled while the model runs, and afterwards."""
    model = ContextModel(9)
    impl.beam_search(model, prompt_of(2, 9), 2, 2, 1.0)
    return {"while": any(model.gradients_on), "after": torch.is_grad_enabled()}


def mode(impl):
    """The modes of a model and its dropout afterwards, for both initial modes."""
    after = {}
    for name, training in (("training", True), ("evaluation", False)):
        model = TableModel(NARROW[0]).train(training)
        impl.beam_search(model, torch.tensor([[0]]), 4, 2, 0.0, 3)
        after[name] = [model.training, model.dropout.training]
    return after


common = CommonProbes(Searcher, prompt_of(3, 9), prompt_of(1, 9))
