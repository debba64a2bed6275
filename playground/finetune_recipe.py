"""The recipe of a fine-tuning: the model, the examples, and which weights are adjusted how. Imports no torch."""

from __future__ import annotations

import math
import os
from typing import Literal

import msgspec

Method = Literal["lora", "instruct", "classify"]
METHODS: tuple[Method, ...] = ("lora", "instruct", "classify")
# The number of last blocks that are trained, and the learning rate, where the user gives neither. With the first 20
# of smollm2's 30 blocks frozen and computed once, LoRA reaches a lower loss in the same time than with all adapted.
DEFAULT_BLOCKS: dict[Method, int] = {"lora": 10, "instruct": 4, "classify": 1}
DEFAULT_LR: dict[Method, float] = {"lora": 2e-3, "instruct": 2e-4, "classify": 5e-4}


class FinetuneRecipeError(ValueError):
    """The recipe cannot work; the message says which setting and what to do."""


class FinetuneRecipe(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a fine-tuning. Raises FinetuneRecipeError for settings that cannot work.

    "lora" adds LoRA layers to the `targets` of the last `blocks` blocks, of all blocks if that is None. "instruct"
    trains all weights of these blocks and the final norm, or of the whole model; "classify" also a new head, on
    labelled messages. `model` is the name that the user gave.

    The training ends after `steps` optimizer steps, or when the whole run, with what is measured before and after it,
    has taken `minutes`. The learning rate rises to `lr` during the fraction `warmup` of the training and falls to a
    tenth of it. `answers` is the number of held-out instructions whose answers are compared.
    """

    method: Method
    model: str
    data: str | None = None
    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = ("W_query", "W_value")
    blocks: int | None = None
    batch_size: int = 8
    max_length: int = 256
    steps: int | None = None
    minutes: float | None = None
    lr: float = 1e-3
    warmup: float = 0.05
    weight_decay: float = 0.0
    clip: float = 1.0
    seed: int = 0
    threads: int = 0  # 0: one per processor
    log_every: int = 5
    eval_every: int = 100
    answers: int = 4
    save_minutes: float = 1.0
    parts: Literal["reference", "mine"] = "reference"

    def __post_init__(self) -> None:
        for name in ("rank", "batch_size", "log_every", "eval_every"):
            if getattr(self, name) < 1:
                raise FinetuneRecipeError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.blocks is not None and self.blocks < 1:
            raise FinetuneRecipeError("blocks must be at least 1: the number of last blocks that are trained.")
        if self.max_length < 8:
            raise FinetuneRecipeError("max_length must be at least 8 tokens.")
        if self.answers < 0:
            raise FinetuneRecipeError("answers must be at least 0.")
        if not self.targets:
            raise FinetuneRecipeError("Give at least one target, W_query for example.")
        if (self.steps is None) == (self.minutes is None):
            raise FinetuneRecipeError("Give either the number of steps or the minutes.")
        if self.steps is not None and self.steps < 1:
            raise FinetuneRecipeError("The number of steps must be at least 1.")
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise FinetuneRecipeError("The minutes must be above 0.")
        if not 0 < self.lr < math.inf:
            raise FinetuneRecipeError("The learning rate must be above 0.")
        if not 0 < abs(self.alpha) < math.inf:
            raise FinetuneRecipeError("alpha must be a number other than 0: the factor of the change.")
        if not 0 <= self.warmup < 1:
            raise FinetuneRecipeError("The warm-up is a fraction of the training: at least 0 and below 1.")
        if not 0 < self.clip < math.inf or not 0 <= self.weight_decay < math.inf or self.save_minutes <= 0:
            raise FinetuneRecipeError("clip and save_minutes must be above 0, and weight_decay at least 0.")

    @property
    def min_lr(self) -> float:
        return self.lr / 10

    @property
    def sample_every(self) -> int:
        """Never: the answers are compared at the end."""
        return 1 << 62

    @property
    def thread_count(self) -> int:
        return self.threads or os.cpu_count() or 1
