"""Probes for `BigramLM`. They read probabilities through nll only: nll([i, j]) is -ln P(j | i)."""

import math
import random
from itertools import pairwise

import torch

from exercises.kit import Int, ProbeProblem, stochastic, summarized_by, token_ids

TEXT = [0, 1, 0, 1, 1, 2, 0, 1, 2, 2, 0, 1, 0, 3, 1, 0, 1]
NEW = [1, 0, 1, 2, 2, 1, 3, 3, 0]


def fitted(impl, ids, vocab_size):
    """A model that was fitted to ids."""
    model = impl.BigramLM(vocab_size)
    model.fit(list(ids))
    return model


def probability(model, current, following):
    """P(following | current), computed from nll."""
    return math.exp(-float(model.nll([current, following])))


def sampled_ids(model, n, seed):
    """A sample as a list of ints."""
    ids = model.sample(n, seed)
    if isinstance(ids, torch.Tensor):
        ids = ids.flatten().tolist()
    if not isinstance(ids, list | tuple):
        raise ProbeProblem(f"sample should return a list of ids; yours returns a {type(ids).__name__}.")
    if any(isinstance(i, float) for i in ids):
        raise ProbeProblem("Your sample contains floats; the ids should be ints.")
    return [int(i) for i in ids]


def example(impl):
    """The worked example, and a longer one that distinguishes more mistakes."""
    return {
        "task": fitted(impl, [0, 1, 0, 1, 2], 3).nll([0, 1, 0]),
        "longer": fitted(impl, TEXT, 5).nll(NEW),
    }


def table(impl):
    """P(j | i) for all i and j."""
    model = fitted(impl, TEXT, 4)
    return torch.tensor([[probability(model, i, j) for j in range(4)] for i in range(4)])


def loss(impl, length: Int[2, 20] = 9, vocab_size: Int[1, 6] = 4):
    """The nll of a new text."""
    ids = token_ids(30, vocab_size=vocab_size).tolist()
    return fitted(impl, ids, vocab_size).nll(token_ids(length, vocab_size=vocab_size).tolist())


def unseen(impl):
    """The nll of unseen pairs, after a token that occurred and after one that did not."""
    model = fitted(impl, [0, 0, 0, 0], 5)
    return {"after_a_known_token": model.nll([0, 3]), "after_an_unknown_token": model.nll([4, 2])}


def order(impl):
    """The nll of pairs that occur in one direction only, in both directions."""
    model = fitted(impl, [0, 1, 2, 0, 1, 2, 0, 1, 2], 3)
    return {"forwards": model.nll([0, 1, 2, 0]), "backwards": model.nll([0, 2, 1, 0])}


def ends(impl):
    """The nll of the first pair, of the last pair, and of the last id followed by the first."""
    model = fitted(impl, [3, 0, 0, 0, 0, 2], 4)
    return {"first_pair": model.nll([3, 0]), "last_pair": model.nll([0, 2]), "around": model.nll([2, 3])}


def measured(impl):
    """The nll of a text before and after the nll of a different text."""
    model = fitted(impl, TEXT, 4)
    first = model.nll(NEW)
    model.nll([3, 3, 3, 3])
    return {"first": first, "again": model.nll(NEW)}


def two(impl):
    """The nll of a model before and after a second model is fitted."""
    first = fitted(impl, TEXT, 4)
    before = first.nll(NEW)
    fitted(impl, [3, 2, 1, 0, 3, 2], 4)
    return {"before": before, "after": first.nll(NEW)}


def lengths(impl):
    """The lengths of samples for n = 1, 2, 7."""
    model = fitted(impl, TEXT, 4)
    return [len(sampled_ids(model, n, 5)) for n in (1, 2, 7)]


def seeds(impl):
    """Whether samples with the same seed are equal, and samples with different seeds differ."""
    model = fitted(impl, TEXT, 4)
    first = sampled_ids(model, 40, 1)
    other = sampled_ids(model, 40, 2)
    return {"again": sampled_ids(model, 40, 1) == first, "differ": other != first}


@stochastic
@summarized_by(lambda fractions: {name: round(fraction * 4) / 4 for name, fraction in fractions.items()})
def cycle(impl):
    """The fractions of steps of a sample that go forwards and backwards through a cyclic text."""
    ids = sampled_ids(fitted(impl, [0, 1, 2, 3] * 200, 4), 100, 3)
    steps = [(following - current) % 4 for current, following in pairwise(ids)]
    return {"forwards": steps.count(1) / len(steps), "backwards": steps.count(3) / len(steps)}


@stochastic
@summarized_by(lambda fraction: round(fraction, 1))
def coin(impl):
    """The fraction of ones after a 0 in a long sample; in the text it is 0.4."""
    ids = sampled_ids(fitted(impl, ([0] * 3 + [1] + [0] * 2 + [1]) * 60, 2), 2500, 11)
    after = [following for current, following in pairwise(ids) if current == 0]
    return sum(after) / max(1, len(after))


def fitted_twice(impl):
    """Whether nll changes when the model is fitted to a second text."""
    model = fitted(impl, [0, 1, 0, 1], 3)
    before = model.nll([0, 1, 2, 0])
    model.fit([0, 2, 1, 0, 2, 1, 1, 2])
    return model.nll([0, 1, 2, 0]) != before


def rare(impl):
    """The distinct ids in a long sample, where the text contains only one pair."""
    return sorted(set(sampled_ids(fitted(impl, [0, 0, 0], 4), 300, 7)))


def sampled(impl):
    """Whether sampling leaves the model and the global generator of Python unchanged."""
    model = fitted(impl, TEXT, 4)
    before, state = model.nll(NEW), random.getstate()
    sampled_ids(model, 10, 3)
    return {"model": model.nll(NEW) == before, "random": random.getstate() == state}
