"""Compares the learner's data with the expected data, and describes the first difference."""

from __future__ import annotations

import math
from typing import Any

import torch

RTOL, ATOL = 1e-4, 1e-5
LIMIT = 80  # characters of a value in a message


class FormMessage(str):
    """A message about the type, shape or dtype of a result, rather than its values."""


def difference(actual: Any, expected: Any, rtol: float = RTOL, atol: float = ATOL, what: str = "result") -> str | None:
    """Returns a message about the first difference, or None if there is none. Floats compare with tolerances, and an
    int or a 0-d tensor can replace one; ints, strings and keys compare exactly."""
    if isinstance(expected, torch.Tensor):
        return _tensor(actual, expected, rtol, atol, what)
    if isinstance(expected, bool) or expected is None or isinstance(expected, str | bytes):
        return None if type(actual) is type(expected) and actual == expected else _plain(actual, expected, what)
    if isinstance(expected, int | float):
        return _number(actual, expected, rtol, atol, what)
    if isinstance(expected, list | tuple):
        return _sequence(actual, expected, rtol, atol, what)
    if isinstance(expected, dict):
        return _mapping(actual, expected, rtol, atol, what)
    return None if actual == expected else _plain(actual, expected, what)


def has_nan(value: Any) -> bool:
    """Whether a value contains NaN, at any depth of lists and dictionaries."""
    if isinstance(value, torch.Tensor):
        return value.device.type != "meta" and bool(value.isnan().any())
    if isinstance(value, list | tuple | dict):
        return any(has_nan(item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and math.isnan(value)


def kind(value: Any) -> str:
    """Describes the type of a value to learners."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    names = {"NoneType": "None", "list": "a list", "tuple": "a tuple", "dict": "a dict", "str": "a string",
             "int": "an int", "float": "a float", "bool": "a bool", "set": "a set", "bytes": "bytes"}  # fmt: skip
    return names.get(type(value).__name__, f"a {type(value).__name__}")


def show(value: Any, limit: int = LIMIT) -> str:
    """Returns a short text of a value."""
    if isinstance(value, torch.Tensor):
        few = value.numel() <= 12 and value.device.type != "meta"
        value = value.tolist() if few else f"tensor of shape {tuple(value.shape)}"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _plain(actual: Any, expected: Any, what: str) -> str:
    if isinstance(actual, str) and isinstance(expected, str) and max(len(repr(actual)), len(repr(expected))) > LIMIT:
        return _long_text(actual, expected, what)
    hint = " (you return nothing: is a `return` missing?)" if actual is None else ""
    return f"Your {what} is {show(actual)}; it should be {show(expected)}{hint}."


def _long_text(actual: str, expected: str, what: str) -> str:
    """Describes the first difference of two texts, with the characters around it."""
    pairs = zip(actual, expected, strict=False)
    common = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(actual), len(expected)))
    start = max(0, common - 30)
    mine, right = (
        f"{'…' if start else ''}{text[start : common + 30]}{'…' if len(text) > common + 30 else ''}"
        for text in (actual, expected)
    )
    return f"Your {what} differs from character {common + 1} on: it has {mine!r}; it should have {right!r}."


def _number(actual: Any, expected: float, rtol: float, atol: float, what: str) -> str | None:
    whole = isinstance(expected, int)
    if not whole and isinstance(actual, torch.Tensor) and actual.numel() == 1 and actual.device.type != "meta":
        actual = actual.reshape(()).item()
    if whole and isinstance(actual, float | torch.Tensor):
        return FormMessage(f"Your {what} is {kind(actual)}, {show(actual)}; it should be the int {show(expected)}.")
    if isinstance(actual, bool) or not isinstance(actual, int | float):
        hint = " Is a `return` missing?" if actual is None else ""
        return FormMessage(f"Your {what} is {kind(actual)}; it should be the number {show(expected)}.{hint}")
    if isinstance(actual, int) and isinstance(expected, int):
        return None if actual == expected else _plain(actual, expected, what)
    if math.isnan(actual) and math.isnan(expected):
        return None
    if actual == expected or math.isclose(actual, expected, rel_tol=rtol, abs_tol=atol):
        return None
    return _plain(actual, expected, what)


def _sequence(actual: Any, expected: Any, rtol: float, atol: float, what: str) -> str | None:
    if type(actual) is not type(expected):
        return FormMessage(f"Your {what} is {kind(actual)}; it should be {kind(expected)}.")
    for index, (item, expected_item) in enumerate(zip(actual, expected, strict=False)):
        if message := difference(item, expected_item, rtol, atol, f"{what}[{index}]"):
            return message
    if len(actual) != len(expected):
        return f"Your {what} has {len(actual)} items, {show(actual)}; it should have {len(expected)}: {show(expected)}."
    return None


def _mapping(actual: Any, expected: dict[Any, Any], rtol: float, atol: float, what: str) -> str | None:
    if not isinstance(actual, dict):
        return FormMessage(f"Your {what} is {kind(actual)}; it should be {kind(expected)}.")
    for key, expected_value in expected.items():
        if key not in actual:
            return f"Your {what} has no {show(key)}; it should."
        is_word = what == "result" and isinstance(key, str) and key.isidentifier()
        name = key.replace("_", " ") if is_word else f"{what}[{key!r}]"
        if message := difference(actual[key], expected_value, rtol, atol, name):
            return message
    extra = next((key for key in actual if key not in expected), None)
    return None if len(actual) == len(expected) else f"Your {what} has {show(extra)}, which should not be there."


def _tensor(actual: Any, expected: torch.Tensor, rtol: float, atol: float, what: str) -> str | None:
    if not isinstance(actual, torch.Tensor):
        hint = " Is a `return` missing?" if actual is None else ""
        return FormMessage(
            f"Your {what} is {kind(actual)}; it should be a tensor of shape {tuple(expected.shape)}.{hint}"
        )
    if actual.shape != expected.shape:
        return FormMessage(f"Your {what} has shape {tuple(actual.shape)}; it should be {tuple(expected.shape)}.")
    if actual.dtype != expected.dtype:
        return FormMessage(f"Your {what} has dtype {_dtype(actual)}; it should be {_dtype(expected)}.")
    if actual.device.type != expected.device.type:
        return f"Your {what} is on the device {actual.device.type}; it should be on {expected.device.type}."
    if actual.device.type == "meta" or not actual.numel():
        return None
    if torch.equal(actual, expected):  # the fast path; false for NaN
        return None
    if actual.is_floating_point() or actual.is_complex():
        if actual.isnan().any() and not expected.isnan().any():
            return f"Your {what} contains NaN ({int(actual.isnan().sum())} of {actual.numel()} values)."
        off = ~torch.isclose(actual, expected, rtol=rtol, atol=max(atol, _rounding(expected)), equal_nan=True)
    else:
        off = actual != expected
    if not off.any():
        return None
    where = [int(i) for i in off.nonzero()[0]]
    at = f" at {where if len(where) > 1 else where[0]}" if where else ""
    mine, right = show(actual[tuple(where)].item()), show(expected[tuple(where)].item())
    if off.numel() == 1:
        return f"Your {what} is {mine}; it should be {right}."
    count = f"{int(off.sum())} of {off.numel()} values differ"
    return f"Your {what} is wrong: {count}; the first,{at}, is {mine} and should be {right}."


def _rounding(expected: torch.Tensor) -> float:
    """Returns the tolerance for rounding, where large terms cancel: sums in a different order differ by some units in
    the last place of the largest value."""
    finite = expected.detach().abs()[expected.isfinite()]
    return 16 * torch.finfo(expected.dtype).eps * float(finite.max()) if finite.numel() else 0.0


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
