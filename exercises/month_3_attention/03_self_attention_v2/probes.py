"""What is asked of a SelfAttention_v2 and of copy_weights."""

import torch
from torch import nn

from grader.probing import Int, ProbeProblem, fill, lookup, tokens
from grader.subject import Subject

NEEDS = ("W_query", "W_key", "W_value")


class First(nn.Module):
    """A SelfAttention_v1, as the exercise before asks for it."""

    def __init__(self, d_in, d_out):
        super().__init__()
        for name in NEEDS:
            setattr(self, name, nn.Parameter(torch.zeros(d_in, d_out)))

    def forward(self, x):
        queries, keys, values = (x @ getattr(self, name) for name in NEEDS)
        return torch.softmax(queries @ keys.T / keys.shape[-1] ** 0.5, dim=-1) @ values


def attention(impl, d_in=6, d_out=4, qkv_bias=False):
    made = fill(impl.SelfAttention_v2(d_in, d_out, qkv_bias), *NEEDS)
    for name in NEEDS:
        weight = lookup(made, f"{name}.weight")
        if weight is None:
            raise ProbeProblem(f"`{name}` is not an nn.Linear, whose matrix is its `weight`.")
        if weight.shape != (d_out, d_in):
            raise ProbeProblem(f"The weight of `{name}` has shape {tuple(weight.shape)}; it should be (d_out, d_in).")
    return made


def output(impl, length: Int[1, 6] = 5, d_in: Int[1, 7] = 6, d_out: Int[1, 7] = 4):
    """The context vectors of one sequence."""
    return attention(impl, d_in, d_out)(tokens(length, d_in))


def with_bias(impl, length: Int[1, 6] = 5):
    """The same with biased layers."""
    return attention(impl, qkv_bias=True)(tokens(length, 6))


def by_name(impl):
    """The arguments by their names, and no qkv_bias."""
    return fill(impl.SelfAttention_v2(d_in=6, d_out=3), *NEEDS)(tokens(5, 6))


def biases(impl):
    """Which layers have a bias, without and with qkv_bias."""
    made = {bias: impl.SelfAttention_v2(6, 4, bias) for bias in (False, True)}
    return {bias: [lookup(module, f"{name}.bias") is not None for name in NEEDS] for bias, module in made.items()}


def _both(impl, d_in, d_out):
    first = fill(First(d_in, d_out))
    with torch.no_grad():
        for name in NEEDS:
            getattr(first, name).mul_(-0.5)
    return first, attention(impl, d_in, d_out)


def copied(impl, d_in: Int[1, 6] = 6, d_out: Int[1, 6] = 4):
    """What version 1 gives after the copy."""
    first, second = _both(impl, d_in, d_out)
    impl.copy_weights(first, second)
    return first(tokens(5, d_in))


def after_copy(impl):
    """Version 1's matrices, version 2's output, and whether both can still be trained."""
    first, second = _both(impl, 5, 5)
    impl.copy_weights(first, second)
    x = tokens(4, 5)
    both = first, second
    return {
        "matrices": {name: getattr(first, name) for name in NEEDS},
        "v2": second(x),
        "parameters": [isinstance(getattr(first, name), nn.Parameter) for name in NEEDS],
        "trainable": [all(parameter.requires_grad for parameter in one.parameters()) for one in both],
    }


general = Subject(attention, tokens(5, 6), tokens(3, 6), tokens(7, 6) + 1, tokens(1, 6))
