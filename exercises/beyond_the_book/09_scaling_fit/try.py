"""Your curve through real trainings, and what it predicts for larger ones."""

import math

from exercises.drawings import Curves, Table
from exercises.kit import Float, scaling_runs


def draw(impl, power: Float[12, 20] = 13.0):
    best = scaling_runs.best_runs()
    a, b, floor = map(float, impl.fit([run.compute for run in best], [run.loss for run in best]))
    measured = [(math.log10(run.compute), run.loss) for run in best]
    places = [measured[0][0] + (power - measured[0][0]) * i / 60 for i in range(61)]
    curve = [(place, floor + a * 10 ** (-b * place)) for place in places]
    error = max(abs((floor + a * run.compute**-b) / run.loss - 1) for run in best)
    budgets = {run.compute: scaling_runs.with_budget(run.compute) for run in best}
    compute, runs = max(budgets.items(), key=lambda item: (len(item[1]), item[0]))
    weights, tokens = impl.best_split(compute)
    rows = [[run.weights, run.tokens, round(run.loss, 3)] for run in sorted(runs)]
    return [
        Curves({"your curve": curve, "trainings": measured}, x="operations, as a power of ten", y="loss",
               title="Trainings of small GPTs on Python code",
               caption=f"Your curve is within {math.ceil(20 * error) * 5}% of each training."),
        Table(["weights", "tokens", "loss"], rows, title=f"Trainings with {compute:.2g} operations",
              caption=f"Your best_split says {weights:,.0f} weights and {tokens:,.0f} tokens."),
    ]  # fmt: skip
