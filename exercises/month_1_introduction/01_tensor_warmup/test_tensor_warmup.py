"""Checks for `scale_pixels`, `flatten_images` and `linear`: dtypes, shapes and a matrix product."""

from exercises.kit import common_checks


def test_scaled(run):
    """scale_pixels gives the numbers of the worked example

    Page: "scale_pixels [[[0.0, 1.0], [0.2, 0.4]]] (1, 2, 2)"
    """
    run.same("example_scaled", what="`scale_pixels(images)` for the worked example")


def test_flat(run):
    """flatten_images gives the numbers of the worked example

    Page: "flatten_images [[0.0, 1.0, 0.2, 0.4]] (1, 4)"
    """
    run.same("example_flat", what="`flatten_images(images)` for the worked example")


def test_linear(run):
    """linear gives the numbers of the worked example

    Page: "linear [[4.7, 0.6]] (1, 2)"
    """
    run.same("example_linear", what="`linear(X, W, b)` for the worked example")


def test_pixels(run):
    """scale_pixels works for images of any size and integer dtype

    Page: "(N, H, W) integers from 0 to 255 → (N, H, W) float32 numbers from 0 to 1"
    """
    run.vary("scaled", what="`scale_pixels(images)`")
    run.same("scaled_int64", what="`scale_pixels(images)` for int64 pixels")


def test_rows(run):
    """flatten_images gives one row per image, for images of any size

    Page: "(N, H, W) → (N, H·W), one row per image, in the order of its pixels"
    """
    run.vary("flat", what="`flatten_images(images)`", hint="`reshape` keeps the order of the numbers.")


def test_sizes(run):
    """linear works for any number of examples, features and classes

    Page: "X times W transposed, plus b in each row"
    """
    run.vary("output", what="`linear(X, W, b)`")
    run.same(
        "square", what="`linear(X, W, b)` for 3 examples, features and classes", hint="Row j of W belongs to class j."
    )


# General checks
test_dtype = common_checks.dtypes("`linear(X, W, b)`")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("`linear(X, W, b)`")
test_manners = common_checks.manners()
