"""Checks that each token is normalized separately, then scaled and shifted."""

import torch

from exercises.kit import common_checks


def test_output(run):
    """The output is correct"""
    run.same("output", what="output")


def test_fresh(run):
    """A new module returns mean 0 and variance 1"""
    data = run("fresh")
    run.equal(
        data, run.reference("fresh"), what="output of a new module", hint="Initially scale should be 1 and shift 0."
    )


def test_other_sizes(run):
    """It works for any batch size, sequence length and vector size"""
    run.vary("output", what="output", cases=8)


def test_without_batch(run):
    """It works for any number of leading dimensions"""
    run.same("two_dimensions", what="output for x of shape (4, 6)")


def test_tokens_alone(run):
    """Each token is normalized separately"""
    data = run("perturbed")
    assert torch.allclose(data["before"][:, :3], data["after"][:, :3], atol=1e-5), (
        "Your output for a token depends on other tokens; compute mean and variance over the last dimension."
    )


def test_small_numbers(run):
    """eps is 1e-5 and is added inside the root"""
    run.same("small", what="output for numbers of about 0.001", hint="Divide by sqrt(variance + eps) with eps = 1e-5.")


def test_constant_token(run):
    """A token of equal numbers does not give NaN"""
    run.same("constant", what="output for a token of equal numbers")


def test_against_torch(run):
    """The result matches PyTorch's layer norm"""
    from exercises.kit import tokens, values_for

    scale, shift = values_for("scale", torch.empty(6)), values_for("shift", torch.empty(6))
    expected = torch.nn.functional.layer_norm(tokens(2, 4, 6) * 2 + 1, (6,), scale, shift, 1e-5)
    run.equal(run("output"), expected, what="output")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output")
test_registered = common_checks.weights()
test_gradients = common_checks.gradients(title="Gradients reach scale, shift and the input")
test_no_memory = common_checks.state("output")
test_manners = common_checks.manners()
