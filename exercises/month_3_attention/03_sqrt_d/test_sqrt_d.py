"""Checks the variance of the scores and the entropy of the weights, with and without scaling."""


def test_example(run):
    """The worked example gives the expected result

    Page: "One query (1 1 1 1), the keys (1 1 1 1) and (0 0 0 0)"
    """
    for scaled in (False, True):
        data, expected = run("example", scaled=scaled), run.reference("example", scaled=scaled)
        for name in ("variance", "entropy"):
            run.equal(data[name], expected[name], what=f"{name} for the example on the page with scaled={scaled}")


def test_other_sizes(run):
    """It works for any number of queries and keys and any vector size

    Page: "of all N · M scores"
    """
    run.same("output")
    run.same("output", scaled=0)
    run.vary("output")


def test_zero_weights(run):
    """A weight of 0 does not give NaN

    Page: "Its term 0 · ln 0 counts as 0"
    """
    entropy = float(run("large")["entropy"])
    assert entropy == entropy, (
        "Your entropy is NaN for scores so large that some weights are 0; use torch.special.entr(weights)."
    )
