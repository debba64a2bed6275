"""A training with GRPO of the lab: its process, and what it has reported so far."""

from __future__ import annotations

from pathlib import Path

from playground.grpo_messages import Grpo, Pathology, Reinforcing, Rollouts, Solved
from playground.grpo_recipe import GrpoRecipe, GrpoRecipeError, recorded_recipe
from playground.model_folder import ModelFolderError, read_config
from playground.training_messages import TrainingEvent
from tui.screens.playground.training_run import TrainingRun


class GrpoTraining(TrainingRun):
    """Keeps the figures of the completions beside those of every training."""

    def _reset(self, out: Path | None) -> None:
        super()._reset(out)
        self.begun: Reinforcing | None = None
        self.rollouts: list[Rollouts] = []
        self.solved: list[Solved] = []
        self.pathologies: list[Pathology] = []

    @property
    def rewards(self) -> list[tuple[int, float]]:
        return [(event.step, event.reward) for event in self.rollouts]

    @property
    def right(self) -> list[tuple[int, float]]:
        return [(event.step, event.right) for event in self.rollouts]

    def _apply(self, event: TrainingEvent) -> None:
        match event:
            case Reinforcing():
                self.begun, self.state, self.message = event, "training", ""
            case Rollouts():
                self.rollouts.append(event)
            case Solved():
                self.solved.append(event)
            case Pathology():
                self.pathologies.append(event)
            case _:
                super()._apply(event)


def grpo_continuation(out: Path, model_path: str, new: GrpoRecipe) -> Grpo | None:
    """Returns the request to continue the training in a folder, or None if there is none.

    A training that has reached its end goes on for the steps or minutes of `new`.
    """
    try:
        old, config = recorded_recipe(out), read_config(out)
    except (GrpoRecipeError, ModelFolderError):
        return None
    seconds = config.seconds or 0.0
    if (old.steps is not None and config.steps < old.steps) or (old.minutes is not None and seconds < old.minutes * 60):
        return Grpo(str(out), model_path)
    if new.steps is not None:
        return Grpo(str(out), model_path, steps=config.steps + new.steps)
    return Grpo(str(out), model_path, minutes=seconds / 60 + (new.minutes or 0.0))
