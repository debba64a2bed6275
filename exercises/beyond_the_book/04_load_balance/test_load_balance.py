"""Checks the loss, its two extremes and its gradient."""


def test_example(run):
    """The worked example gives 1.15

    Page: "loss = 2 · (0.75 · 0.65 + 0.25 · 0.35) = 1.15"
    """
    run.same("example", what="`balance_loss` of the four tokens of the example")


def test_loss(run):
    """The loss is correct for other probabilities and choices

    Page: "loss          ()       N · Σ f_i · P_i"
    """
    run.same("loss", what="`balance_loss` of ten tokens and four experts")


def test_idle(run):
    """Experts without a token count too

    Page: "An expert that no token chose counts too"
    """
    run.same("idle", what="`balance_loss` of eight tokens and five experts, of which two get no token")


def test_balance(run):
    """A perfect balance gives 1, for any number of experts

    Page: "It is 1 if tokens and probabilities are spread evenly"
    """
    for experts, loss in run("balanced").items():
        assert abs(float(loss) - 1) < 1e-4, (
            f"For {experts} experts that get the same number of tokens with equal probabilities, your loss is "
            f"{float(loss):.4g}; it should be 1."
        )


def test_one_for_all(run):
    """One expert for all tokens gives N

    Page: "and N if all tokens go to one expert with probability 1"
    """
    for experts, loss in run("one_for_all").items():
        assert abs(float(loss) - int(experts)) < 1e-4, (
            f"For {experts} experts of which one gets all tokens, your loss is {float(loss):.4g}; it should be "
            f"{experts}."
        )


def test_other_sizes(run):
    """Any number of tokens and experts works

    Page: "Any n ≥ 1 works"
    """
    run.vary("loss", cases=8, what="`balance_loss`")


def test_slope(run):
    """The gradient is larger for experts that get more tokens

    Page: "The loss teaches the router through P"
    """
    gradient = run("slope")
    assert gradient is not None, (
        "Your loss has no gradient for router_probs, so the router cannot learn from it; compute the means from the "
        "probabilities themselves."
    )
    run.same("slope", what="gradient of `balance_loss` for the probabilities of six tokens and three experts")


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "balance_loss(router_probs, chosen)"
    """
    run.same("by_name", what="`balance_loss` with named arguments")
