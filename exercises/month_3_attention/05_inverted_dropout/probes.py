"""Probes for dropout. They return rounded statistics, as the masks are random."""

import torch

from grader.probing import Int, Ints, ProbeProblem, numbers
from grader.subject import Subject


def batch(*shape, dtype=torch.float32):
    x = numbers(*shape, seed="x", dtype=dtype)
    return torch.where(x.abs() < 0.1, 0.5, x)  # zeros would look like dropped numbers


def _dropped(impl, x, p):
    """Returns x after dropout in training mode, after checking its shape and dtype."""
    result = impl.dropout(x, p, True)
    if not isinstance(result, torch.Tensor) or result.shape != x.shape:
        kind = f"of shape {tuple(result.shape)}" if isinstance(result, torch.Tensor) else type(result).__name__
        raise ProbeProblem(f"dropout should return a tensor like x, of shape {tuple(x.shape)}; yours is {kind}.")
    if result.dtype != x.dtype:
        raise ProbeProblem(f"For x of dtype {x.dtype} your result has dtype {result.dtype}; it should be the same.")
    return result


def training(impl, p=0.4):
    """The share of dropped numbers among 5000, rounded to tenths, and the factors of the rest."""
    x = batch(10, 10, 50)
    result = _dropped(impl, x, p)
    factors = (result / x).mul(100).round().unique()[:4] / 100
    dropped = (result == 0).float().mean()
    return {
        "share": round(float(dropped) * 10) / 10,
        "factors": [round(float(factor), 2) + 0.0 for factor in factors],
    }


def luck(impl):
    """Whether the masks along each dimension or of two calls are equal, and how masks vary between calls."""
    x = batch(10, 10, 50)
    mask = _dropped(impl, x, 0.4) == 0
    again = _dropped(impl, x, 0.4) == 0
    shared = [bool((mask == mask.narrow(dim, 0, 1)).all()) for dim in range(3)]
    masks = torch.stack([_dropped(impl, batch(10), 0.5) == 0 for _ in range(40)])  # (calls, elements)
    counts = set(masks.sum(1).tolist())
    return {
        "shared along": shared,
        "same in two calls": bool(torch.equal(mask, again)),
        "number varies": len(counts) > 1,
        "spared": bool((~masks).all(0).any()),
    }


def flat(impl):
    """The share of dropped numbers in a tensor with one dimension, rounded to fifths."""
    x = batch(2000)
    return round(float((_dropped(impl, x, 0.6) == 0).float().mean()) * 5) / 5


def in_evaluation(impl, p=0.4):
    """The result with training=False."""
    return impl.dropout(batch(3, 4), p, False)


def any_numbers(impl, x: Ints[1, 12, -99, 99] = (1, -2, 3, 4), percent: Int[0, 95] = 40):
    """The result in evaluation, and whether each number is dropped or scaled in training."""
    values, p = torch.tensor(x, dtype=torch.float32), percent / 100
    result = _dropped(impl, values.clone(), p)
    fits = (result == 0) | torch.isclose(result, values / (1 - p), rtol=1e-4)
    return {"evaluation": impl.dropout(values, p, False), "lost or scaled": bool(fits.all())}


def by_name(impl):
    """Calls with keyword arguments: evaluation, and training with p=0."""
    x = batch(3, 4)
    return [impl.dropout(x=x, p=0.4, training=False), impl.dropout(x=x, p=0.0, training=True)]


def in_double(impl):
    """float64: the result in evaluation, and whether kept numbers are scaled."""
    x = batch(20, 20, dtype=torch.float64)
    result = _dropped(impl, x, 0.3)
    return {"evaluation": impl.dropout(x, 0.3, False), "kept": ((result / x - 1 / 0.7).abs() < 1e-9).any()}


def state(impl):
    """Whether x and the first result are unchanged after more calls."""
    x = batch(4, 5)
    first = _dropped(impl, x, 0.5)
    kept = first.clone()
    for _ in range(3):
        _dropped(impl, batch(4, 5) + 1, 0.5)
    return {"untouched": torch.equal(x, batch(4, 5)), "result stays": torch.equal(kept, first)}


def learning(impl):
    """Whether the gradient of each number is its factor, 0 or 1 / (1 - p)."""
    x = batch(20, 20).requires_grad_()
    result = _dropped(impl, x, 0.4)
    if not result.requires_grad:
        raise ProbeProblem("Your result is detached from x; gradients should flow back to x.")
    result.sum().backward()
    return bool(torch.allclose(x.grad * x, result, atol=1e-5))


general = Subject(lambda impl: lambda x: [impl.dropout(x, 0.4, True), impl.dropout(x, 0.4, False)], batch(3, 4))
