"""The recipe of a training with GRPO: the model, the problems, and how the weights are adjusted. Imports no torch."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Literal

import msgspec

from playground.catalogue import ABACUS
from playground.model_folder import CONFIG, ModelFolderError, read_config

GRPO_EXERCISES = "reasoning-run", "grpo-loss", "answer-check"  # whose passed files a training uses
RewardKind = Literal["answer", "format"]


class GrpoRecipeError(ValueError):
    """The recipe cannot work; the message says which setting and what to do."""


class GrpoRecipe(msgspec.Struct, frozen=True, kw_only=True, tag_field="method", tag="grpo"):
    """The settings of a training with GRPO. Raises GrpoRecipeError for settings that cannot work.

    A step writes `num_rollouts` completions of each of `problems` problems at `temperature`, and changes the weights
    `inner_epochs` times. `reward` is "answer" (1 for the right answer in the box) or "format" (1 for steps and a box,
    right or wrong, which shows what a wrong reward teaches). The training ends after `steps` steps, or when it has
    taken `minutes`. The learning rate rises to `lr` during the fraction `warmup` of the training and falls to a tenth.
    """

    model: str = ABACUS.name
    reward: RewardKind = "answer"
    problems: int = 8
    num_rollouts: int = 16
    max_new_tokens: int = 48
    temperature: float = 1.0
    inner_epochs: int = 1
    clip: float = 0.2
    beta: float = 0.0
    max_norm: float = 1.0
    steps: int | None = None
    minutes: float | None = None
    lr: float = 5e-5
    warmup: float = 0.02
    seed: int = 0
    threads: int = 0  # 0: one per processor
    log_every: int = 5
    eval_every: int = 50
    held_out: int = 200
    save_minutes: float = 1.0
    parts: Literal["mine", "reference"] = "mine"

    def __post_init__(self) -> None:
        for name in ("problems", "max_new_tokens", "inner_epochs", "log_every", "eval_every", "held_out"):
            if getattr(self, name) < 1:
                raise GrpoRecipeError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.num_rollouts < 2:
            raise GrpoRecipeError("num_rollouts must be at least 2: an attempt is compared with others of its group.")
        if (self.steps is None) == (self.minutes is None):
            raise GrpoRecipeError("Give either the number of steps or the minutes.")
        if self.steps is not None and self.steps < 1:
            raise GrpoRecipeError("The number of steps must be at least 1.")
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise GrpoRecipeError("The minutes must be above 0.")
        for name in ("lr", "temperature", "clip", "max_norm", "save_minutes"):
            if not 0 < getattr(self, name) < math.inf:
                raise GrpoRecipeError(f"{name} must be above 0.")
        if not 0 <= self.beta < math.inf:
            raise GrpoRecipeError("beta must be at least 0.")
        if not 0 <= self.warmup < 1:
            raise GrpoRecipeError("The warm-up is a fraction of the training: at least 0 and below 1.")

    @property
    def min_lr(self) -> float:
        return self.lr / 10

    @property
    def sample_every(self) -> int:
        """Never: the completions are reported with the steps."""
        return 1 << 62

    @property
    def thread_count(self) -> int:
        return self.threads or os.cpu_count() or 1


def recorded_recipe(folder: Path) -> GrpoRecipe:
    """Returns the recipe of the training in a folder. Raises GrpoRecipeError if there is none of this kind."""
    try:
        return msgspec.convert(read_config(folder).recipe, GrpoRecipe)
    except ModelFolderError as error:
        raise GrpoRecipeError(str(error)) from error
    except (msgspec.ValidationError, ValueError) as error:
        raise GrpoRecipeError(f"{folder / CONFIG} has no training with GRPO that could continue: {error}.") from error
