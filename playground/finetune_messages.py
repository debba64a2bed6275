"""The messages of a fine-tuning, in addition to those of every training (playground/training_messages.py)."""

from __future__ import annotations

from typing import Literal

import msgspec

from playground.finetune_recipe import FinetuneRecipe
from playground.messages import LearnerFile


class Finetune(msgspec.Struct, frozen=True, tag=True):
    """Starts a fine-tuning of the model at `model_path` in a new folder, or continues one if `recipe` is None.

    `model_path` is a model's file or folder; `vocabulary` is GPT-2's vocabulary file, for a model that has none in its
    own file. `steps` or `minutes` give a continued training a new end. `files` are the learner's passed files of LoRA's
    exercises, and what they import. `asked_at` is the time (seconds since the epoch) from which the minutes count.
    """

    out: str
    model_path: str
    recipe: FinetuneRecipe | None = None
    vocabulary: str | None = None
    steps: int | None = None
    minutes: float | None = None
    files: list[LearnerFile] = []
    asked_at: float | None = None


class UseAdapter(msgspec.Struct, frozen=True, tag=True):
    """Classifies `texts` with the classifier in a folder, or merges the adapter there into a model at `out`."""

    folder: str
    model_path: str
    vocabulary: str | None = None
    texts: list[str] = []
    out: str | None = None


class Tuning(msgspec.Struct, frozen=True, tag=True):
    """The fine-tuning begins after optimizer step `step`, 0 for a new one.

    `blocks` are the numbers of the first and the last trained block; `parts` are (part, "yours" or "reference").
    """

    method: str
    base: str
    step: int
    steps: int | None
    minutes: float | None
    trainable: int
    parameters: int
    blocks: tuple[int, int]
    training_examples: int
    held_out_examples: int
    parts: list[tuple[str, str]] = []


class HeldOut(msgspec.Struct, frozen=True, tag=True):
    """The mean loss of the held-out examples, in nats a learned token (or a message, for a classifier).

    A classifier also has its accuracy, and `confusion`: the numbers of messages by label (row) and prediction (column).
    """

    step: int
    when: Literal["before", "during", "after"]
    loss: float
    tokens: int
    accuracy: float | None = None
    labels: list[str] = []
    confusion: list[list[int]] = []


class AnswerPair(msgspec.Struct, frozen=True):
    """A held-out instruction: the right response, and those of the model before and after its fine-tuning."""

    instruction: str
    expected: str
    before: str
    after: str


class Answers(msgspec.Struct, frozen=True, tag=True):
    step: int
    pairs: list[AnswerPair]


class MergeCheck(msgspec.Struct, frozen=True, tag=True):
    """The largest difference between the logits of the model with LoRA layers and those of the merged model.

    `largest` is the largest logit. They count as the same up to `tolerance` times it. `message` says why there is no
    difference to measure, if the learner's `merge_lora` failed.
    """

    step: int
    difference: float
    largest: float
    tolerance: float
    same: bool
    message: str = ""


class Classified(msgspec.Struct, frozen=True, tag=True):
    """The most probable label of a text, and the probabilities of all."""

    text: str
    label: str
    probabilities: dict[str, float]


class Merged(msgspec.Struct, frozen=True, tag=True):
    """The merged model is at `path`; its size is in bytes."""

    path: str
    size: int


FinetuneRequest = Finetune | UseAdapter
FinetuneEvent = Tuning | HeldOut | Answers | MergeCheck | Classified | Merged
