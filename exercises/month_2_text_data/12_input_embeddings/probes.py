"""What is asked of an InputEmbedding. Weights are set in the tables, be they nn.Embedding or nn.Parameter."""

import torch
from torch import nn

from grader.probing import Int, ProbeProblem, numbers, token_ids
from grader.subject import Subject


def table(module, name):
    """The weights of one of the two tables."""
    found = getattr(module, name, None)
    weight = found if isinstance(found, nn.Parameter) else getattr(found, "weight", None)
    if not isinstance(weight, nn.Parameter):
        raise ProbeProblem(f"Your InputEmbedding has no table of weights `{name}`: make an nn.Embedding of that name.")
    return weight


def made(impl, vocab_size=11, context_length=5, emb_dim=4):
    """An InputEmbedding with known weights, the same for every order of making them."""
    module = impl.InputEmbedding(vocab_size, context_length, emb_dim)
    with torch.no_grad():
        for name in ("tok_emb", "pos_emb"):
            weight = table(module, name)
            weight.copy_(numbers(*weight.shape, seed=name))
    return module


def example(impl):
    """The task's example."""
    module = impl.InputEmbedding(vocab_size=3, context_length=3, emb_dim=2)
    with torch.no_grad():
        table(module, "tok_emb").copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]))
        table(module, "pos_emb").copy_(torch.tensor([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]))
    return module(torch.tensor([[2, 0]]))


def output(impl, batch_size: Int[1, 4] = 2, length: Int[1, 5] = 5, emb_dim: Int[1, 6] = 4):
    """Vectors of a batch."""
    return made(impl, emb_dim=emb_dim)(token_ids(batch_size, length, vocab_size=11))


def same_token(impl):
    """One token at every place."""
    return made(impl)(torch.full((1, 5), 3))


def sizes(impl):
    """The shapes of the two tables, where the vocabulary is the larger and where the context is."""
    modules = [impl.InputEmbedding(11, 5, 4), impl.InputEmbedding(3, 8, 2)]
    return [[list(table(m, "tok_emb").shape), list(table(m, "pos_emb").shape)] for m in modules]


def long_context(impl):
    """More positions than ids."""
    return made(impl, 3, 8, 2)(token_ids(3, 8, vocab_size=3))


IDS = torch.tensor([[0, 10, 3], [7, 0, 0]])  # with 0, which is an id like any other
general = Subject(made, IDS, token_ids(4, 1, vocab_size=11), token_ids(1, 5, vocab_size=11))
