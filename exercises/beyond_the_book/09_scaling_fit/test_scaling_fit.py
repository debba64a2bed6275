"""Checks for fit and best_split."""

from exercises.kit import common_checks, compare, scaling_runs


def _fits(run, fitted, right, runs):
    assert len(fitted) == 3, f"Your `fit` returns {len(fitted)} numbers; it should return a, b and floor."
    for name, mine, expected, rtol in zip(("a", "b", "floor"), fitted, right, (0.2, 0.02, 0.02), strict=True):
        run.equal(mine, expected, what=f"{name} of `fit` for {runs}", rtol=rtol)


def test_example(run):
    """The worked example gives its curve

    Page: "The runs lie on loss = 2 + 100 · C^(−0.25)"
    """
    _fits(run, run("example"), (100.0, 0.25, 2.0), "the runs of the worked example")


def test_made(run):
    """Runs that lie on a curve give this curve

    Page: "b and the floor must be found within 2 %, and a within 20 %"
    """
    data = run("made")
    for name, right in (("100 · C^(−0.25) + 2", (100.0, 0.25, 2.0)), ("400 · C^(−0.3) + 1.7", (400.0, 0.3, 1.7)),
                        ("30 · C^(−0.15) + 0.5", (30.0, 0.15, 0.5))):  # fmt: skip
        _fits(run, data[name], right, f"runs on {name}")


def test_mixed_order(run):
    """Runs can have any order and any size

    Page: "four runs or more, in any order"
    """
    _fits(run, run("mixed_order"), (2000.0, 0.2, 1.8), "runs on 2000 · C^(−0.2) + 1.8 in mixed order, up to C = 10²⁴")


def test_real(run):
    """The curve is within 5 % of real trainings

    Page: "Your curve must be within 5 % of the loss of each of these."
    """
    a, b, floor = run("real")
    for training in scaling_runs.best_runs():
        predicted = floor + a * training.compute**-b
        assert abs(predicted / training.loss - 1) < 0.05, (
            f"For the training with {training.compute:.3g} operations, your curve has the loss {predicted:.4g}; it was "
            f"{training.loss:.4g}."
        )


def test_split(run):
    """A budget is divided between weights and tokens

    Page: "compute = 6 · weights · tokens"
    """
    data, expected = run("split"), run.reference("split")
    for compute, right in expected.items():
        run.equal(data[compute], right, what=f"[weights, tokens] of `best_split({compute})`", rtol=1e-3)
    run.vary("any_split", what="[weights, tokens]", rtol=1e-3, cases=4)


def test_floats(run):
    """best_split returns floats

    Page: "returns two floats, (weights, tokens)"
    """
    for number in run("split")["1.2e+20"]:
        assert isinstance(number, float), f"Your best_split returns {compare.kind(number)}; it should be a float."


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "fit(compute, loss)"
    """
    _fits(run, run("by_name"), (100.0, 0.25, 2.0), "runs on 100 · C^(−0.25) + 2, with named arguments")


test_manners = common_checks.manners("example")
