"""Tiny fine-tunings in tests, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playground.finetune_messages import Finetune
from playground.finetune_recipe import FinetuneRecipe
from playground.training_messages import Ended
from tests.support.training import Run

SETTINGS: dict[str, Any] = {
    "model": "tiny", "steps": 6, "rank": 2, "alpha": 2.0, "lr": 1e-2, "batch_size": 4, "threads": 1, "log_every": 1,
    "max_length": 96, "answers": 2,
}  # fmt: skip


def recipe(**settings: Any) -> FinetuneRecipe:
    """A recipe of a fine-tuning that takes milliseconds."""
    return FinetuneRecipe(**{"method": "lora", **SETTINGS, **settings})


class Tuning(Run):
    """A fine-tuning in this process."""

    def finetune(self, out: Path, model: Path, recipe: FinetuneRecipe, **options: Any) -> Ended:
        return self._train(Finetune(str(out), str(model), recipe, **options))

    def proceed(self, out: Path, model: Path, **options: Any) -> Ended:
        return self._train(Finetune(str(out), str(model), **options))
