"""Probes for filter_logits."""

import torch

from exercises.kit import CommonProbes, Int, numbers


def example_top_p(impl):
    """The result of the example on the page for top_p."""
    return impl.filter_logits(torch.tensor([[1.0, -1.0, 2.0, 0.0]]), top_p=0.8)


def example_min_p(impl):
    """The result of the example on the page for min_p."""
    return impl.filter_logits(torch.tensor([[1.0, -1.0, 2.0, 0.0]]), min_p=0.1)


def by_position(impl):
    """The results for arguments by position and by name."""
    return {
        "filter_logits(logits, 0.6)": impl.filter_logits(numbers(2, 6) * 2, 0.6),
        "filter_logits(logits, None, 0.3)": impl.filter_logits(numbers(2, 6) * 2, None, 0.3),
        "filter_logits(logits=logits, top_p=0.6, min_p=None)": impl.filter_logits(
            logits=numbers(2, 6) * 2, top_p=0.6, min_p=None
        ),
    }


def top_p_of(impl, batch: Int[1, 4] = 3, vocab: Int[1, 9] = 7, percent: Int[5, 95] = 70):
    """The result for top_p = percent / 100."""
    return impl.filter_logits(numbers(batch, vocab) * 1.5, top_p=percent / 100)


def min_p_of(impl, batch: Int[1, 4] = 3, vocab: Int[1, 9] = 7, percent: Int[2, 95] = 20):
    """The result for min_p = percent / 100."""
    return impl.filter_logits(numbers(batch, vocab) * 1.5, min_p=percent / 100)


def off(impl):
    """The result without filters."""
    return impl.filter_logits(numbers(2, 6) * 2)


def limits(impl):
    """The results for the smallest and the largest values but top_p=1."""
    return {
        f"{name}={value}": impl.filter_logits(numbers(2, 6), **{name: value})
        for name, value in (("top_p", 0.01), ("min_p", 0.0), ("min_p", 1.0))
    }


def everything(impl):
    """The result for top_p=1."""
    return impl.filter_logits(numbers(2, 6), top_p=1.0)


def large(impl):
    """The results for logits whose exponential overflows."""
    return {
        "top_p=0.7": impl.filter_logits(numbers(2, 6) + 200, top_p=0.7),
        "min_p=0.3": impl.filter_logits(numbers(2, 6) - 200, min_p=0.3),
    }


def after_top_k(impl):
    """The results for logits of which some are -inf."""

    def logits():
        return (numbers(2, 8) * 1.5).masked_fill(
            torch.tensor([[0, 0, 1, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0, 1, 0]]).bool(), float("-inf")
        )

    return {
        "top_p=0.7": impl.filter_logits(logits(), top_p=0.7),
        "min_p=0.2": impl.filter_logits(logits(), min_p=0.2),
    }


def kept(impl):
    """The logits, and the results where they are finite."""
    return {
        "logits": numbers(3, 7),
        "top_p": impl.filter_logits(numbers(3, 7), top_p=0.6),
        "min_p": impl.filter_logits(numbers(3, 7), min_p=0.3),
    }


def rows(impl):
    """The results of a batch, and of its rows one by one."""
    return {
        name: {
            "together": impl.filter_logits(numbers(3, 7) * 1.5, **{name: value}),
            "alone": torch.cat([impl.filter_logits(row[None], **{name: value}) for row in numbers(3, 7) * 1.5]),
        }
        for name, value in (("top_p", 0.7), ("min_p", 0.2))
    }


common = CommonProbes(
    lambda impl: impl.filter_logits,
    (numbers(2, 6) * 1.5, 0.7),
    (numbers(3, 6) * 1.5, None, 0.2),
    (numbers(1, 4), 0.5),
)
