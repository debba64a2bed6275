"""The recipe of a training: the model's sizes, the text, and how the weights are adjusted. Imports no torch."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from playground.parts_catalogue import BY_ID

MIN_VOCABULARY = 257  # the 256 bytes and <|endoftext|>
MAX_VOCABULARY = 65_536
TRAINABLE = ("embeddings", "layer-norm", "gelu", "feed-forward", "attention", "block", "model")  # parts
MAX_PARAMETERS = 2_000_000_000
STORIES = re.compile(r"stories:(?P<megabytes>[0-9]{1,3}(\.[0-9]{1,3})?)MB(:(?P<seed>[0-9]{1,9}))?")


def trainable(choices: Mapping[str, str]) -> dict[str, str]:
    """Returns the choices of parts, from part to exercise, whose weights a training can save."""
    suppliers = {part: BY_ID[part].supplier(exercise) for part, exercise in choices.items() if part in TRAINABLE}
    return {part: one.exercise for part, one in suppliers.items() if one is not None and not one.other_weights}


class RecipeError(ValueError):
    """The recipe cannot work; the message says which setting and what to do."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a training. Raises RecipeError for settings that cannot work.

    `texts` are paths, or for example "stories:5MB:1" for stories with seed 1 (exercises/texts), and `validation` is the
    path of a held-out text; without one, the last tenth of the texts is held out. With documents="paragraph" each
    paragraph (text between empty lines) is a document of its own, and an <|endoftext|> precedes each document. The
    training ends after `steps` optimizer steps or `minutes`, of which exactly one is given. The learning rate rises to
    `lr` during the fraction `warmup` of the training and falls to `min_lr` along a cosine (`reference.schedule`).
    `parts` maps parts of the model to the exercises of which the learner's files are used (`parts_catalogue`).
    """

    texts: tuple[str, ...]
    validation: str | None = None
    documents: Literal["file", "paragraph"] = "file"
    vocab_size: int = 2048
    context_length: int = 128
    emb_dim: int = 128
    n_heads: int = 4
    n_layers: int = 4
    drop_rate: float = 0.0
    qkv_bias: bool = False
    batch_size: int = 16
    steps: int | None = None
    minutes: float | None = None
    lr: float = 2e-3
    min_lr: float = 1e-4
    warmup: float = 0.05
    weight_decay: float = 0.1
    clip: float = 1.0
    seed: int = 0
    threads: int = 0  # 0: one per processor
    precision: Literal["float32", "bfloat16"] = "float32"  # of matrix products; losses are evaluated in float32
    log_every: int = 10
    eval_every: int = 100
    sample_every: int = 500
    save_minutes: float = 2.0
    prompt: str = ""
    parts: dict[str, str] = {}

    def __post_init__(self) -> None:
        for name in ("emb_dim", "n_heads", "n_layers", "context_length", "batch_size", "log_every", "eval_every",
                     "sample_every"):  # fmt: skip
            if getattr(self, name) < 1:
                raise RecipeError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if not MIN_VOCABULARY <= self.vocab_size <= MAX_VOCABULARY:
            raise RecipeError(
                f"The vocabulary must have {MIN_VOCABULARY} to {MAX_VOCABULARY:,} tokens, not {self.vocab_size}."
            )
        if self.emb_dim % self.n_heads:
            raise RecipeError(
                f"emb_dim ({self.emb_dim}) must be a multiple of n_heads ({self.n_heads}), "
                "because each head gets an equal part of it."
            )
        if self.parameters > MAX_PARAMETERS:
            raise RecipeError(f"A model with {self.parameters:,} parameters is too large. Choose smaller sizes.")
        if (self.steps is None) == (self.minutes is None):
            raise RecipeError("Give either the number of steps or the minutes.")
        if self.steps is not None and self.steps < 1:
            raise RecipeError("The number of steps must be at least 1.")
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise RecipeError("The minutes must be above 0.")
        if not 0 <= self.drop_rate < 1:
            raise RecipeError("drop_rate must be at least 0 and below 1.")
        if not 0 < self.lr < math.inf or not 0 <= self.min_lr <= self.lr:
            raise RecipeError("The learning rate must be above 0, and its minimum between 0 and the learning rate.")
        if not 0 <= self.warmup < 1:
            raise RecipeError("The warm-up is a fraction of the training: at least 0 and below 1.")
        if not 0 < self.clip < math.inf or not 0 <= self.weight_decay < math.inf or self.save_minutes <= 0:
            raise RecipeError("clip and save_minutes must be above 0, and weight_decay at least 0.")

    @property
    def cfg(self) -> dict[str, Any]:
        """The model's configuration, with the book's keys; the vocabulary may turn out smaller."""
        keys = "vocab_size", "context_length", "emb_dim", "n_heads", "n_layers", "drop_rate", "qkv_bias"
        return {key: getattr(self, key) for key in keys}

    @property
    def parameters(self) -> int:
        """The number of weights of a GPTModel with these sizes."""
        width = self.emb_dim
        block = 12 * width * width + 10 * width + (3 * width if self.qkv_bias else 0)
        return (2 * self.vocab_size + self.context_length) * width + self.n_layers * block + 2 * width

    @property
    def thread_count(self) -> int:
        return self.threads or os.cpu_count() or 1

    @property
    def tokens_per_step(self) -> int:
        return self.batch_size * self.context_length


SIZES: dict[str, dict[str, int]] = {
    "tiny": {"emb_dim": 64, "n_heads": 2, "n_layers": 2, "context_length": 64, "vocab_size": 512, "batch_size": 16},
    "small": {"emb_dim": 128, "n_heads": 4, "n_layers": 4, "context_length": 128, "vocab_size": 1024, "batch_size": 16},
    "pocket": {"emb_dim": 192, "n_heads": 6, "n_layers": 6, "context_length": 256, "vocab_size": 2048,
               "batch_size": 16},
}  # fmt: skip
