"""Builds the model of a training from the recipe."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from torch import nn

from playground.model_folder import Sizes
from playground.training.fused_gpt import fuse, initialize
from playground.training_recipe import Recipe
from reference.gpt import GPTModel


def build_model(
    recipe: Recipe, vocab_size: int, passed: Sequence[tuple[str, str]], workspace: str | None
) -> tuple[nn.Module, Sizes, list[tuple[str, str]]]:
    """Returns the model with random weights, its sizes, and (part, "yours" or "reference") for each part."""
    sizes = msgspec.convert({**recipe.cfg, "vocab_size": vocab_size}, Sizes)
    model = GPTModel(msgspec.structs.asdict(sizes))
    initialize(model)
    fuse(model)
    return model, sizes, [("model", "reference")]
