"""Probes for split_heads and merge_heads."""

import torch

from exercises.kit import CommonProbes, Int, numbers, tokens


def example(impl):
    """The example on the page: two tokens of four numbers, two heads."""
    return impl.split_heads(torch.arange(1.0, 9.0).view(1, 2, 4), 2)


def split(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 3, heads: Int[1, 4] = 2, width: Int[1, 4] = 4):
    """A batch split into heads of `width` numbers."""
    return impl.split_heads(tokens(batch, length, heads * width), heads)


def merge(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 3, heads: Int[1, 4] = 2, width: Int[1, 4] = 4):
    """The merged heads."""
    return impl.merge_heads(numbers(batch, heads, length, width, seed="heads"))


def round_trip(impl, heads: Int[1, 4] = 3):
    """A batch, and the same batch split into heads and merged again."""
    x = tokens(2, 5, heads * 2)
    return {"x": x, "merged": impl.merge_heads(impl.split_heads(x, heads))}


def turned(impl):
    """The results for tensors that are not contiguous."""
    return {
        "split": impl.split_heads(tokens(5, 2, 6).transpose(0, 1), 3),
        "merge": impl.merge_heads(numbers(2, 3, 4, 2, seed="heads").transpose(2, 3)),
    }


def by_name(impl):
    """A round trip with keyword arguments."""
    return impl.merge_heads(x=impl.split_heads(x=tokens(2, 5, 6), num_heads=2))


def split_and_merge(impl):
    """Returns a function that applies both functions to one x."""
    return lambda x: {"split": impl.split_heads(x, 2), "merged": impl.merge_heads(x.unsqueeze(0))}


common = CommonProbes(split_and_merge, tokens(2, 3, 4), tokens(1, 5, 6), tokens(3, 1, 2), torch.arange(8).view(1, 2, 4))
