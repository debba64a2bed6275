"""Probes for embed_onehot."""

import torch

from exercises.kit import CommonProbes, Int, numbers, token_ids


def table(vocab_size=7, emb_dim=3, dtype=torch.float32):
    return numbers(vocab_size, emb_dim, seed="table", dtype=dtype)


def example(impl):
    """The worked example."""
    return impl.embed_onehot(torch.tensor([2, 0]), torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]))


def square(impl):
    """All ids of a square table."""
    return impl.embed_onehot(torch.arange(4), table(4, 4))


def batch(impl, batch_size: Int[1, 4] = 2, length: Int[1, 6] = 3, vocab_size: Int[1, 9] = 7, emb_dim: Int[1, 9] = 3):
    """Ids of shape (B, T)."""
    return impl.embed_onehot(token_ids(batch_size, length, vocab_size=vocab_size), table(vocab_size, emb_dim))


def shapes(impl):
    """Ids with zero, one, three and four dimensions."""
    return [
        impl.embed_onehot(token_ids(*shape, vocab_size=7), table()) for shape in ((), (4,), (2, 1, 3), (1, 2, 2, 2))
    ]


def with_infinity(impl):
    """Id 0 of a table whose last row is infinite: a product multiplies that row by 0, a lookup does not read it."""
    return impl.embed_onehot(torch.tensor([0]), torch.tensor([[1.0], [2.0], [torch.inf]]))


def low_ids(impl):
    """Ids that do not include the largest id of the table."""
    return impl.embed_onehot(torch.tensor([[0, 1], [1, 0]]), table())


common = CommonProbes(
    lambda impl: impl.embed_onehot,
    (torch.tensor([[1, 0], [1, 3]]), table()),
    (token_ids(3, 2, vocab_size=5), -2 * table(5, 4)),
    (torch.tensor([6]), table()),
)
