"""Checks that each token is normalized separately, then scaled and shifted."""

import torch


def test_example(run):
    """The worked example gives the expected result

    Page: "One token of four numbers, with scale 1 and shift 0"
    """
    run.same("example", what="result of `LayerNorm(4)(x)` for the token (1, 2, 3, 6)")


def test_output(run):
    """The output is correct for other values of scale and shift

    Page: "scale · normalized + shift, elementwise"
    """
    run.same("output", what="result of `LayerNorm(6)(x)` for x of shape (2, 4, 6)")


def test_fresh(run):
    """Initially scale is 1 and shift is 0

    Page: "`scale`, initially all ones, and `shift`, initially all zeros"
    """
    data = run("fresh")
    for name, value in (("scale", 1), ("shift", 0)):
        numbers = data[name].flatten().tolist()
        assert all(number == value for number in numbers), (
            f"The numbers of `{name}` in a new LayerNorm should all be {value}; yours begin with {numbers[0]:.4g}."
        )


def test_tokens_alone(run):
    """Each token is normalized separately

    Page: "Normalize each token separately."
    """
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5, equal_nan=True), (
        "Your output for a token changes with other tokens; compute mean and variance over the last dimension."
    )


def test_other_sizes(run):
    """It works for any number of leading dimensions and any vector size

    Page: "The dots stand for any number of dimensions"
    """
    run.same("two_dimensions", what="result of `LayerNorm(6)(x)` for x of shape (4, 6)")
    run.vary("output", what="result of `LayerNorm(emb_dim)(x)`", cases=8)


def test_by_name(run):
    """The arguments can be passed by name

    Page: "A module `LayerNorm(emb_dim)`"
    """
    run.same("by_name", what="result of `LayerNorm(emb_dim=6)(x=x)`")


def test_small_numbers(run):
    """eps is 1e-5 and is added inside the root

    Page: "Add ε *inside* the root."
    """
    hint = "Divide by sqrt(variance + eps) with eps = 1e-5."
    run.same("small", what="result of `LayerNorm(6)(x)` for numbers of about 0.001", hint=hint)


def test_constant_token(run):
    """A token of equal numbers does not give NaN

    Page: "ε prevents a division by zero"
    """
    assert not run("constant").isnan().any(), (
        "Your output for a token of equal numbers is NaN; add eps to the variance."
    )


def test_against_torch(run):
    """The result matches PyTorch's layer norm

    Page: "(x − mean) / √(variance + ε)"
    """
    from exercises.kit import tokens, values_for

    scale, shift = values_for("scale", torch.empty(6)), values_for("shift", torch.empty(6))
    expected = torch.nn.functional.layer_norm(tokens(2, 4, 6) * 2 + 1, (6,), scale, shift, 1e-5)
    run.equal(run("output"), expected, what="result of `LayerNorm(6)(x)` for x of shape (2, 4, 6)")
