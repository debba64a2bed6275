"""Probes for fit and best_split: runs that lie on a curve, and real trainings."""

from exercises.kit import Int, scaling_runs

CURVES = {
    "100 · C^(−0.25) + 2": (100.0, 0.25, 2.0),
    "400 · C^(−0.3) + 1.7": (400.0, 0.3, 1.7),
    "30 · C^(−0.15) + 0.5": (30.0, 0.15, 0.5),
}


def runs_on(a, b, floor, powers=(8, 9, 10, 11, 12)):
    compute = [10.0**power for power in powers]
    return compute, [floor + a * c**-b for c in compute]


def example(impl):
    """The fit of the worked example."""
    return list(map(float, impl.fit(*runs_on(100.0, 0.25, 2.0, (8, 9, 10, 11)))))


def made(impl):
    """The fits of runs that lie on curves."""
    return {name: list(map(float, impl.fit(*runs_on(*curve)))) for name, curve in CURVES.items()}


def mixed_order(impl):
    """The fit of runs in a different order, at large and uneven budgets."""
    return list(map(float, impl.fit(*runs_on(2000.0, 0.2, 1.8, (21, 18, 24, 19.5, 20.2, 22.7)))))


def real(impl):
    """The fit of real trainings."""
    best = scaling_runs.best_runs()
    return list(map(float, impl.fit([run.compute for run in best], [run.loss for run in best])))


def by_name(impl):
    """The fit with named arguments, after a fit of other runs."""
    impl.fit(*runs_on(400.0, 0.3, 1.7))
    compute, loss = runs_on(100.0, 0.25, 2.0)
    return list(map(float, impl.fit(loss=loss, compute=compute)))


def split(impl):
    """The divisions of some budgets."""
    return {f"{compute:g}": list(impl.best_split(compute)) for compute in (1.2e20, 3e9, 5.76e23)}


def any_split(impl, power: Int[6, 25] = 12):
    """The division of any budget."""
    return list(impl.best_split(compute=10.0**power))
