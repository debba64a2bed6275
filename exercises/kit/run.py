"""The `run` argument of an exercise's tests, as a type: what authors can ask of a solution."""

from __future__ import annotations

from typing import Any, Protocol


class Diagnosis(AssertionError):
    """Raised by a test that has measured what the solution does wrong, whatever its code. It is named in the verdict
    where no mistake of the exercise gives the same results.

    id: such as "not-loaded"
    says: "Yours …; it should …"
    explains_values: whether wrong values in other checks that make the same calls wait for this one
    """

    def __init__(self, id: str, says: str, explains_values: bool = False) -> None:
        super().__init__(says)
        self.id = id
        self.explains_values = explains_values


def diagnose(is_right: bool, id: str, says: str) -> None:
    """Raises Diagnosis if not `is_right`."""
    if not is_right:
        raise Diagnosis(id, says)


class Run(Protocol):
    """Calls probes on the solution and on the reference. `run("output")` returns the solution's data."""

    calls: dict[str, Any]

    def __call__(self, probe: str, **arguments: Any) -> Any:
        """Returns the solution's data for a probe."""

    def once(self, probe: str, **arguments: Any) -> Any:
        """Like calling `run`, for a probe too slow to repeat on the reference and the known mistakes."""

    def reference(self, probe: str, **arguments: Any) -> Any:
        """Returns the reference's data for a probe."""

    def same(self, probe: str, *, hint: str = "", what: str = "result", **options: Any) -> Any:
        """Fails unless the solution's data equals the reference's, within `rtol` and `atol`."""

    def equal(self, actual: Any, expected: Any, *, hint: str = "", what: str = "result", **options: Any) -> None:
        """Fails unless two values are equal, within `rtol` and `atol`."""

    def vary(self, probe: str, *, cases: int = 6, hint: str = "", what: str = "result", **options: Any) -> None:
        """Like `same`, for several values of the probe's `Int` arguments; shrinks a failing case."""

    def check_side_effects(self, *kinds: str) -> None:
        """Fails if a call so far had a side effect of one of these kinds, or of any kind."""
