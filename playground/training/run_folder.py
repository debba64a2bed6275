"""The folder of a training: its lock, its configuration, its ids, its checkpoints and its log.

    config.json, model.safetensors, vocabulary.json    the trained model (playground/model_folder.py)
    tokens.safetensors                                 the ids of the text, so that resuming needs no text
    checkpoint-00000120.safetensors                    all that step 121 depends on; the last two are kept
    log.jsonl                                          the events (playground/training_messages.py), one a line
    .lock                                              locked while a training runs here

A folder without checkpoint is a training that begins at step 0.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from torch import Tensor

from playground.byte_bpe import ByteBPE, VocabularyError
from playground.lock import file_lock
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
from playground.training.tensor_file import PART, DamagedFile, read_checked, sync_folder, write_checked
from playground.training.text_data import Tokens
from playground.training_messages import TrainingEvent, encode
from playground.training_recipe import Recipe, RecipeError

TOKENS, LOG, LOCK = "tokens.safetensors", "log.jsonl", ".lock"
CHECKPOINT = re.compile(r"checkpoint-(\d{8})\.safetensors")
BEGUN = {LOCK, LOG, VOCABULARY, TOKENS, VOCABULARY + PART, TOKENS + PART}  # files before the first step
KEPT = 2  # checkpoints: if the last one is damaged, the one before it is used


class FolderError(Exception):
    """The folder cannot be used for this training; the message says why and what to do."""


class RunFolder:
    """A training's folder, which this process has locked (`open_new`, `open_existing`)."""

    def __init__(self, path: Path, recipe: Recipe) -> None:
        self.path, self.recipe = path, recipe
        self.log_failed = False

    # the beginning

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

    # checkpoints

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Returns the checkpoints as (step, file), the last first."""
        found = [(int(match[1]), path) for path in self.path.iterdir() if (match := CHECKPOINT.fullmatch(path.name))]
        return sorted(found, reverse=True)

    def save(
        self, step: int, state: dict[str, Tensor], metadata: dict[str, str], weights: dict[str, Tensor],
        cfg: Sizes, validation_loss: float | None, seconds: float,
    ) -> None:  # fmt: skip
        """Writes a checkpoint, then the model, and removes older checkpoints.

        Raises OSError, for example when the disk is full; the last good checkpoint is still there then.
        """
        target = self.path / f"checkpoint-{step:08}.safetensors"
        try:
            write_checked(target, state, metadata)
        except OSError:
            older = [path for _, path in self.checkpoints() if path != target][KEPT - 1 :]
            if not older:
                raise
            for path in older:  # makes room for the new one, and keeps the last good one
                path.unlink()
            write_checked(target, state, metadata)
        for _, path in self.checkpoints()[KEPT:]:
            path.unlink()
        write_checked(self.path / WEIGHTS, weights, {})
        write_config(self.path, self._config(cfg, step, validation_loss, seconds))

    def load(self) -> tuple[int, dict[str, Tensor], dict[str, str], list[str]]:
        """Returns (step, state, metadata, notes) of the last good checkpoint; step 0 and empty ones if there is none.

        A damaged checkpoint is renamed and becomes a note. Raises FolderError if all checkpoints are damaged.
        """
        notes: list[str] = []
        for step, path in self.checkpoints():
            try:
                state, metadata = read_checked(path)
                return step, state, metadata, notes
            except DamagedFile as error:
                notes.append(f"The checkpoint of step {step:,} is lost: {error}.")
                with contextlib.suppress(OSError):
                    os.replace(path, path.with_suffix(".damaged"))
        if notes:
            notes.append("The training starts again at step 0, because no good checkpoint is left.")
        return 0, {}, {}, notes

    # the log

    def log(self, event: TrainingEvent) -> None:
        """Appends a line. A failure is ignored: a full disk must not end the training."""
        try:
            with (self.path / LOG).open("ab") as file:
                file.write(encode(event) + b"\n")
        except OSError:
            self.log_failed = True

    def cut_log(self, step: int) -> None:
        """Removes lines of later steps, which will be trained again, and a line that was cut short."""
        path = self.path / LOG
        if not path.exists():
            return
        kept = []
        for line in path.read_bytes().splitlines(keepends=True):
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, AttributeError, TypeError):
                if line.endswith(b"\n") and msgspec.json.decode(line).get("step", 0) <= step:
                    kept.append(line)
        part = path.with_name(LOG + PART)
        part.write_bytes(b"".join(kept))
        os.replace(part, path)

    def _config(self, cfg: Sizes, step: int, validation_loss: float | None, seconds: float) -> ModelConfig:
        return ModelConfig(
            name=self.path.name, cfg=cfg, recipe=msgspec.to_builtins(self.recipe), steps=step,
            validation_loss=validation_loss, seconds=round(seconds, 1),
        )  # fmt: skip


@contextmanager
def open_new(path: Path, recipe: Recipe) -> Iterator[RunFolder]:
    """Creates the folder and locks it. Raises FolderError if something is in it."""
    try:
        entries = {entry.name for entry in path.iterdir()} if path.exists() else set()
        if CONFIG in entries:
            raise FolderError(
                f"{path} has a training already. Continue it with `fromscratch train --resume {path}`, "
                "or choose a new folder."
            )
        others = entries - BEGUN if LOCK in entries else entries  # a killed process may have left these
        if others:
            raise FolderError(f"{path} has other files in it, for example {min(others)}. Choose a new folder.")
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"{path} cannot be used as a folder: {error.strerror}.") from error
    with _locked(path):
        try:
            yield RunFolder(path, recipe)
        finally:
            if not (path / CONFIG).exists():  # the training never began
                for name in BEGUN:
                    (path / name).unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    path.rmdir()


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
    with _locked(path):
        for leftover in path.glob(f"*{PART}"):  # of a process that was killed while it wrote
            leftover.unlink()
        yield RunFolder(path, recipe)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    def refuse() -> None:
        raise FolderError(f"A training runs in {path} already. Stop it first, or choose a new folder.")

    try:
        with file_lock(path / LOCK, refuse):
            sync_folder(path)
            yield
    except PermissionError as error:
        raise FolderError(f"{path} cannot be written: {error.strerror}.") from error
