"""The functions that add and merge LoRA layers: the course's, or the learner's where they have passed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from playground.host.own_code import OwnCode, PartError, describe
from playground.messages import LearnerFile
from playground.parts_catalogue import LLAMA
from reference.lora import replace_linear_with_lora

EXERCISES = {"lora-layer": "LoRALayer", "lora-inject": "replace_linear_with_lora", "lora-merge": "merge_lora"}


class LoRAError(Exception):
    """The targets cannot be adapted, or the learner's classes do something else; the message says what."""


@dataclass(frozen=True)
class LoRAParts:
    """The functions that add and merge LoRA layers. Without `merge`, the course's formula merges them.

    `own` are the exercises whose files supply them, and `paths` are these files.
    """

    inject: Callable[[nn.Module, int, float], None] = replace_linear_with_lora
    merge: Callable[[nn.Module], None] | None = None
    own: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def owners(self) -> list[tuple[str, str]]:
        """Returns (exercise, "yours" or "reference") for each part."""
        return [(exercise, "yours" if exercise in self.own else "reference") for exercise in EXERCISES]

    def call(self, function: Callable[..., Any], name: str, *args: Any) -> Any:
        """Calls a part. Raises LoRAError for an error in the learner's code."""
        try:
            return function(*args)
        except (Exception, SystemExit) as error:
            frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
            own = [path for path in frames if path in self.paths]
            if isinstance(error, LoRAError) or not own:
                raise
            raise LoRAError(f"Your {name} stopped with {describe(error, own[-1:])}.") from error


def load_parts(files: Sequence[LearnerFile]) -> LoRAParts:
    """Returns the learner's parts in these files, and the course's for the others.

    Raises LoRAError if a file cannot be loaded.
    """
    own = tuple(exercise for exercise in EXERCISES if any(file.exercise == exercise for file in files))
    if not own:
        return LoRAParts()
    code = OwnCode(LLAMA, {}, files)

    def load(exercise: str) -> Any:
        try:
            return code.own_symbol(exercise, EXERCISES[exercise], "")
        except PartError as error:
            raise LoRAError(str(error)) from error

    # the course's functions as the learner's files import them from `parts`
    inject: Callable[[nn.Module, int, float], None] = code.reference("reference.lora:replace_linear_with_lora")
    if "lora-inject" in own:
        inject = load("lora-inject")
    elif "lora-layer" in own:
        inject = with_layer(inject, load("lora-layer"), code.reference("reference.lora:LinearWithLoRA"))
    return LoRAParts(
        inject, load("lora-merge") if "lora-merge" in own else None, own, tuple(file.path for file in files)
    )


def with_layer(
    inject: Callable[[nn.Module, int, float], None], layer: Callable[..., nn.Module], wrapper: type[nn.Module]
) -> Callable[[nn.Module, int, float], None]:
    """Returns `inject`, which adds layers of the class `wrapper`, with a different LoRALayer in them."""

    def inject_own(model: nn.Module, rank: int, alpha: float) -> None:
        inject(model, rank, alpha)
        for module in model.modules():
            if isinstance(module, wrapper):
                linear = module.linear
                assert isinstance(linear, nn.Linear)
                module.lora = layer(linear.in_features, linear.out_features, rank, alpha)

    return inject_own
