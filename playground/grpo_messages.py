"""The messages of a training with GRPO, in addition to those of every training (playground/training_messages.py)."""

from __future__ import annotations

from typing import Literal

import msgspec

from playground.grpo_recipe import GrpoRecipe
from playground.messages import LearnerFile


class Grpo(msgspec.Struct, frozen=True, tag=True):
    """Starts a training with GRPO of the model in the folder `model_path`, or continues one if `recipe` is None.

    `steps` or `minutes` give a continued training a new end. `files` are the learner's passed files of grpo-loss and
    reasoning-run, and what they import.
    """

    out: str
    model_path: str
    recipe: GrpoRecipe | None = None
    steps: int | None = None
    minutes: float | None = None
    files: list[LearnerFile] = []


class Reinforcing(msgspec.Struct, frozen=True, tag=True):
    """The training begins after step `step`, 0 for a new one. `parts` are (exercise, "yours" or "reference")."""

    base: str
    step: int
    steps: int | None
    minutes: float | None
    parameters: int
    problems: int
    num_rollouts: int
    reward: str
    parts: list[tuple[str, str]] = []


class Completion(msgspec.Struct, frozen=True):
    """An attempt at a problem: its text, its reward, and whether its answer is right."""

    text: str
    reward: float
    right: bool


class Rollouts(msgspec.Struct, frozen=True, tag=True):
    """What the attempts since the last such event were like: means over the steps, and one group of the last step.

    `reward`, `entropy` (nats a token) and `kl` are what the step function returned; `right` is the share of right
    answers, `equal` the share of groups whose rewards are all equal, and `length` the mean number of tokens, all three
    measured from the completions.
    """

    step: int
    reward: float
    right: float
    entropy: float
    kl: float
    equal: float
    length: float
    problem: str
    answer: str
    completions: list[Completion]


class Solved(msgspec.Struct, frozen=True, tag=True):
    """How many of `total` completions of held-out problems are right."""

    step: int
    when: Literal["before", "during", "after"]
    right: int
    total: int


class Pathology(msgspec.Struct, frozen=True, tag=True):
    """A known way in which such a training fails: its name, what the figures say, and what to do."""

    step: int
    name: str
    text: str


GrpoEvent = Reinforcing | Rollouts | Solved | Pathology
