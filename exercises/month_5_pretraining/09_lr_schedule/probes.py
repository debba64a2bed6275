"""Probes for `lr_at`. The rates are about 1, so that the comparison's absolute tolerance does not matter."""

import torch

from exercises.kit import CommonProbes, Int, ProbeProblem, compare, summarized_by

SCALE = 1e4  # brings real learning rates to about 1


def rate(impl, *arguments, **named):
    """The result of `lr_at`, if it is data."""
    result = impl.lr_at(*arguments, **named)
    if not isinstance(result, int | float | list | tuple | torch.Tensor | None):
        raise ProbeProblem(
            f"Your `lr_at(…)` returns {compare.kind(result)}; it should return the learning rate, a float."
        )
    return result


def rates(impl, warmup, decay, peak, initial, minimum):
    """The rates of all steps of a training."""
    total = warmup + decay
    return [rate(impl, step, total, warmup, peak, initial, minimum) for step in range(total)]


def example(impl):
    """The rates of the worked example, by their call."""
    return {f"lr_at({step}, 10, 4, 1.0, 0.2, 0.1)": rate(impl, step, 10, 4, 1.0, 0.2, 0.1) for step in range(10)}


def by_name(impl):
    """Rates from named arguments in a different order."""
    rest = {"minimum": 0.5, "initial": 1.0, "peak": 3.0, "warmup": 3, "total": 8}
    return [rate(impl, **rest, step=step) for step in (1, 3, 5)]


def one(impl):
    """The rate of a step in the warm-up, of the peak and of a step of the decay."""
    return [rate(impl, step, 9, 3, 2.0, 0.5, 0.25) for step in (1, 3, 6)]


def both_ways(impl):
    """The rates of a training by step, asked for from the first step to the last, and from the last to the first."""
    arguments = (7, 3, 2.0, 0.5, 0.25)
    return {
        "forwards": {step: rate(impl, step, *arguments) for step in range(7)},
        "backwards": {step: rate(impl, step, *arguments) for step in reversed(range(7))},
    }


def any_length(impl, warmup: Int[1, 9] = 3, decay: Int[1, 12] = 5):
    """The rates of trainings of any length."""
    return rates(impl, warmup, decay, 2.0, 0.5, 0.25)


def any_rates(impl, peak: Int[4, 9] = 5, initial: Int[0, 3] = 1, minimum: Int[0, 3] = 2):
    """The rates for any peak, start and end, in halves."""
    return rates(impl, 3, 6, peak / 2, initial / 2, minimum / 2)


def scaled(data):
    """The rates times SCALE."""
    return {step: rate * SCALE if isinstance(rate, float) else rate for step, rate in data.items()}


@summarized_by(scaled)
def real(impl):
    """Some rates of a training of 2000 steps with real learning rates."""
    return {step: rate(impl, step, 2000, 100, 6e-4, 3e-5, 6e-5) for step in (0, 1, 50, 99, 100, 101, 700, 1050, 1999)}


common = CommonProbes(
    lambda impl: impl.lr_at, (2, 9, 4, 2.0, 0.5, 0.25), (7, 12, 3, 1.0, 0.2, 0.1), (0, 9, 4, 2.0, 0.5, 0.25)
)
