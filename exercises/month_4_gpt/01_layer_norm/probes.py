"""What is asked of a LayerNorm."""

import torch
from torch import nn

from grader.probing import Int, Ints, ProbeProblem, change, fill, tokens
from grader.subject import Subject

NEEDS = ("scale", "shift")


def norm(impl, emb_dim=6):
    made = impl.LayerNorm(emb_dim)
    if isinstance(made, nn.LayerNorm):
        raise ProbeProblem("Your LayerNorm inherits from nn.LayerNorm, which does it all. Build it by hand.")
    fill(made, *NEEDS)
    for name in NEEDS:
        part = getattr(made, name)
        if not isinstance(part, nn.Parameter):
            kind = type(part).__name__
            raise ProbeProblem(f"`{name}` is a {kind}; make it an nn.Parameter, which training can change.")
        if part.shape != (emb_dim,):
            shape = tuple(part.shape)
            raise ProbeProblem(f"With emb_dim={emb_dim} your `{name}` has shape {shape}; it should be (emb_dim,).")
    return made


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 4, emb_dim: Int[1, 8] = 6):
    """The normed tokens of a batch, with a scale and a shift that are not their first values."""
    return norm(impl, emb_dim)(tokens(batch, length, emb_dim) * 2 + 1)


def any_token(impl, token: Ints[1, 8, -1000, 1000] = (1, 2, 3, 4)):
    """A token of any numbers, normed."""
    return norm(impl, len(token))(torch.tensor([token], dtype=torch.float32))


def two_dimensions(impl):
    """Without a batch: (T, emb_dim)."""
    return norm(impl)(tokens(4, 6) * 2 + 1)


def fresh(impl):
    """The output of a module as it is made."""
    return impl.LayerNorm(6)(tokens(2, 4, 6) * 2 + 1)


def small(impl):
    """Tokens so small that eps counts."""
    return norm(impl)(tokens(2, 4, 6) * 1e-3)


def constant(impl):
    """A token whose numbers are all the same has no variance."""
    return norm(impl)(torch.full((1, 2, 6), 3.0))


def perturbed(impl):
    """Outputs before and after changing the last two tokens."""
    made = norm(impl)
    x = tokens(2, 5, 6)
    return {"before": made(x), "after": made(change(x, since=3))}


general = Subject(norm, tokens(2, 4, 6) * 2 + 1, tokens(3, 5, 6), tokens(1, 2, 6) * 7, tokens(4, 6))
