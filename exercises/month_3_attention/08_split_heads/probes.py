"""What is asked of split_heads and merge_heads."""

import torch

from grader.probing import Int, ProbeProblem, numbers, tokens, untouched


def example(impl):
    """The task's example: two tokens of four numbers, two heads."""
    return impl.split_heads(torch.arange(1.0, 9.0).view(1, 2, 4), 2)


def split(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 3, heads: Int[1, 4] = 2, width: Int[1, 4] = 4):
    """A batch, split; a head is width numbers wide."""
    return impl.split_heads(tokens(batch, length, heads * width), heads)


def merge(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 3, heads: Int[1, 4] = 2, width: Int[1, 4] = 4):
    """Heads, merged."""
    return impl.merge_heads(numbers(batch, heads, length, width, seed="heads"))


def round_trip(impl, heads: Int[1, 4] = 3):
    """Split and merged again."""
    return impl.merge_heads(impl.split_heads(tokens(2, 5, heads * 2), heads))


def turned(impl):
    """Tensors whose numbers lie in another order in memory."""
    return {
        "split": impl.split_heads(tokens(5, 2, 6).transpose(0, 1), 3),
        "merged": impl.merge_heads(numbers(2, 3, 4, 2, seed="heads").transpose(2, 3)),
    }


def by_name(impl):
    """The arguments by their names."""
    return impl.merge_heads(x=impl.split_heads(x=tokens(2, 5, 6), num_heads=2))


def in_double(impl):
    """In double precision, and with whole numbers."""
    x = tokens(2, 3, 4, dtype=torch.float64)
    return [impl.split_heads(x, 2), impl.merge_heads(x[None]), impl.split_heads(torch.arange(8).view(1, 2, 4), 2)]


def state(impl):
    """Other inputs between two calls; and whether the inputs are left as they were."""
    x, y = tokens(2, 3, 4), numbers(2, 2, 3, 2, seed="heads")
    return {
        "first": [impl.split_heads(x, 2).clone(), impl.merge_heads(y).clone()],
        "other": [impl.split_heads(tokens(1, 5, 6), 3), impl.merge_heads(y.flip(1)[:1])],
        "again": [impl.split_heads(x, 2), impl.merge_heads(y)],
        "untouched": [untouched(x, lambda t: impl.split_heads(t, 2)), untouched(y, impl.merge_heads)],
    }


def learning(impl):
    """What flows back through either."""
    found = {}
    for name, x, call in (
        ("split_heads", tokens(2, 3, 4), lambda t: impl.split_heads(t, 2)),
        ("merge_heads", tokens(2, 2, 3, 2), impl.merge_heads),
    ):
        x.requires_grad_()
        result = call(x)
        if not getattr(result, "requires_grad", False):
            raise ProbeProblem(f"No gradient can flow back through {name}: its result is cut off from x.")
        (result * numbers(*result.shape, seed="of the loss")).sum().backward()
        found[name] = x.grad
    return found


def on_meta(impl):
    """On another device."""
    x = torch.empty(2, 3, 4, device="meta")
    return [impl.split_heads(x, 2), impl.merge_heads(x[None])]
