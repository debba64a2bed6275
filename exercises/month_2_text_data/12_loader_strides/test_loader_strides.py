"""Checks for window_inputs."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected windows

    Page: "A text of 9 ids, here written as 0 to 8"
    """
    settings = ((2, 2), (4, 2), (4, 4))
    for actual, expected, (length, stride) in zip(run("example"), run.reference("example"), settings, strict=True):
        run.equal(actual, expected, what=f"`window_inputs(txt, {length}, {stride})` for a text of 9 ids")


def test_settings(run):
    """Any length and stride works

    Page: "The result has the inputs of all N windows of the text, one in each row"
    """
    run.vary("windows", cases=8, what="`window_inputs(txt, max_length, stride)`")


def test_by_name(run):
    """The arguments can be passed by name

    Page: "window_inputs(txt, max_length, stride) → tensor (N, max_length)"
    """
    run.same("by_name", what="`window_inputs(txt=txt, stride=2, max_length=8)` for a text of 150 ids")


def test_in_order(run):
    """Equal calls give equal windows

    Page: "in the order of the text"
    """
    before, after = run("repeated")
    run.equal(after, before, what="second `window_inputs(txt, 4, 4)`", hint="The first call gave a different result.")


# General checks
test_manners = common_checks.manners("example")
