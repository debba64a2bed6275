"""Checks the tables, the rotation, and that scores depend on distances only."""

import torch

from exercises.kit import Diagnosis


def test_example_tables(run):
    """The tables of the worked example are correct

    Page: "D = 4, theta_base = 100, so the frequencies are 1 and 100^(−2/4) = 0.1"
    """
    _same_tables(run, "example_tables", "compute_rope_params(4, 100, 3)")


def test_example(run):
    """The token of the worked example is rotated

    Page: "The token (1, 2, 3, 4) at position 1 has the pairs (1, 3), rotated by 1"
    """
    run.same("example", what="result of `apply_rope(x, cos, sin)` for the token (1, 2, 3, 4) at position 1")


def test_tables(run):
    """The tables are correct for any arguments

    Page: "theta_base^(−2i / D)"
    """
    _same_tables(run, "tables_for", "compute_rope_params(8, 10000, 6)")
    run.vary("tables_for", what="result of `compute_rope_params(head_dim, theta_base, context_length)`")
    # float32 angles near 127 are rounded to 1e-5
    run.same("far_tables", atol=1e-4, what="rows 100 to 127 of `compute_rope_params(8, 10000, 128)`")


def test_defaults(run):
    """The defaults are those of the signature

    Page: "compute_rope_params(head_dim, theta_base=10_000, context_length=4096, dtype=torch.float32)"
    """
    run.same("default_tables", what="result of `compute_rope_params(6)`")


def test_by_name(run):
    """Arguments have the page's names, and dtype is obeyed

    Page: "of the angles, with this dtype"
    """
    run.same("tables_by_name", what="result of `compute_rope_params(head_dim=6, …, dtype=torch.float64)`")
    run.same("rotated_by_name", what="result of `apply_rope(x=x, cos=cos, sin=sin)`")


def test_rotation(run):
    """The rotation is correct for any tables and sizes

    Page: "A rotation by the angle a turns the pair (u, v) into"
    """
    run.same("rotated", what="result of `apply_rope(x, cos, sin)` for x of shape (2, 3, 4, 6)")
    run.vary("rotated", what="result of `apply_rope(x, cos, sin)`", cases=8)


def test_longer_tables(run):
    """Tables can have more rows than x has tokens

    Page: "The tables can have more rows than x has tokens: use the first T."
    """
    run.same("rotated", more=3, what="result of `apply_rope(x, cos, sin)` for 4 tokens and tables of 7 rows")


def test_lengths(run):
    """A rotation keeps each pair's length

    Page: "A rotation keeps each pair's length."
    """
    data = run("lengths")
    assert torch.allclose(data["before"], data["after"], atol=1e-4, equal_nan=True), (
        "The pairs of numbers i and i + D/2 are longer or shorter after your apply_rope; a rotation keeps their length."
    )


def test_first_position(run):
    """Position 0 is not rotated

    Page: "Position 0 is not rotated at all."
    """
    data = run("first_position")
    assert torch.allclose(data["before"], data["after"], atol=1e-5, equal_nan=True), (
        "With your own tables, your apply_rope changes the token at position 0. Its angles are 0, so cos is 1 and "
        "sin is 0."
    )


def test_distance(run):
    """Scores depend only on the distance of two tokens

    Page: "depends only on how far apart the two tokens are"
    """
    scores = run("scores")
    for distance in range(8):
        diagonal = scores.diagonal(-distance)
        assert torch.allclose(diagonal, diagonal[:1], atol=1e-3, rtol=1e-3, equal_nan=True), (
            f"The score of the same query and key at distance {distance} should be the same at every position; yours "
            f"is {float(diagonal[0]):.4g} at positions {distance} and 0, and {float(diagonal[-1]):.4g} at positions 7 "
            f"and {7 - distance}. Rotate queries and keys in the same way, by position times frequency."
        )


def test_dtype_of_x(run):
    """The result has the dtype of x, whatever the tables have

    Page: "convert the result back to the dtype of x"
    """
    for dtype, actual in run("mixed_dtypes").items():
        if actual != dtype:
            raise Diagnosis(
                "dtype-of-x",
                f"For a {dtype} x and float32 tables, your apply_rope returns {actual}; it should return {dtype}.",
            )


def test_against_complex_numbers(run):
    """The result matches a product of complex numbers

    Page: "a point in a plane"
    """
    from exercises.kit import numbers

    u, v = numbers(2, 3, 4, 6).chunk(2, dim=-1)
    angles = numbers(4, 3, seed="angles")
    product = torch.complex(u, v) * torch.polar(torch.ones_like(angles), angles)
    expected = torch.cat((product.real, product.imag), dim=-1)
    run.equal(run("rotated"), expected, what="result of `apply_rope(x, cos, sin)` for x of shape (2, 3, 4, 6)")


def _same_tables(run, probe, call):
    actual, expected = run(probe), run.reference(probe)
    for name in ("cos", "sin"):
        run.equal(actual[name], expected[name], what=f"`{name}` of `{call}`")
