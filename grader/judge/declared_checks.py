"""The checks that an exercise has without code in its test file: the value checks of exercise.toml, and the common
checks that apply."""

from __future__ import annotations

from collections.abc import Callable

from exercises.checks import added_checks, applicable_checks
from exercises.declared import TEST_NAMES, CommonKind, ValueCheck
from exercises.exercise import Exercise
from exercises.kit import common_checks
from exercises.kit.run import Run

Check = Callable[[Run], None]


def of(exercise: Exercise) -> tuple[dict[str, Check], dict[str, Check]]:
    """Returns the value checks, which run before the test file's, and the common checks, which run after them."""
    common = {TEST_NAMES[kind]: _common(exercise, kind) for kind in added_checks(exercise)}
    return {check.name: _value(check) for check in exercise.checks}, common


def _value(declared: ValueCheck) -> Check:
    def check(run: Run) -> None:
        if "{}" not in declared.what:
            run.same(declared.probe, what=declared.what, hint=declared.hint)
            return
        results = run(declared.probe)
        for given, expected in run.reference(declared.probe).items():
            what = declared.what.replace("{}", repr(given))
            run.equal(results.get(given), expected, what=what, hint=declared.hint)

    check.__doc__ = declared.docstring
    return check


def _common(exercise: Exercise, kind: CommonKind) -> Check:
    what, hint = exercise.common.what, exercise.common.hints.get(kind)
    hints = {"hint": hint} if hint else {}
    match kind:
        case "dtypes":
            return common_checks.dtypes(what, **hints)
        case "device":
            return common_checks.device(what, **hints)
        case "gradients":
            title = (
                "Gradients reach every weight"
                if "weights" in applicable_checks(exercise)
                else "Gradients flow through it"
            )
            return common_checks.gradients(**hints, title=title)
        case "state":
            return common_checks.state(what)
        case "weights":
            return common_checks.weights()
        case "manners":
            return common_checks.manners()
