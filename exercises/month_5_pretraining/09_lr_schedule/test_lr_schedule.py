"""Checks for `lr_at`: the worked example, the straight line, the cosine, and any numbers."""

from itertools import pairwise

from exercises.kit import Diagnosis, compare

WARMUP = 4  # steps, in the worked example


def test_example(run):
    """The worked example gives the expected rates

    Page: "The warm-up adds (1.0 − 0.2) / 4 = 0.2 in each step."
    """
    data, expected = run("example"), run.reference("example")
    rises = [data[after] - data[before] for before, after in pairwise([*expected][:WARMUP]) if are_numbers(data)]
    if rises and max(rises) - min(rises) > 1e-3:
        raise Diagnosis(
            "curved-warm-up",
            f"Yours adds {', '.join(f'{rise:.3f}' for rise in rises)} from step 0 to step {WARMUP - 1}, which is no "
            "straight line; in the warm-up each step should add the same amount.",
            explains_values=True,
        )
    for call, rate in expected.items():
        run.equal(data[call], rate, what=f"`{call}`")


def are_numbers(data):
    return all(isinstance(rate, float) for rate in data.values())


def test_float(run):
    """The rate is a Python float

    Page: "returns the learning rate of one training step as a Python float"
    """
    for rate in run("one"):
        assert isinstance(rate, float), (
            f"Your `lr_at(…)` returns {compare.kind(rate)}; it should return a Python float, the learning rate."
        )


def test_any_order(run):
    """The steps may come in any order

    Page: "Compute the rate from the arguments alone."
    """
    data = run("both_ways")
    for step, rate in data["forwards"].items():
        assert compare.difference(data["backwards"][step], rate) is None, (
            f"Your rate of step {step} is {compare.show(rate)} when the steps are asked for in order, and "
            f"{compare.show(data['backwards'][step])} in the opposite order. Compute it from the arguments alone."
        )


def test_any_length(run):
    """Trainings of any length work

    Page: "1 ≤ warmup < total"
    """
    run.vary("any_length", what="list of the rates of all steps", cases=8)


def test_any_rates(run):
    """Any peak, initial and minimum rates work

    Page: "The two are different arguments."
    """
    run.vary("any_rates", what="list of the rates of all steps with halves of these rates", cases=8)


def test_real_rates(run):
    """Real learning rates are exact

    Page: "Real rates are about a thousand times smaller"
    """
    data, expected = run("real"), run.reference("real")
    for step, rate in expected.items():
        run.equal(data[step], rate, what=f"`lr_at({step}, 2000, 100, 6e-4, 3e-5, 6e-5)`, times 10,000,")


def test_by_name(run):
    """The arguments have the names of the signature

    Page: "`lr_at(step, total, warmup, peak, initial, minimum)`"
    """
    run.same("by_name", what="list of `lr_at(step=…, total=8, …)` for the steps 1, 3 and 5")
