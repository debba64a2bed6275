"""Probes for compute_rope_params and apply_rope."""

import torch

from exercises.kit import CommonProbes, Int, ProbeProblem, compare, numbers


def tables(impl, *arguments, **named):
    """The two tables of the solution."""
    result = impl.compute_rope_params(*arguments, **named)
    if isinstance(result, torch.Tensor) and result.is_complex():
        raise ProbeProblem(
            "Your compute_rope_params returns complex numbers; it should return two tensors, the cosine and the sine "
            "of each angle."
        )
    try:
        cos, sin = result
    except (TypeError, ValueError):
        raise ProbeProblem(
            f"Your compute_rope_params returns {compare.kind(result)}; it should return the two tensors (cos, sin)."
        ) from None
    return {"cos": cos, "sin": sin}


def any_tables(length, half):
    """Tables of any angles, in the page's layout: each row is D/2 angles twice."""
    angles = numbers(length, half, seed="angles").repeat(1, 2)
    return angles.cos(), angles.sin()


def example_tables(impl):
    """The tables of the example on the page."""
    return tables(impl, 4, 100, 3)


def tables_for(impl, half: Int[1, 5] = 4, theta_base: Int[2, 100000] = 10000, context_length: Int[1, 16] = 6):
    """The tables for head_dim = 2 · half."""
    return tables(impl, 2 * half, theta_base, context_length)


def far_tables(impl):
    """The rows of positions 100 to 127."""
    return {name: table[100:] for name, table in tables(impl, 8, 10_000, 128).items()}


def default_tables(impl):
    """The shape and the first rows of the tables with default arguments."""
    both = tables(impl, 6)
    return {"shape": [list(table.shape) for table in both.values()], **{name: t[:8] for name, t in both.items()}}


def tables_by_name(impl):
    """The tables for keyword arguments, in float64."""
    return tables(impl, head_dim=6, theta_base=500.0, context_length=5, dtype=torch.float64)


def example(impl):
    """The token of the example on the page, at position 1."""
    angles = torch.tensor([[0.0, 0.0, 0.0, 0.0], [1.0, 0.1, 1.0, 0.1]])
    x = torch.tensor([[[[5.0, 6.0, 7.0, 8.0], [1.0, 2.0, 3.0, 4.0]]]])
    return impl.apply_rope(x, angles.cos(), angles.sin())


def rotated(
    impl, batch: Int[1, 3] = 2, heads: Int[1, 4] = 3, length: Int[1, 6] = 4, half: Int[1, 4] = 3, more: Int[0, 3] = 0
):
    """The result for tables of any angles with `more` rows than tokens."""
    return impl.apply_rope(numbers(batch, heads, length, 2 * half), *any_tables(length + more, half))


def rotated_by_name(impl):
    """The result for keyword arguments."""
    cos, sin = any_tables(5, 3)
    return impl.apply_rope(x=numbers(1, 2, 5, 6), cos=cos, sin=sin)


def lengths(impl):
    """The lengths of the pairs before and after the rotation."""
    x = numbers(2, 3, 4, 6)
    result = impl.apply_rope(x, *any_tables(4, 3))
    return {"before": _lengths(x), "after": _lengths(result)}


def _lengths(x):
    return x.unflatten(-1, (2, -1)).norm(dim=-2)


def first_position(impl):
    """The token at position 0 before and after the rotation, with the solution's own tables."""
    both = tables(impl, 6, 10_000, 4)
    x = numbers(1, 2, 4, 6)
    return {"before": x[:, :, 0], "after": impl.apply_rope(x, both["cos"], both["sin"])[:, :, 0]}


def scores(impl):
    """The dot products of one query and one key, each at positions 0 to 7, with the solution's own tables."""
    both = tables(impl, 8, 100, 8)
    query, key = (numbers(1, 1, 1, 8, seed=seed).repeat(1, 1, 8, 1) for seed in ("query", "key"))
    rotated_query = impl.apply_rope(query, both["cos"], both["sin"])
    return (rotated_query @ impl.apply_rope(key, both["cos"], both["sin"]).mT)[0, 0]


def mixed_dtypes(impl):
    """The dtypes of the results for float32 tables."""
    results = {}
    for dtype in (torch.bfloat16, torch.float16):
        result = impl.apply_rope(numbers(1, 2, 4, 6).to(dtype), *any_tables(4, 3))
        results[str(dtype).removeprefix("torch.")] = str(result.dtype).removeprefix("torch.")
    return results


common = CommonProbes(
    lambda impl: impl.apply_rope,
    *((numbers(*shape), *any_tables(5, 3)) for shape in ((2, 3, 4, 6), (3, 2, 5, 6), (1, 1, 2, 6))),
    fixed=(1, 2),  # tables need no gradients
)
