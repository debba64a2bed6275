"""Runs a training with GRPO in the training process: opens its folder and its model, prepares it and trains."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import torch

from playground.grpo_messages import Grpo
from playground.grpo_recipe import GrpoRecipe, GrpoRecipeError, recorded_recipe
from playground.host.adapter import model_sha256
from playground.host.trained_model import load_trained
from playground.model_folder import CONFIG, VOCABULARY, WEIGHTS, ModelFolderError
from playground.training.checkpoints import LOCK, LOG, CheckpointFolder, FolderError, existing_folder, new_folder
from playground.training.confinement import confine
from playground.training.controls import Controls
from playground.training.fused_gpt import use_fast_products
from playground.training.grpo_parts import GrpoError, load_parts
from playground.training.grpo_trainer import GrpoTrainer
from playground.training_messages import Ended, Note, Preparing, TrainingEvent

COMMAND = "fromscratch finetune grpo"
BEGUN = {LOCK, LOG, VOCABULARY, f"{CONFIG}.part", f"{WEIGHTS}.part", f"{VOCABULARY}.part"}
WRONG = (FolderError, ModelFolderError, GrpoError, GrpoRecipeError)


def reinforce(request: Grpo, controls: Controls, send: Callable[[TrainingEvent], None]) -> Ended:
    """Trains as asked. Whatever is wrong with the request becomes the message of the Ended event.

    Raises Stopped, if the user stops before the first step, and OSError.
    """
    try:
        with _opened(request) as (folder, recipe):
            return _train(folder, recipe, request, controls, send)
    except WRONG as error:
        return Ended("failed", 0, None, message=str(error), wrong_usage=True)


@contextlib.contextmanager
def _opened(request: Grpo) -> Iterator[tuple[CheckpointFolder, GrpoRecipe]]:
    """Locks the folder. Yields it with the recipe."""
    path = Path(request.out)
    if request.recipe is not None:
        with new_folder(path, CONFIG, BEGUN, COMMAND):
            yield CheckpointFolder(path), request.recipe
        return
    recipe = recorded_recipe(path)
    if request.steps is not None or request.minutes is not None:
        recipe = msgspec.structs.replace(recipe, steps=request.steps, minutes=request.minutes)
    with existing_folder(path):
        yield CheckpointFolder(path), recipe


def _train(
    folder: CheckpointFolder, recipe: GrpoRecipe, request: Grpo, controls: Controls,
    send: Callable[[TrainingEvent], None],
) -> Ended:  # fmt: skip
    torch.set_num_threads(recipe.thread_count)
    use_fast_products()
    send(Preparing("loading the model", 0.0))
    path = Path(request.model_path)
    base = load_trained(path)
    digest = model_sha256(path)
    controls.check()
    own = recipe.parts == "mine" and bool(request.files)
    if own:
        confine(folder.path)
    torch.manual_seed(recipe.seed)
    trainer = GrpoTrainer(folder, recipe, base, load_parts(request.files if own else []), controls, send, digest)
    if request.recipe is None:
        step, state, metadata, notes = folder.load()
        folder.cut_log(step)
        if state:
            trainer.restore(step, state, metadata)
        for note in notes:
            trainer.send(Note(note))
    return trainer.run()
