"""Probes for dropout. As the masks are random, the results are summarized by rounded statistics."""

import torch

from exercises.kit import CommonProbes, Int, Ints, ProbeProblem, numbers, summarized_by


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


def share_and_factors(result):
    """The share of dropped numbers, rounded to tenths, and the factors by which x is multiplied."""
    factors = (result / batch(10, 10, 50)).mul(100).round().unique()[:4] / 100
    return {
        "share": round(float((result == 0).float().mean()) * 10) / 10,
        "factors": [round(float(factor), 2) + 0.0 for factor in factors],
    }


@summarized_by(share_and_factors)
def training(impl, p=0.4):
    """The result for 5000 numbers in training."""
    return _dropped(impl, batch(10, 10, 50), p)


def independence(data):
    """Whether the masks along each dimension or of two calls are equal, and how masks vary between calls."""
    mask, again = data["first"] == 0, data["second"] == 0
    masks = torch.stack(data["calls"]) == 0  # (calls, elements)
    return {
        "shared along": [bool((mask == mask.narrow(dim, 0, 1)).all()) for dim in range(3)],
        "same in two calls": bool(torch.equal(mask, again)),
        "number varies": len(set(masks.sum(1).tolist())) > 1,
        "spared": bool((~masks).all(0).any()),
    }


@summarized_by(independence)
def luck(impl):
    """The results of two calls with 5000 numbers and of 40 calls with 10."""
    first, second = (_dropped(impl, batch(10, 10, 50), 0.4) for _ in range(2))
    return {"first": first, "second": second, "calls": [_dropped(impl, batch(10), 0.5) for _ in range(40)]}


@summarized_by(lambda result: round(float((result == 0).float().mean()) * 5) / 5)
def flat(impl):
    """The result for a tensor with one dimension, summarized by the share of dropped numbers, in fifths."""
    return _dropped(impl, batch(2000), 0.6)


def in_evaluation(impl, p=0.4):
    """The result with training=False."""
    return impl.dropout(batch(3, 4), p, False)


def dropped_or_scaled(data):
    """The result in evaluation, and whether each number is dropped or scaled in training."""
    training, scaled = data["training"], data["evaluation"] / (1 - data["p"])
    fits = (training == 0) | torch.isclose(training, scaled, rtol=1e-4)
    return {"evaluation": data["evaluation"], "dropped or scaled": bool(fits.all())}


@summarized_by(dropped_or_scaled)
def any_numbers(impl, x: Ints[1, 12, -99, 99] = (1, -2, 3, 4), percent: Int[0, 95] = 40):
    """The results in training and in evaluation."""
    values, p = torch.tensor(x, dtype=torch.float32), percent / 100
    return {"p": p, "training": _dropped(impl, values.clone(), p), "evaluation": impl.dropout(values, p, False)}


def by_name(impl):
    """Calls with keyword arguments: evaluation, and training with p=0."""
    x = batch(3, 4)
    return [impl.dropout(x=x, p=0.4, training=False), impl.dropout(x=x, p=0.0, training=True)]


def scaled_in_double(data):
    """The result in evaluation, and whether kept numbers are scaled."""
    factors = data["training"] / batch(20, 20, dtype=torch.float64)
    return {"evaluation": data["evaluation"], "scaled": bool(((factors - 1 / 0.7).abs() < 1e-9).any())}


@summarized_by(scaled_in_double)
def in_double(impl):
    """The results in training and in evaluation for float64."""
    x = batch(20, 20, dtype=torch.float64)
    return {"training": _dropped(impl, x, 0.3), "evaluation": impl.dropout(x, 0.3, False)}


def unchanged(data):
    """x after the calls, and whether the first result is unchanged."""
    return {"x": data["x"], "result is unchanged": torch.equal(data["first copied"], data["first"])}


@summarized_by(unchanged)
def state(impl):
    """x and the first result after more calls, and a copy of the first result."""
    x = batch(4, 5)
    first = _dropped(impl, x, 0.5)
    copy = first.clone()
    for _ in range(3):
        _dropped(impl, batch(4, 5) + 1, 0.5)
    return {"x": x, "first": first, "first copied": copy}


@summarized_by(lambda data: bool(torch.allclose(data["gradient"] * batch(20, 20), data["result"], atol=1e-5)))
def learning(impl):
    """The result and the gradient of its sum, which is the factor of each number, 0 or 1 / (1 - p)."""
    x = batch(20, 20).requires_grad_()
    result = _dropped(impl, x, 0.4)
    if not result.requires_grad:
        raise ProbeProblem("Your result is detached from x; gradients should flow back to x.")
    result.sum().backward()
    return {"result": result, "gradient": x.grad}


common = CommonProbes(lambda impl: lambda x: [impl.dropout(x, 0.4, True), impl.dropout(x, 0.4, False)], batch(3, 4))
