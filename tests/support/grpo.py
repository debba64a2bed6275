"""Tiny trainings with GRPO in tests, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playground.grpo_messages import Grpo
from playground.grpo_recipe import GrpoRecipe
from playground.training_messages import Ended
from tests.support.trained_folder import write_trained_folder
from tests.support.training import Run

SETTINGS: dict[str, Any] = {
    "model": "tiny", "steps": 4, "problems": 2, "num_rollouts": 3, "max_new_tokens": 6, "lr": 1e-3, "threads": 1,
    "log_every": 1, "eval_every": 3, "held_out": 2, "parts": "reference",
}  # fmt: skip


def tiny_model(folder: Path) -> Path:
    """Writes a model with random weights, which can write any byte."""
    return write_trained_folder(folder / "tiny")


def recipe(**settings: Any) -> GrpoRecipe:
    """A recipe of a training that takes milliseconds."""
    return GrpoRecipe(**{**SETTINGS, **settings})


class Reinforcement(Run):
    """A training with GRPO in this process."""

    def begin(self, out: Path, model: Path, recipe: GrpoRecipe, **options: Any) -> Ended:
        return self._train(Grpo(str(out), str(model), recipe, **options))

    def proceed(self, out: Path, model: Path, **options: Any) -> Ended:
        return self._train(Grpo(str(out), str(model), **options))
