"""The common checks: what is true for every exercise. The judge adds those that apply (exercises.checks); a test file
that defines `test_device = common_checks.device(…)` replaces one.

They use the common probes of the exercise's `CommonProbes`. The title is the check's line in the list of checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exercises.kit import compare
from exercises.kit.run import Run, diagnose

Check = Callable[[Run], None]


def _titled(check: Check, title: str) -> Check:
    check.__doc__ = title
    check.is_rule = True  # type: ignore[attr-defined]
    return check


def state(what: str = "result", title: str = "Nothing is kept between calls", **tolerances: Any) -> Check:
    """Equal calls give equal results, whatever was called before; batches of different sizes work."""

    def check(run: Run) -> None:
        data = run("common_state")
        first, changed = data["new"][0], data["new"][-1]
        diagnose(
            "raises" not in data,
            "kept-between-calls",
            "Your code works for an input in its first call, but after calls with other inputs it raises "
            f"{data.get('raises')}. So it keeps something between calls, such as a mask of the first input's size.",
        )
        diagnose(
            not _is_random(data),
            "random",
            f"Two equal calls do not give the same {what}, since your code draws random numbers, as dropout does in "
            "training mode; they should.",
        )
        if compare.difference(first, changed) is None:
            right = run.reference("common_state")["new"]
            assert compare.difference(right[0], right[-1]) is None, (
                f"Your {what} for an input is also returned for a different input of the same shape. Compute it "
                "from the arguments of the call, and keep nothing between calls."
            )
        hint = "Yours returned this in an earlier call, so your code keeps something between calls."
        expected = [*data["new"], data["new"][0]]
        run.equal(data["reused"], expected, what=f"{what} after other calls", hint=hint, **tolerances)
        hint = "The tensor is the same object with different numbers; your code should not keep its first result."
        run.equal(data["overwritten"], data["overwritten_copy"], what=f"{what} for a changed input", hint=hint)
        if "updated" in data:
            hint = "Your module should not keep copies of weights or earlier results."
            run.equal(data["updated"], data["updated_unused"], what=f"{what} after a change of the weights", hint=hint)
            if compare.difference(data["updated"], data["reused"][0]) is None:
                right = run.reference("common_state")
                assert compare.difference(right["updated"], right["reused"][0]) is None, (
                    f"A change of the weights does not change your {what}; your code should compute with the "
                    "present weights in each call."
                )
            hint = "Only the weights of a different module have changed; modules should not share weights."
            run.equal(data["unchanged_module"], data["new"][0], what=f"{what} of an unchanged module", hint=hint)
            assert compare.difference(data["training"], data["evaluation"]) is None, (
                f"Training mode changes your {what}; both modes should give the same, as nothing is dropped here."
            )

    return _titled(check, title)


def _is_random(data: dict[str, Any]) -> bool:
    """Whether equal calls of new objects give different results, but the same ones after the same seed."""
    return "seeded" in data and compare.difference(*data["seeded"]) is None


def dtypes(
    what: str = "result",
    hint: str = "New tensors need dtype=…; .float() changes the dtype.",
    title: str = "The dtype of the input is preserved",
) -> Check:
    """A float64 input gives a float64 result, and so on for the dtypes of the common probes."""

    def check(run: Run) -> None:
        data, expected = run("common_dtypes"), run.reference("common_dtypes")
        for dtype in expected:
            run.equal(data[dtype], expected[dtype], what=f"dtype of the {what} for a {dtype} input", hint=hint)

    return _titled(check, title)


def device(
    what: str = "result", hint: str = "Create new tensors with device=….", title: str = "It works on any device"
) -> Check:
    """New tensors are created on the input's device, and a module moves with all its tensors."""

    def check(run: Run) -> None:
        run.equal(run("common_device"), run.reference("common_device"), what=f"device of the {what}", hint=hint)

    return _titled(check, title)


def gradients(
    hint: str = "Check for detach, no_grad and item().", title: str = "Gradients flow through it", **tolerances: Any
) -> Check:
    """Gradients reach all weights and inputs; they are correct if the results are."""

    def check(run: Run) -> None:
        data, expected = run("common_learning"), run.reference("common_learning")
        assert data["requires_grad"] == expected["requires_grad"], (
            f"Your result is detached, so no gradient can flow back; it should be computed from tensors only. {hint}"
        )
        actual, right = data["gradients"], expected["gradients"]
        missing = [path for path in right if actual.get(path) is None]
        assert not missing, f"No gradient reaches {', '.join(missing[:3])}. {hint}"
        if compare.difference(data["outputs"], expected["outputs"]) is None:
            same_paths = {path: actual[path] for path in right}
            run.equal(same_paths, right, what="gradient", hint=hint, **({"rtol": 1e-3, "atol": 1e-4} | tolerances))

    return _titled(check, title)


def weights(title: str = "An optimizer finds every weight") -> Check:
    """All weights are registered, and there are no others."""

    def check(run: Run) -> None:
        data, expected = run("common_weights"), run.reference("common_weights")
        unregistered = data["unregistered"]
        more = f" and {len(unregistered) - 1} more" if len(unregistered) > 1 else ""
        assert not unregistered, (
            f"`{unregistered[0]}`{more} is not among the module's parameters. Keep weights as nn.Parameter, and layers "
            "as attributes or in an nn.ModuleList, not in a plain list."
        )
        run.check_side_effects("registered")
        assert data["trainable"] == expected["trainable"], (
            f"Your module has {data['trainable']} trainable numbers; it should have {expected['trainable']}."
            + _unusual_weights(run)
        )

    return _titled(check, title)


def _unusual_weights(run: Run) -> str:
    """Names the weights that only the learner's module has, and those that only there are frozen."""
    names, right = run.once("common_unusual_weights"), run.reference("common_unusual_weights")
    others, frozen = ([] if right[kind] else names[kind] for kind in ("others", "frozen"))
    words = f" The page does not name {_listed(others)}." if others else ""
    return words + (f" {_listed(frozen)} cannot be trained: requires_grad is False." if frozen else "")


def _listed(paths: list[str]) -> str:
    """Returns the first paths in backticks."""
    return ", ".join(f"`{path}`" for path in paths[:3]) + (", …" if len(paths) > 3 else "")


def python_float(probe: str, what: str = "result", title: str = "The result is a Python float") -> Check:
    """The result is a float; a tensor would keep its whole graph in memory."""

    def check(run: Run) -> None:
        result = run(probe)
        assert isinstance(result, float), (
            f"Your {what} is {compare.kind(result)}; it should be a Python float, as .item() returns."
        )

    return _titled(check, title)


def manners(probe: str = "", title: str = "Nothing else is changed") -> Check:
    """No call in any check changes its arguments, a model's mode, PyTorch's settings, …"""

    def check(run: Run) -> None:
        calls = list(run.calls.values())
        if all(call.outcome[0] == "raised" for call in calls):  # side effects are recorded only for calls that return
            if probe or not calls:
                run(probe or "common_state")
            else:
                run(calls[0].probe, **calls[0].arguments)
        run.check_side_effects()

    return _titled(check, title)
