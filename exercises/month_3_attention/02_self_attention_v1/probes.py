"""Probes for SelfAttention_v1."""

from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, fill, tokens

NEEDS = ("W_query", "W_key", "W_value")


def attention(impl, d_in=6, d_out=4):
    module = fill(impl.SelfAttention_v1(d_in, d_out), *NEEDS)
    for name in NEEDS:
        weight = getattr(module, name)
        if not isinstance(weight, nn.Parameter):
            kind = type(weight).__name__
            if isinstance(weight, nn.Module):
                advice = f"it should be an nn.Parameter of shape ({d_in}, {d_out}). Layers come in version 2."
            else:
                advice = "it should be an nn.Parameter, so that an optimizer can train it."
            raise ProbeProblem(f"`{name}` is a {kind}; {advice}")
        if weight.shape != (d_in, d_out):
            shape = tuple(weight.shape)
            raise ProbeProblem(
                f"With d_in={d_in} and d_out={d_out} your `{name}` has shape {shape}; it should be (d_in, d_out)."
            )
    return module


def output(impl, length: Int[1, 6] = 5, d_in: Int[1, 7] = 6, d_out: Int[1, 7] = 4):
    """The context vectors for one sequence."""
    return attention(impl, d_in, d_out)(tokens(length, d_in))


common = CommonProbes(attention, tokens(5, 6), tokens(3, 6), tokens(7, 6) + 1, tokens(1, 6))
