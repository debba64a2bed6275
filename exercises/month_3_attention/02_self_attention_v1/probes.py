"""What is asked of a SelfAttention_v1."""

from torch import nn

from grader.probing import Int, ProbeProblem, fill, tokens
from grader.subject import Subject

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


general = Subject(attention, tokens(5, 6), tokens(3, 6), tokens(7, 6) + 1, tokens(1, 6))
