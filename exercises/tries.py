"""The try of an exercise: its try.py, with the settings that `draw` takes, parsed without running any code."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from exercises import inputs
from exercises.exercise import Exercise
from exercises.inputs import InvalidInput

TEXT = "text"  # the setting that `fromscratch try ID --text` gives


@dataclass(frozen=True)
class FloatArgument:
    """`Float[low, high]`: a number between two bounds, both included."""

    name: str
    default: float
    low: float
    high: float

    def description(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    def accepts(self, value: Any) -> bool:
        return type(value) in (int, float) and math.isfinite(value) and self.low <= value <= self.high


Setting = inputs.IntArgument | inputs.TextArgument | FloatArgument
SETTING_TYPES: dict[str, type[Setting]] = {
    "Int": inputs.IntArgument,
    "Text": inputs.TextArgument,
    "Float": FloatArgument,
}
SettingValue = int | float | str


@dataclass(frozen=True)
class Try:
    """A try.py: its source, the first line of its docstring and its settings."""

    source: str
    summary: str
    settings: tuple[Setting, ...]

    @property
    def takes_text(self) -> bool:
        return any(setting.name == TEXT for setting in self.settings)

    def complete(self, given: Mapping[str, str]) -> dict[str, SettingValue]:
        """Returns the value of each setting: as given, as people type it, or its default. Raises InvalidInput."""
        known = {setting.name: setting for setting in self.settings}
        if unknown := sorted(set(given) - set(known)):
            takes = f"it takes {', '.join(f'`{name}`' for name in known)}" if known else "it takes none"
            raise InvalidInput(f"This try has no setting `{unknown[0][:40]}`; {takes}.")
        return {
            name: parse_setting(setting, given[name]) if name in given else setting.default
            for name, setting in known.items()
        }


def parse_setting(setting: Setting, text: str) -> SettingValue:
    """Returns the value of a setting from what a person typed. Raises InvalidInput."""
    try:
        match setting:
            case inputs.TextArgument():
                value: SettingValue = text
            case inputs.IntArgument():
                value = int(text)
            case FloatArgument():
                value = float(text)
    except ValueError:
        value = math.nan
    if not setting.accepts(value):
        raise InvalidInput(f"`{setting.name}` must be {setting.description()}.")
    return value


def try_of(exercise: Exercise) -> Try | None:
    """Returns the exercise's try, or None if it has none."""
    if not exercise.try_path.is_file():
        return None
    return _parse(exercise.try_path.read_text(encoding="utf-8"))


@lru_cache(maxsize=128)
def _parse(source: str) -> Try:
    """Raises ValueError where the source has no function `draw(impl, …)` whose other arguments are bounded settings."""
    tree = ast.parse(source)
    draw = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "draw"), None)
    if draw is None or not draw.args.args or draw.args.args[0].arg != "impl":
        raise ValueError("try.py must define `draw(impl, …)`.")
    parameters, defaults = draw.args.args[1:], draw.args.defaults
    if len(parameters) != len(defaults):
        raise ValueError("Each setting of `draw` needs a default.")
    settings = tuple(_parse_setting(*pair) for pair in zip(parameters, defaults, strict=True))
    return Try(source, (ast.get_docstring(tree) or "").partition("\n")[0], settings)


def _parse_setting(parameter: ast.arg, default: ast.expr) -> Setting:
    match parameter.annotation:
        case ast.Subscript(value=ast.Name(id=name), slice=bounds) if name in SETTING_TYPES:
            return SETTING_TYPES[name](parameter.arg, ast.literal_eval(default), *ast.literal_eval(bounds))
    raise ValueError(f"The setting `{parameter.arg}` needs the annotation Int, Float or Text with its bounds.")
