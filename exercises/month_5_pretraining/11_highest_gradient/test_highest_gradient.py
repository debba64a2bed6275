"""Checks for `find_highest_gradient`."""

from exercises.kit import common_checks, compare, diagnose

LIKE_THE_BOOK = (
    "Yours compares values, as the book does: for gradients of −2 and 1.5 it returns 1.5. To find gradients that are "
    "too large, compare absolute values."
)


def test_example(run, note):
    """The worked example gives 1.5

    Page: "find_highest_gradient(model)  →  1.5"
    """
    run.same("example", what="result of `find_highest_gradient(model)` for the worked example")
    if run.once("negative") == 1.5:  # both ways are accepted, and tell no mistakes apart
        note(LIKE_THE_BOOK)


def test_anywhere(run):
    """The highest gradient can be anywhere

    Page: "the largest number in all these tensors"
    """
    run.vary("highest", what="result for three parameters, the highest gradient in number `where` of them,")


def test_without_gradient(run):
    """Parameters without a gradient are skipped

    Page: "Skip the parameters whose `grad` is None"
    """
    for missing in (0, 1, 2):
        what = f"result for three parameters, of which number {missing + 1} has grad=None,"
        run.same("without", missing=missing, what=what)
    run.same("after_backward", what="result after backward for a model with a frozen and an unused layer")


def test_none(run):
    """Without any gradient the result is None

    Page: "If no parameter has a gradient, return None."
    """
    for result, model in zip(run("none"), ("whose parameters all have grad=None", "without parameters"), strict=True):
        assert result is None, f"Your result for a model {model} is {compare.show(result)}; it should be None."


def test_sizes(run):
    """Gradients of any size and shape work

    Page: "parameter.grad of each parameter is a tensor of its shape"
    """
    data, expected = run("scalars"), run.reference("scalars")
    for kind, number in expected.items():
        run.equal(data[kind], number, what=f"result for gradients {kind}", rtol=1e-5, atol=0)


def test_unchanged(run):
    """The gradients stay as they are

    Page: "Look only: gradients and weights stay as they are."
    """
    diagnose(
        run("unchanged")["equal"],
        "gradients-changed",
        "Yours changes the gradients of the model, which the next step of the optimizer needs; it should only look at "
        "them, and neither scale them, change their signs in place (abs_) nor reset them.",
    )


# General checks
test_manners = common_checks.manners("example")
