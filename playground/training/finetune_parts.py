"""The functions that add and merge LoRA layers: the course's, or the learner's where they have passed."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from reference.lora import LinearWithLoRA, replace_linear_with_lora
from reference.lora_merge import merge_lora

EXERCISES = {"lora-layer": "LoRALayer", "lora-inject": "replace_linear_with_lora", "lora-merge": "merge_lora"}


class LoRAError(Exception):
    """The targets cannot be adapted, or the learner's classes do something else; the message says what."""


@dataclass(frozen=True)
class LoRAParts:
    """The functions that add and merge LoRA layers. `files` are the learner's files that they come from."""

    inject: Callable[[nn.Module, int, float], None] = replace_linear_with_lora
    merge: Callable[[nn.Module], None] = merge_lora
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def owners(self) -> list[tuple[str, str]]:
        """Returns (exercise, "yours" or "reference") for each part."""
        return [(exercise, "yours" if exercise in self.files else "reference") for exercise in EXERCISES]

    def call(self, function: Callable[..., Any], name: str, *args: Any) -> Any:
        """Calls a part. Raises LoRAError for an error in the learner's code."""
        try:
            return function(*args)
        except (Exception, SystemExit) as error:
            if isinstance(error, LoRAError) or not self.files:
                raise
            raise LoRAError(f"Your {name} stopped with {self._describe(error)}.") from error

    def _describe(self, error: BaseException) -> str:
        """Returns the error, with the innermost line of the learner's files in its traceback."""
        own = [
            frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) in self.files.values()
        ]
        where = f" (line {own[-1].lineno} of {Path(own[-1].filename).name})" if own else ""
        text = str(error).strip().splitlines()
        return f"{type(error).__name__}: {text[0]}{where}" if text else f"{type(error).__name__}{where}"


def load_parts(passed: Mapping[str, Path], workspace: Path) -> LoRAParts:
    """Returns the learner's parts among the passed files, {exercise id: path}, and the course's for the others.

    Raises LoRAError if a file no longer loads.
    """
    from learner.parts import lookup, module  # loads the course

    files = {exercise: passed[exercise] for exercise in EXERCISES if exercise in passed}
    sys.modules["parts"] = module(workspace)

    def load(exercise: str) -> Any:
        symbol = lookup(workspace, EXERCISES[exercise])
        if Path(sys.modules[symbol.__module__].__file__ or "") != files[exercise]:
            raise LoRAError(f"Your {files[exercise].name} no longer loads. `fromscratch check {exercise}` says why.")
        return symbol

    inject: Callable[[nn.Module, int, float], None] = replace_linear_with_lora
    if "lora-inject" in files:
        inject = load("lora-inject")
    elif "lora-layer" in files:
        inject = with_layer(load("lora-layer"))
    merge = load("lora-merge") if "lora-merge" in files else merge_lora
    return LoRAParts(inject, merge, files)


def with_layer(layer: Callable[..., nn.Module]) -> Callable[[nn.Module, int, float], None]:
    """Returns the course's `replace_linear_with_lora` with a different LoRALayer."""

    def inject(model: nn.Module, rank: int, alpha: float) -> None:
        replace_linear_with_lora(model, rank, alpha)
        for module in model.modules():
            if isinstance(module, LinearWithLoRA):
                linear = module.linear
                module.lora = layer(linear.in_features, linear.out_features, rank, alpha)  # type: ignore[assignment]

    return inject
