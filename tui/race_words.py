"""A race's result as lines of text, for the app and the command line."""

from __future__ import annotations

from collections.abc import Iterator

from exercises.exercise import Exercise
from grader.race_result import Figure, RaceResult, rating
from tui.formatting import clean, plural, size

ROUNDS = 15  # the 95 % interval of the median is then from the 4th to the 12th ratio
TRAINING_ROUNDS = 3


def default_rounds(exercise: Exercise) -> int:
    """Returns how many rounds a race has."""
    return ROUNDS if exercise.race_budget is None else TRAINING_ROUNDS


def result_lines(result: RaceResult) -> Iterator[str]:
    """Yields a line for each figure, for noise and for what was measured, or why the entry does not count."""
    yield result.task
    if result.invalid:
        yield f"It does not count: {clean(result.invalid)}"
        return
    for figure in result.figures:
        ratio = figure.ratio
        own, other = (_median(figure, values) for values in (figure.yours, figure.reference))
        yield f"  {figure.quantity:<7} yours {own}, reference {other}: {rating(ratio)}"
        if ratio.is_noisy:
            yield f"          Noise: the interval is {ratio.spread:.0%} of the figure. Try again on an idle machine."
    kind = "CPU time of all threads" if result.clock == "cpu" else "elapsed time, since this system tells no CPU time"
    yield (
        f"{plural(result.rounds, 'round')}; {kind}. In parentheses: where the ratio lies with 95 % probability."
        if result.rounds > 5
        else f"{plural(result.rounds, 'round')}; {kind}. In parentheses: the smallest and the largest ratio."
    )


def _median(figure: Figure, values: list[float]) -> str:
    middle = sorted(values)[len(values) // 2]
    match figure.quantity:
        case "time":
            return f"{middle * 1000:.1f} ms"
        case "loss":
            return f"{middle:.3f}"
    return size(round(middle))
