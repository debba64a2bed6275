"""Tiny trainings in tests, in this process."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from exercises.texts import many_stories
from playground.finetune_messages import FinetuneRequest
from playground.grpo_messages import Grpo
from playground.training.controls import Controls
from playground.training.serve import Output, train
from playground.training_messages import Begin, Ended, TrainingEvent
from playground.training_recipe import Recipe

SIZES: dict[str, Any] = {
    "vocab_size": 300, "context_length": 16, "emb_dim": 16, "n_heads": 2, "n_layers": 2, "batch_size": 4,
    "drop_rate": 0.1, "log_every": 1, "eval_every": 7, "sample_every": 9, "threads": 1, "documents": "paragraph",
}  # fmt: skip


def stories_file(folder: Path, size: int = 20_000) -> Path:
    """Writes stories to a file."""
    path = folder / "stories.txt"
    path.write_text(many_stories(size, 5))
    return path


def recipe(text: Path, **settings: Any) -> Recipe:
    """A recipe of a model that trains in milliseconds."""
    return Recipe(**{"texts": (str(text),), "steps": 20, **SIZES, **settings})


class Run(Output):
    """A training in this process. `on_event` can act on the controls at each event."""

    def __init__(self, on_event: Callable[[TrainingEvent, Controls], None] = lambda event, controls: None) -> None:
        super().__init__(BytesIO(), Controls())
        self.events: list[TrainingEvent] = []
        self.on_event = on_event

    def send(self, event: TrainingEvent) -> None:
        self.events.append(event)
        self.on_event(event, self.controls)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def start(self, out: Path, recipe: Recipe) -> Ended:
        return self._train(Begin(str(out), recipe))

    def resume(self, out: Path, steps: int | None = None) -> Ended:
        return self._train(Begin(str(out), steps=steps))

    def _train(self, begin: Begin | FinetuneRequest | Grpo) -> Ended:
        threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
        try:
            return train(begin, self.controls, self)
        finally:
            torch.set_num_threads(threads)
            torch.set_float32_matmul_precision(precision)
