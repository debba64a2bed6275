"""Tiny fine-tunings in tests, in this process, and examples for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playground.finetune_messages import Finetune, UseAdapter
from playground.finetune_recipe import FinetuneRecipe
from playground.training_messages import Ended
from tests.support.training import Run

SETTINGS: dict[str, Any] = {
    "model": "tiny", "steps": 8, "rank": 2, "alpha": 2.0, "lr": 1e-2, "batch_size": 4, "threads": 1, "log_every": 1,
    "max_length": 96, "answers": 2, "eval_every": 5,
}  # fmt: skip
WORDS = ["abc", "the", "in", "on", "re", "he", "ab", "t", "h", "e", "i", "n", "o"]


def instructions_file(folder: Path) -> Path:
    """Writes 39 instructions, which a tiny model learns in a few steps."""
    entries = [{"instruction": f"Say {word}", "input": "" if n else "now", "output": word * 2}
               for n in range(3) for word in WORDS]  # fmt: skip
    path = folder / "instructions.json"
    path.write_text(json.dumps(entries))
    return path


def messages_file(folder: Path) -> Path:
    """Writes 30 messages of two labels."""
    rows = [f"{label},{text} {n}" for n in range(15) for label, text in (("ham", "the in"), ("spam", "abc abc"))]
    path = folder / "messages.csv"
    path.write_text("\n".join(["Label,Text", *rows]))
    return path


def recipe(path: Path, method: str = "lora", **settings: Any) -> FinetuneRecipe:
    """A recipe of a fine-tuning that takes milliseconds."""
    return FinetuneRecipe(**{"method": method, **SETTINGS, "data": str(path), **settings})


class Tuning(Run):
    """A fine-tuning in this process."""

    def finetune(self, out: Path, model: Path, recipe: FinetuneRecipe, **options: Any) -> Ended:
        return self._train(Finetune(str(out), str(model), recipe, **options))

    def proceed(self, out: Path, model: Path, **options: Any) -> Ended:
        return self._train(Finetune(str(out), str(model), **options))

    def use(self, folder: Path, model: Path, **options: Any) -> Ended:
        return self._train(UseAdapter(str(folder), str(model), **options))
