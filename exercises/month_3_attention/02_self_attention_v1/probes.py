"""What is asked of a SelfAttention_v1."""

import torch
from torch import nn

from grader.probing import Int, ProbeProblem, elsewhere, fill, gradients, memory, strays, tokens, untouched

NEEDS = ("W_query", "W_key", "W_value")


def attention(impl, d_in=6, d_out=4):
    made = fill(impl.SelfAttention_v1(d_in, d_out), *NEEDS)
    for name in NEEDS:
        weight = getattr(made, name)
        if not isinstance(weight, nn.Parameter):
            kind = type(weight).__name__
            raise ProbeProblem(f"`{name}` is a {kind}; make it an nn.Parameter, which training can change.")
        if weight.shape != (d_in, d_out):
            shape = tuple(weight.shape)
            raise ProbeProblem(
                f"With d_in={d_in} and d_out={d_out} your `{name}` has shape {shape}; it should be (d_in, d_out)."
            )
    return made


def output(impl, length: Int[1, 6] = 5, d_in: Int[1, 7] = 6, d_out: Int[1, 7] = 4):
    """The context vectors of one sequence."""
    return attention(impl, d_in, d_out)(tokens(length, d_in))


def in_double(impl):
    """In double precision."""
    return attention(impl).double()(tokens(5, 6, dtype=torch.float64))


def on_meta(impl):
    """On another device."""
    return elsewhere(impl.SelfAttention_v1(6, 4), tokens(5, 6))


def unregistered(impl):
    """Weights that an optimizer would not find."""
    return strays(attention(impl))


def state(impl):
    """Several inputs in a row; whether the input is left as it was; and beside a second instance."""
    made = attention(impl)
    x = tokens(5, 6)
    result = memory(lambda: attention(impl), x, x.flip(0), tokens(3, 6), tokens(7, 6))
    result["untouched"] = untouched(x, made)
    attention(impl).W_value.data.zero_()
    return {**result, "beside another": made(x)}


def learning(impl):
    """The gradient at every weight and at the input."""
    made = attention(impl)
    x = tokens(5, 6).requires_grad_()
    return {**gradients(made, made(x).square().sum()), "x": x.grad}
