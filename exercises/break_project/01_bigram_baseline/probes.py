"""What is asked of a BigramLM. Counts and probabilities are seen through nll alone: nll of [i, j] is -ln P(j | i)."""

import math
import random
from itertools import pairwise

import torch

from grader.probing import Int, ProbeProblem, token_ids

TEXT = [0, 1, 0, 1, 1, 2, 0, 1, 2, 2, 0, 1, 0, 3, 1, 0, 1]
NEW = [1, 0, 1, 2, 2, 1, 3, 3, 0]


def fitted(impl, ids, vocab_size):
    made = impl.BigramLM(vocab_size)
    made.fit(list(ids))
    return made


def share(model, current, following):
    """P(following | current), by way of nll; 6 digits."""
    return math.exp(-float(model.nll([current, following])))


def drawn(model, n, seed):
    """A sample as a plain list."""
    ids = model.sample(n, seed)
    if isinstance(ids, torch.Tensor):
        ids = ids.flatten().tolist()
    if not isinstance(ids, list | tuple):
        raise ProbeProblem(f"sample should give a list of ids; yours gives a {type(ids).__name__}.")
    if any(isinstance(i, float) for i in ids):
        raise ProbeProblem("The ids of your sample are floats; ids are whole numbers.")
    return [int(i) for i in ids]


def example(impl):
    """The task's example, and a longer one, by which mistakes can be told apart."""
    return {
        "task": fitted(impl, [0, 1, 0, 1, 2], 3).nll([0, 1, 0]),
        "longer": fitted(impl, TEXT, 5).nll(NEW),
    }


def table(impl):
    """P(j | i) for all i and j."""
    model = fitted(impl, TEXT, 4)
    return torch.tensor([[share(model, i, j) for j in range(4)] for i in range(4)])


def loss(impl, length: Int[2, 20] = 9, vocab_size: Int[1, 6] = 4):
    """The nll of a new text."""
    ids = token_ids(30, vocab_size=vocab_size).tolist()
    return fitted(impl, ids, vocab_size).nll(token_ids(length, vocab_size=vocab_size).tolist())


def unseen(impl):
    """The nll of pairs that never occurred, after a token that did and after one that never did."""
    model = fitted(impl, [0, 0, 0, 0], 5)
    return {"after_a_known_token": model.nll([0, 3]), "after_an_unknown_token": model.nll([4, 2])}


def order(impl):
    """Pairs that occur in one direction only."""
    model = fitted(impl, [0, 1, 2, 0, 1, 2, 0, 1, 2], 3)
    return {"forwards": model.nll([0, 1, 2, 0]), "backwards": model.nll([0, 2, 1, 0])}


def ends(impl):
    """The first and the last pair of a text count, and the last id does not meet the first."""
    model = fitted(impl, [3, 0, 0, 0, 0, 2], 4)
    return {"first_pair": model.nll([3, 0]), "last_pair": model.nll([0, 2]), "around": model.nll([2, 3])}


def measured(impl):
    """nll of a text before and after others were measured."""
    model = fitted(impl, TEXT, 4)
    first = model.nll(NEW)
    return {"first": first, "other": model.nll([3, 3, 3, 3]), "again": model.nll(NEW)}


def two(impl):
    """Two models, each with its own counts; the first is asked after the second was fitted."""
    first = fitted(impl, TEXT, 4)
    second = fitted(impl, [3, 2, 1, 0, 3, 2], 4)
    return {"first": first.nll(NEW), "second": second.nll(NEW)}


def lengths(impl):
    """How many ids a sample has."""
    model = fitted(impl, TEXT, 4)
    return [len(drawn(model, n, 5)) for n in (1, 2, 7)]


def seeds(impl):
    """Whether samples repeat with their seed, and differ between seeds."""
    model = fitted(impl, TEXT, 4)
    first = drawn(model, 40, 1)
    other = drawn(model, 40, 2)
    return {"again": drawn(model, 40, 1) == first, "differ": other != first}


def cycle(impl):
    """The share of steps of a sample that go round as the text does, and of those that go the other way."""
    ids = drawn(fitted(impl, [0, 1, 2, 3] * 200, 4), 100, 3)
    steps = [(following - current) % 4 for current, following in pairwise(ids)]
    return {"forwards": steps.count(1) / len(steps), "backwards": steps.count(3) / len(steps)}


def coin(impl):
    """After 0 comes 0 or 1, six times to four; the share of ones after a 0 in a long sample."""
    ids = drawn(fitted(impl, ([0] * 3 + [1] + [0] * 2 + [1]) * 60, 2), 2500, 11)
    after = [following for current, following in pairwise(ids) if current == 0]
    return sum(after) / max(1, len(after))


def fitted_twice(impl):
    """Whether a second text changes what is said about pairs, after the model was asked."""
    model = fitted(impl, [0, 1, 0, 1], 3)
    before = model.nll([0, 1])
    model.fit([0, 2, 0, 2, 0, 2])
    return model.nll([0, 1]) > before


def rare(impl):
    """Which ids a sample holds where only one pair was ever seen."""
    return sorted(set(drawn(fitted(impl, [0, 0, 0], 4), 300, 7)))


def sampled(impl):
    """Whether a sample leaves the model and Python's own generator as they were."""
    model = fitted(impl, TEXT, 4)
    before, state = model.nll(NEW), random.getstate()
    drawn(model, 10, 3)
    return {"model": model.nll(NEW) == before, "random": random.getstate() == state}
