"""Runs a fine-tuning in the training process: opens its folder and its model, prepares it and trains."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import torch

from playground.adapter_folder import CONFIG, WEIGHTS, AdapterError, read_adapter
from playground.finetune_messages import Finetune
from playground.finetune_recipe import FinetuneRecipe, FinetuneRecipeError
from playground.training.checkpoints import LOCK, LOG, CheckpointFolder, FolderError, existing_folder, new_folder
from playground.training.controls import Controls
from playground.training.finetune_base import Base, BaseError, open_base
from playground.training.finetune_data import DataError
from playground.training.finetune_parts import LoRAError, LoRAParts, load_parts
from playground.training.finetune_setup import prepare_weights, read_examples
from playground.training.finetune_trainer import FinetuneTrainer
from playground.training.fused_gpt import use_fast_products
from playground.training_messages import Ended, Note, Preparing, TrainingEvent

COMMAND = "fromscratch finetune"
BEGUN = {LOCK, LOG, f"{CONFIG}.part", f"{WEIGHTS}.part"}
WRONG = (FolderError, BaseError, DataError, LoRAError, AdapterError, FinetuneRecipeError)


def finetune(request: Finetune, controls: Controls, send: Callable[[TrainingEvent], None]) -> Ended:
    """Fine-tunes as asked. Whatever is wrong with the request becomes the message of the Ended event.

    Raises Stopped, if the user stops before the first step, and OSError.
    """
    started = time.monotonic()
    if request.asked_at is not None:
        started -= max(0.0, time.time() - request.asked_at)  # loading PyTorch
    try:
        with _opened(request) as (folder, recipe, trained_on):
            return _train(folder, recipe, trained_on, request, controls, send, started)
    except WRONG as error:
        return Ended("failed", 0, None, message=str(error), wrong_usage=True)


@contextlib.contextmanager
def _opened(request: Finetune) -> Iterator[tuple[CheckpointFolder, FinetuneRecipe, str | None]]:
    """Locks the folder. Yields it with the recipe and, for a fine-tuning that continues, its model's SHA-256."""
    path = Path(request.out)
    if request.recipe is not None:
        with new_folder(path, CONFIG, BEGUN, f"{COMMAND} {request.recipe.method}"):
            yield CheckpointFolder(path), request.recipe, None
        return
    config = read_adapter(path)
    try:
        recipe = msgspec.convert(config.recipe, FinetuneRecipe)
        if request.steps is not None or request.minutes is not None:
            recipe = msgspec.structs.replace(recipe, steps=request.steps, minutes=request.minutes)
    except msgspec.ValidationError as error:
        raise FolderError(f"{path / CONFIG} does not say how the model was fine-tuned: {error}.") from error
    with existing_folder(path):
        yield CheckpointFolder(path), recipe, config.base.sha256


def _train(
    folder: CheckpointFolder, recipe: FinetuneRecipe, trained_on: str | None, request: Finetune, controls: Controls,
    send: Callable[[TrainingEvent], None], started: float,
) -> Ended:  # fmt: skip
    torch.set_num_threads(recipe.thread_count)
    use_fast_products()
    send(Preparing("loading the model", 0.0))
    base = open_base(Path(request.model_path), Path(request.vocabulary) if request.vocabulary else None)
    if trained_on is not None and base.sha256 != trained_on:
        raise BaseError(_different(folder.path, base))
    controls.check()
    notes: list[str] = []
    examples = read_examples(recipe, base, notes.append)
    parts = LoRAParts()
    if recipe.method == "lora" and recipe.parts == "mine":
        parts = load_parts(request.files)
        if not parts.own:
            notes.append(
                "You have not passed lora-layer, lora-inject or lora-merge, so the reference's parts are used."
            )
    tuned = prepare_weights(recipe, base, examples, parts)
    trainer = FinetuneTrainer(folder, recipe, base, examples, tuned, controls, send, started)
    if trained_on is not None:
        step, state, metadata, lost = folder.load()
        notes += lost
        folder.cut_log(step)
        if state:
            try:
                trainer.restore(step, state, metadata)
            except (KeyError, ValueError, RuntimeError) as error:
                raise FolderError(f"{folder.path} cannot continue: {error}") from error
    for note in notes:
        trainer.send(Note(note))
    return trainer.run(parts.owners if recipe.method == "lora" else [])


def _different(folder: Path, base: Base) -> str:
    return (
        f"{base.path} is not the model that the fine-tuning in {folder} began with: its SHA-256 is different. Continue "
        "with that model, or begin a new fine-tuning."
    )
