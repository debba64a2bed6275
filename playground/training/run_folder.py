"""The folder of the training of a new model: its configuration, its ids, and what every training has.

    config.json, model.safetensors, vocabulary.json    the trained model (playground/model_folder.py)
    tokens.safetensors                                 the ids of the text, so that resuming needs no text

`playground/training/checkpoints.py` describes the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from torch import Tensor

from playground.byte_bpe import ByteBPE, VocabularyError
from playground.host.tensor_file import PART, DamagedFile, read_checked, write_checked
from playground.model_folder import (
    CONFIG,
    VOCABULARY,
    WEIGHTS,
    ModelConfig,
    ModelFolderError,
    Sizes,
    read_config,
    write_config,
)
from playground.training.checkpoints import LOCK, LOG, CheckpointFolder, FolderError, existing_folder, new_folder
from playground.training.text_data import Tokens
from playground.training_recipe import Recipe, RecipeError

TOKENS = "tokens.safetensors"
BEGUN = {LOCK, LOG, VOCABULARY, TOKENS, VOCABULARY + PART, TOKENS + PART}  # files before the first step


class RunFolder(CheckpointFolder):
    """A training's folder, which this process has locked (`open_new`, `open_existing`)."""

    def __init__(self, path: Path, recipe: Recipe) -> None:
        super().__init__(path)
        self.recipe = recipe

    def write_start(self, cfg: Sizes) -> None:
        """Marks the folder as a training's, which has no weights yet."""
        write_config(self.path, self._config(cfg, 0, None, 0.0))

    def write_data(self, tokenizer: ByteBPE, tokens: Tokens) -> None:
        """Writes the vocabulary and the ids. Raises OSError."""
        tokenizer.save(self.path / VOCABULARY)
        write_checked(self.path / TOKENS, {"training": tokens.training, "validation": tokens.validation}, {})

    def read_data(self) -> tuple[ByteBPE, Tokens] | None:
        """Returns the vocabulary and the ids, or None if they are missing. Raises FolderError if they are damaged."""
        if not (self.path / TOKENS).exists():
            return None
        try:
            tokenizer = ByteBPE.load(self.path / VOCABULARY)
            tensors, _ = read_checked(self.path / TOKENS)
            return tokenizer, Tokens(tensors["training"].clone(), tensors["validation"].clone())
        except (DamagedFile, VocabularyError, OSError) as error:
            raise FolderError(
                f"The data in {self.path} cannot be used: {error}. Remove {self.path / TOKENS}; the training then "
                "converts its text again."
            ) from error

    def save(
        self, step: int, state: dict[str, Tensor], metadata: dict[str, str], weights: dict[str, Tensor],
        cfg: Sizes, validation_loss: float | None, seconds: float,
    ) -> None:  # fmt: skip
        """Writes a checkpoint, then the model, and removes older checkpoints.

        Raises OSError, for example when the disk is full; the last good checkpoint is still there then.
        """
        self.write_checkpoint(step, state, metadata)
        write_checked(self.path / WEIGHTS, weights, {})
        write_config(self.path, self._config(cfg, step, validation_loss, seconds))

    def _config(self, cfg: Sizes, step: int, validation_loss: float | None, seconds: float) -> ModelConfig:
        return ModelConfig(
            name=self.path.name, cfg=cfg, recipe=msgspec.to_builtins(self.recipe), steps=step,
            validation_loss=validation_loss, seconds=round(seconds, 1),
        )  # fmt: skip


@contextmanager
def open_new(path: Path, recipe: Recipe) -> Iterator[RunFolder]:
    """Creates the folder and locks it. Raises FolderError if something is in it."""
    with new_folder(path, CONFIG, BEGUN, "fromscratch train"):
        yield RunFolder(path, recipe)


@contextmanager
def open_existing(path: Path, steps: int | None = None, minutes: float | None = None) -> Iterator[RunFolder]:
    """Locks the folder of a training, whose end `steps` or `minutes` replace. Raises FolderError."""
    try:
        config = read_config(path)
        recipe = msgspec.convert(config.recipe, Recipe)
        if steps is not None or minutes is not None:
            recipe = msgspec.structs.replace(recipe, steps=steps, minutes=minutes)
    except (ModelFolderError, RecipeError) as error:
        raise FolderError(str(error)) from error
    except (msgspec.ValidationError, ValueError) as error:
        raise FolderError(f"{path / CONFIG} does not say how the model was trained: {error}.") from error
    with existing_folder(path):
        yield RunFolder(path, recipe)
