"""Probes for SelfAttention_v2 and copy_weights."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, fill, lookup, tokens

NEEDS = ("W_query", "W_key", "W_value")


class VersionOne(nn.Module):
    """The SelfAttention_v1 of the previous exercise."""

    def __init__(self, d_in, d_out):
        super().__init__()
        for name in NEEDS:
            setattr(self, name, nn.Parameter(torch.zeros(d_in, d_out)))

    def forward(self, x):
        queries, keys, values = (x @ getattr(self, name) for name in NEEDS)
        return torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1) @ values


def attention(impl, d_in=6, d_out=4, qkv_bias=False):
    module = fill(impl.SelfAttention_v2(d_in, d_out, qkv_bias), *NEEDS)
    for name in NEEDS:
        weight = lookup(module, f"{name}.weight")
        if weight is None:
            raise ProbeProblem(f"`{name}` has no `weight`; it should be an nn.Linear.")
        if weight.shape != (d_out, d_in):
            raise ProbeProblem(f"The weight of `{name}` has shape {tuple(weight.shape)}; it should be (d_out, d_in).")
    return module


def output(impl, length: Int[1, 6] = 5, d_in: Int[1, 7] = 6, d_out: Int[1, 7] = 4):
    """The context vectors for one sequence."""
    return attention(impl, d_in, d_out)(tokens(length, d_in))


def with_bias(impl, length: Int[1, 6] = 5):
    """The context vectors of a module with qkv_bias=True."""
    return attention(impl, qkv_bias=True)(tokens(length, 6))


def by_name(impl):
    """The context vectors of a module created with keyword arguments and the default qkv_bias."""
    return fill(impl.SelfAttention_v2(d_in=6, d_out=3), *NEEDS)(tokens(5, 6))


def biases(impl):
    """Which layers have a bias, with qkv_bias=False and qkv_bias=True."""
    modules = {bias: fill(impl.SelfAttention_v2(6, 4, bias), *NEEDS) for bias in (False, True)}
    return {bias: [lookup(module, f"{name}.bias") is not None for name in NEEDS] for bias, module in modules.items()}


def _both(impl, d_in, d_out):
    first = fill(VersionOne(d_in, d_out))
    with torch.no_grad():
        for name in NEEDS:
            getattr(first, name).mul_(-0.5)
    return first, attention(impl, d_in, d_out)


def copied(impl, d_in: Int[1, 6] = 6, d_out: Int[1, 6] = 4):
    """The output of version 1 after the copy."""
    first, second = _both(impl, d_in, d_out)
    impl.copy_weights(first, second)
    return first(tokens(5, d_in))


def after_copy(impl):
    """The output of version 2 before and after the copy, and whether both versions can be trained."""
    first, second = _both(impl, 5, 5)
    before = second(tokens(4, 5))
    impl.copy_weights(first, second)
    return {
        "before": before,
        "after": second(tokens(4, 5)),
        "parameters": [isinstance(getattr(first, name), nn.Parameter) for name in NEEDS],
        "trainable": [all(weight.requires_grad for weight in module.parameters()) for module in (first, second)],
    }


common = CommonProbes(attention, tokens(5, 6), tokens(3, 6), tokens(7, 6) + 1, tokens(1, 6))
