"""The general checks: what holds for every exercise, to be named in its test file as `test_device = general.device()`.

They use the general probes of the exercise's `general = Subject(…)`. A title is the line in the list of checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exercises.kit import compare
from exercises.kit.run import Run

Check = Callable[[Run], None]


def _titled(check: Check, title: str) -> Check:
    check.__doc__ = title
    return check


def state(what: str = "result", title: str = "Nothing is kept from one call to the next", **tolerances: Any) -> Check:
    """The same call gives the same, whatever was called before; batches of several sizes work."""

    def check(run: Run) -> None:
        data, right = run("general_state"), run.reference("general_state")
        run.equal(data["anew"], right["anew"], what=what, **tolerances)
        hint = "That is what something new gives: something is kept from one call to the next."
        run.equal(data["in a row"], [*data["anew"], data["anew"][0]], what=f"{what} after other calls", hint=hint)
        hint = "The tensor is the same object and holds other numbers now: was its first result kept?"
        run.equal(data["written over"], data["written over, anew"], what=f"{what} for a changed input", hint=hint)
        if "trained" in data:
            hint = "Are weights copied, or results kept, when the module is made or first called?"
            run.equal(data["trained"], data["trained, anew"], what=f"{what} after the weights have changed", hint=hint)
            hint = "Another module's weights were changed: do all modules share them?"
            run.equal(data["beside"], data["anew"][0], what=f"{what} beside another module", hint=hint)
            hint = "Without dropout both modes must give the same."
            run.equal(data["training"], data["evaluation"], what=f"{what} in training mode", hint=hint)

    return _titled(check, title)


def dtypes(what: str = "result", title: str = "The dtype comes out as it went in", **tolerances: Any) -> Check:
    """float64 in, float64 out; bfloat16 in, bfloat16 out."""

    def check(run: Run) -> None:
        data, right = run("general_dtypes"), run.reference("general_dtypes")
        hint = "Is a new tensor made without dtype=…, or .float() called?"
        run.equal(data["double"], right["double"], what=f"{what} in double precision", hint=hint, **tolerances)
        run.equal(data["half"], right["half"], what=f"dtype of the {what} for bfloat16", hint=hint)

    return _titled(check, title)


def device(
    what: str = "result", hint: str = "Is a new tensor made without device=…?", title: str = "It works on any device"
) -> Check:
    """All that is made is made where the input is; a module moves as a whole."""

    def check(run: Run) -> None:
        run.same("general_device", what=what, hint=hint)

    return _titled(check, title)


def gradients(
    hint: str = "Is something detached, under no_grad, or taken out with item()?",
    title: str = "Gradients flow through it",
    **tolerances: Any,
) -> Check:
    """The gradient of every weight and of every input is right."""

    def check(run: Run) -> None:
        mine, right = run("general_learning"), run.reference("general_learning")
        lost = [place for place in right if mine.get(place) is None]
        assert not lost, f"No gradient reaches {', '.join(lost[:3])}. {hint}"
        found = {place: mine[place] for place in right}
        run.equal(found, right, what="gradient", hint=hint, **({"rtol": 1e-3, "atol": 1e-4} | tolerances))

    return _titled(check, title)


def weights(title: str = "An optimizer finds every weight") -> Check:
    """Every weight is registered, and there are no others."""

    def check(run: Run) -> None:
        data, right = run("general_weights"), run.reference("general_weights")
        more = f" and {len(data['lost']) - 1} more" if len(data["lost"]) > 1 else ""
        assert not data["lost"], (
            f"`{data['lost'][0]}`{more} is not among the module's parameters. Keep weights as nn.Parameter, and layers "
            "as attributes or in an nn.ModuleList, not in a plain list."
        )
        run.manners("registered")
        assert data["count"] == right["count"], (
            f"Your module has {data['count']} numbers that an optimizer would train; it should have {right['count']}."
        )

    return _titled(check, title)


def python_float(probe: str, what: str = "result", title: str = "The result is a Python float") -> Check:
    """A float is promised: a tensor would keep all that it was made of in memory."""

    def check(run: Run) -> None:
        found = run(probe)
        assert isinstance(found, float), f"Your {what} is {compare.kind(found)}; make it a float, as .item() does."

    return _titled(check, title)


def manners(probe: str = "general_state", title: str = "Nothing else is changed") -> Check:
    """In none of the checks' calls did the code change its arguments, a model's mode, PyTorch's settings, …"""

    def check(run: Run) -> None:
        if all(call.outcome[0] == "raised" for call in run.calls.values()):
            run(probe)  # where no call came to its end, nothing can be said
        run.manners()

    return _titled(check, title)
