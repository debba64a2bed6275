"""Checks the formula of GELU, its limits and its constants, and that it takes any shape."""

import torch


def test_example(run):
    """The worked example gives the expected result

    Page: "output −0.0036 −0.1588 −0.1543 0 0.8412 2.9964"
    """
    run.same("example", what="result of `GELU()(x)` for x = [-3, -1, -0.5, 0, 1, 3]")


def test_shapes(run):
    """It takes any shape and returns the same

    Page: "the result has the shape of x, whatever that is"
    """
    run.same("other_shapes", what="list of results for the shapes (), (5,) and (2, 3, 2, 4)")
    run.vary("output", what="result of `GELU()(x)`", cases=6)


def test_by_name(run):
    """The argument can be passed by name

    Page: "Its `forward(x)` works elementwise"
    """
    run.same("by_name", what="result of `GELU()(x=x)`")


def test_large_numbers(run):
    """Large positive numbers pass, large negative numbers become 0

    Page: "Large positive numbers pass unchanged, large negative numbers become 0"
    """
    run.same("large", what="result of `GELU()(x)` for x = [-1000, -20, 20, 1000]")


def test_against_torch(run):
    """The result matches PyTorch's tanh approximation

    Page: "GPT-2 was trained with the approximation"
    """
    x = torch.tensor([-400, -250, -75, 33, 180, 520], dtype=torch.float32) / 100
    expected = torch.nn.functional.gelu(x, approximate="tanh")
    run.equal(run("any_numbers"), expected, what="result of `GELU()(x)` for x = [-4, -2.5, -0.75, 0.33, 1.8, 5.2]")


def test_constants(run):
    """The constants are exact

    Page: "use 0.044715 with all its digits"
    """
    run.same("magnified", what="100 times the result of `GELU()(x)` for x = [-3, -2.5, -2, -1.5]")
