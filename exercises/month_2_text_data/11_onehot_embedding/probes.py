"""What is asked of embed_onehot."""

import torch

from grader.probing import Int, ProbeProblem, numbers, token_ids


def table(vocab_size=7, emb_dim=3, dtype=torch.float32):
    return numbers(vocab_size, emb_dim, seed="table", dtype=dtype)


def example(impl):
    """The task's example."""
    return impl.embed_onehot(torch.tensor([2, 0]), torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]))


def square(impl):
    """A table of as many rows as columns, every id."""
    return impl.embed_onehot(torch.arange(4), table(4, 4))


def batch(impl, batch_size: Int[1, 4] = 2, length: Int[1, 6] = 3, vocab_size: Int[1, 9] = 7, emb_dim: Int[1, 9] = 3):
    """Ids (B, T)."""
    return impl.embed_onehot(token_ids(batch_size, length, vocab_size=vocab_size), table(vocab_size, emb_dim))


def shapes(impl):
    """Ids of no, one, three and four dimensions."""
    return [
        impl.embed_onehot(token_ids(*shape, vocab_size=7), table()) for shape in ((), (4,), (2, 1, 3), (1, 2, 2, 2))
    ]


def low_ids(impl):
    """Only the first ids of the table occur."""
    return impl.embed_onehot(torch.tensor([[0, 1], [1, 0]]), table())


def precisions(impl):
    """Tables of other dtypes."""
    ids = token_ids(2, 3, vocab_size=7)
    return {
        str(d).removeprefix("torch."): impl.embed_onehot(ids, table(dtype=d)) for d in (torch.float64, torch.bfloat16)
    }


def gradient(impl):
    """The gradient that reaches the table; id 1 occurs twice, ids 4 to 6 not at all."""
    weight = table().requires_grad_()
    vectors = impl.embed_onehot(torch.tensor([[1, 0], [1, 3]]), weight)
    if not (isinstance(vectors, torch.Tensor) and vectors.requires_grad):
        raise ProbeProblem("No gradient can flow from your result to weight: it is cut off.")
    (vectors * numbers(*vectors.shape, seed="pull")).sum().backward()
    return weight.grad


def state(impl):
    """One table, another, the first again; ids and table must stay as they are."""
    ids, weight = token_ids(2, 3, vocab_size=7), table()
    kept_ids, kept_weight = ids.clone(), weight.clone()
    first = impl.embed_onehot(ids, weight).clone()
    other = impl.embed_onehot(ids, -2 * weight)
    again = impl.embed_onehot(ids, weight)
    untouched = torch.equal(ids, kept_ids) and torch.equal(weight, kept_weight)
    return {"first": first, "other": other, "again": again, "untouched": untouched}
