"""What is asked of simple_attention."""

import torch

from grader.probing import Int, ProbeProblem, numbers, tokens, untouched


def both(impl, x):
    result = impl.simple_attention(x)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise ProbeProblem("simple_attention should return two tensors: return context, weights.")
    return {"context": result[0], "weights": result[1]}


def example(impl):
    """The task's example."""
    return both(impl, torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))


def output(impl, length: Int[2, 6] = 5, width: Int[1, 7] = 4):
    """Context and weights of one sequence."""
    return both(impl, tokens(length, width))


def alone(impl):
    """A sequence of one token."""
    return both(impl, tokens(1, 3))


def in_double(impl):
    """In double precision."""
    return both(impl, tokens(4, 3, dtype=torch.float64))


def state(impl):
    """Other inputs between two calls; and whether the input is left as it was."""
    x = tokens(4, 3)
    first = both(impl, x)
    kept = {name: result.clone() for name, result in first.items()}
    other = both(impl, x.flip(0))
    return {
        "first": kept,
        "other": other,
        "again": both(impl, x),
        "later": first,
        "untouched": untouched(x, lambda tensor: both(impl, tensor)),
    }


def learning(impl):
    """What flows back to the tokens, from either result."""
    gradients = {}
    for name in ("context", "weights"):
        x = tokens(4, 3).requires_grad_()
        result = both(impl, x)[name]
        if not getattr(result, "requires_grad", False):
            raise ProbeProblem(f"No gradient can flow back through your {name}: it is cut off from the tokens.")
        (result * numbers(*result.shape, seed="of the loss")).sum().backward()
        gradients[name] = x.grad
    return gradients


def on_meta(impl):
    """On another device."""
    return both(impl, torch.empty(4, 3, device="meta"))
