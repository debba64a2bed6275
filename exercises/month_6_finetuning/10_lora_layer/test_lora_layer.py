"""Checks A and B, their initial values, and the change, scaled by alpha (or by alpha / rank, as in newer code)."""

import torch

from exercises.kit import Diagnosis, compare

BY_RANK = (
    "Your code scales the change by alpha / rank, as newer versions of the book's code do; the printed book "
    "scales it by alpha. Both are accepted."
)


def same(run, probe, what, rank=2, **arguments):
    """Compares with the reference's data, or with this data divided by the rank. Returns whether the latter matches."""
    actual, expected = run(probe, **arguments), run.reference(probe, **arguments)
    by_rank = {k: v / rank for k, v in expected.items()} if isinstance(expected, dict) else expected / rank
    if rank > 1 and compare.difference(actual, by_rank) is None:
        return True
    run.equal(actual, expected, what=what)
    return False


def test_example(run):
    """The worked example gives the expected result

    Page: "in_dim 2, out_dim 2, rank 1, alpha 2"
    """
    run.same("example", what="result of `LoRALayer(2, 2, 1, 2)(x)` for x, A and B on the page")


def test_output(run):
    """The change is alpha · x A B

    Page: "result    (…, out_dim)      alpha · x A B"
    """
    run.same("output", what="result of `LoRALayer(5, 4, 1, 3)(x)` for five vectors")


def test_built(run):
    """A and B have the right shapes

    Page: "A and B are the only trainable numbers"
    """
    data = run("built")
    for name, shape, expected in (("A", "(in_dim, rank)", [6, 3]), ("B", "(rank, out_dim)", [3, 4])):
        if data[name] != expected:
            raise Diagnosis(
                "shapes",
                f"With in_dim=6, out_dim=4 and rank=3 your {name} is {data[name]}; it should be an nn.Parameter of "
                f"shape {shape}, here {expected}.",
            )
    if data["trainable"] != 30:
        raise Diagnosis(
            "trainable-numbers",
            f"Your layer has {data['trainable']} trainable numbers; it should have those of A and B, 6 · 3 + 3 · 4 = "
            "30.",
        )


def test_start(run):
    """B is initialized with zeros, A with random numbers

    Page: "**Initialize B with zeros, and A with random numbers.**"
    """
    data = run("start")
    if not data["B_zero"]:
        raise Diagnosis(
            "b-not-zero", "Your B is not zero initially, so the layer changes the model before training; use zeros."
        )
    if data["A_zero"]:
        raise Diagnosis("a-zero", "Your A is zero initially, so B never gets a gradient; use random numbers.")
    if not data["A_finite"]:
        raise Diagnosis(
            "a-not-finite",
            "Your A has numbers that are not finite; torch.empty returns uninitialized memory, so fill it.",
        )
    if data["A_columns_alike"]:
        raise Diagnosis(
            "a-columns-alike", "All columns of your A are equal, so they would all learn the same; use random numbers."
        )
    if data["A_of_two_layers_alike"]:
        raise Diagnosis(
            "a-of-layers-alike",
            "Two of your layers have the same A; draw new random numbers for each, and do not set a seed.",
        )
    if not data["output_zero"]:
        raise Diagnosis("not-zero-at-first", "A new layer should return zeros; yours does not.")


def test_scaling(run, note):
    """The scale is consistent for all ranks

    Page: "Some newer code multiplies by alpha / rank instead of alpha. Both are accepted."
    """
    scaled_by_rank = {}
    for rank in (1, 2, 3, 4):
        scaled_by_rank[rank] = same(run, "output", f"result of `LoRALayer(5, 4, {rank}, 3)(x)`", rank=rank)
    ways = {scaled_by_rank[rank] for rank in (2, 3, 4)}
    assert len(ways) == 1, "Your code scales by alpha for some ranks and by alpha / rank for others; use one of them."
    if ways == {True}:
        note(BY_RANK)


def test_alpha(run):
    """Twice the alpha gives twice the change

    Page: "twice the alpha gives twice the change"
    """
    data = run("alphas")
    for alpha in (0.0, 0.5, 2.0):
        if not torch.allclose(data[alpha], alpha * data[1.0], rtol=1e-4, atol=1e-5):
            raise Diagnosis(
                "alpha", f"Your change for alpha={alpha:g} should be {alpha:g} times the one for alpha=1; it is not."
            )


def test_other_sizes(run):
    """It works for any batch size and any dimensions

    Page: "x         (…, in_dim)"
    """
    run.vary("output", what="result of `LoRALayer(in_dim, out_dim, rank=1, alpha=alpha)(x)`", rank=1)
    for in_dim, out_dim, rank in ((3, 3, 3), (6, 2, 4), (1, 5, 2)):
        what = f"result of `LoRALayer({in_dim}, {out_dim}, {rank}, 3)(x)`"
        same(run, "output", what, in_dim=in_dim, out_dim=out_dim, rank=rank)


def test_sequences(run):
    """It works on (B, T, in_dim) too

    Page: "or (B, T, in_dim) in a transformer"
    """
    same(run, "sequences", "result of `LoRALayer(5, 4, 2, 3)(x)` for x of shape (2, 3, 5)")


def test_first_gradients(run):
    """B of a new layer gets a gradient

    Page: "If both were zero, neither would get a gradient"
    """
    if run("first_gradients")["B"]:
        return
    if run("start")["A_zero"]:
        message = "B of your new layer gets no gradient, so nothing can be learned; A should not be zero."
        raise Diagnosis("a-zero", message)
    message = "B of your layer gets no gradient; compute the change from A and B themselves, without .data or no_grad."
    raise Diagnosis("no-gradient", message)


def test_by_name(run):
    """The arguments can be passed by name

    Page: "LoRALayer(in_dim, out_dim, rank, alpha)"
    """
    run.same("by_name", what="result of `LoRALayer(in_dim=5, out_dim=4, rank=1, alpha=3)(x)`")
