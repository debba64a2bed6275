"""Probes for InputEmbedding. They set the weights of the tables, which can be nn.Embedding or nn.Parameter."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, numbers, require, token_ids


def table_weight(module, name):
    """Returns the weights of the table tok_emb or pos_emb."""
    require(module, name)
    table = getattr(module, name)
    weight = table if isinstance(table, nn.Parameter) else getattr(table, "weight", None)
    if not isinstance(weight, nn.Parameter):
        raise ProbeProblem(f"The `{name}` of your InputEmbedding has no weights; it should be an nn.Embedding.")
    return weight


def make_embedding(impl, vocab_size=11, context_length=5, emb_dim=4):
    """Returns an InputEmbedding whose weights depend only on the names and shapes of the tables."""
    module = impl.InputEmbedding(vocab_size, context_length, emb_dim)
    with torch.no_grad():
        for name in ("tok_emb", "pos_emb"):
            weight = table_weight(module, name)
            weight.copy_(numbers(*weight.shape, seed=name))
    return module


def example(impl):
    """The worked example."""
    module = impl.InputEmbedding(vocab_size=3, context_length=3, emb_dim=2)
    with torch.no_grad():
        table_weight(module, "tok_emb").copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]))
        table_weight(module, "pos_emb").copy_(torch.tensor([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]))
    return module(torch.tensor([[2, 0]]))


def output(impl, batch_size: Int[1, 4] = 2, length: Int[1, 5] = 5, emb_dim: Int[1, 6] = 4):
    """The vectors of a batch."""
    return make_embedding(impl, emb_dim=emb_dim)(token_ids(batch_size, length, vocab_size=11))


def same_token(impl):
    """The same token at every position."""
    return make_embedding(impl)(torch.full((1, 5), 3))


def sizes(impl):
    """The shapes of both tables, with vocab_size larger and with context_length larger."""
    modules = [impl.InputEmbedding(11, 5, 4), impl.InputEmbedding(3, 8, 2)]
    return [[list(table_weight(m, "tok_emb").shape), list(table_weight(m, "pos_emb").shape)] for m in modules]


def long_context(impl):
    """A context_length larger than vocab_size."""
    return make_embedding(impl, 3, 8, 2)(token_ids(3, 8, vocab_size=3))


IDS = torch.tensor([[0, 10, 3], [7, 0, 0]])  # includes id 0, to detect special treatment of it
common = CommonProbes(make_embedding, IDS, token_ids(4, 1, vocab_size=11), token_ids(1, 5, vocab_size=11))
