"""The form of a training with GRPO: how long, how many attempts, and what is rewarded."""

from __future__ import annotations

import os
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Select, Static

from playground.grpo_recipe import GrpoRecipe
from tui.widgets.sampling_form import CheckMark

FIELDS: tuple[tuple[str, str, str, type, str], ...] = (
    ("name", "Name", "", str, "The model's folder in models/, which must be new or hold a training to continue"),
    ("minutes", "Minutes", "5", float, "Train for this time; empty: for the steps below"),
    ("steps", "Steps", "", int, "Train for this number of steps, if the minutes are empty"),
    ("problems", "Problems", "8", int, "Problems of a step"),
    ("num_rollouts", "Completions", "16", int, "Attempts at each problem, which form a group"),
    ("lr", "Learning rate", f"{GrpoRecipe(steps=1).lr:g}", float, "The highest one; too high, and the model forgets"),
    ("beta", "Beta", "0", float, "The weight of the KL divergence from the model as it was"),
    ("seed", "Seed", "0", int, "The seed of the problems and of the attempts"),
)  # fmt: skip
REWARDS = (("right answer", "answer"), ("steps and a box", "format"))
LOG_EVERY, EVAL_EVERY, SAVE_MINUTES = 2, 25, 0.5


class GrpoForm(Vertical):
    """Compact fields, with a message above them if a value is invalid."""

    DEFAULT_CSS = """
    GrpoForm { height: auto; }
    GrpoForm Horizontal { height: 1; }
    GrpoForm Label { width: 14; color: $foreground-muted; }
    GrpoForm Input, GrpoForm Select { width: 1fr; }
    GrpoForm Checkbox { background: transparent; }
    GrpoForm .heading { color: $accent; text-style: bold; }
    GrpoForm .problem { color: $text-error; height: auto; display: none; text-style: bold; }
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.default_name = name

    def compose(self) -> ComposeResult:
        yield Static("Train with a reward", classes="heading")
        yield Static(classes="problem", markup=False)
        for name, label, value, _, tooltip in FIELDS:
            field = Input(value or (self.default_name if name == "name" else ""), id=f"grpo-{name}", compact=True,
                          select_on_focus=True)  # fmt: skip
            field.tooltip = tooltip
            yield Horizontal(Label(label), field)
        reward = Select(REWARDS, value="answer", allow_blank=False, id="grpo-reward", compact=True)
        reward.tooltip = "Reward the right answer, or steps and a box, right or wrong: then see what the model learns"
        yield Horizontal(Label("Reward"), reward)
        mine = CheckMark("My parts that passed", value=True, id="grpo-mine", compact=True)
        mine.tooltip = "Use your reasoning-run, grpo-loss and answer-check, where they have passed"
        yield mine

    def value(self, name: str) -> str:
        return self.query_one(f"#grpo-{name}", Input).value.strip()

    @property
    def name_value(self) -> str:
        return self.value("name")

    def recipe(self) -> GrpoRecipe | None:
        """Returns the recipe; shows a message and returns None if a value is invalid."""
        try:
            result = self._recipe()
        except ValueError as error:
            self.complain(str(error))
            return None
        self.complain("")
        return result

    def complain(self, problem: str) -> None:
        """Shows a message above the fields; "" removes it."""
        message = self.query_one(".problem", Static)
        message.update(problem)
        message.display = bool(problem)

    def _recipe(self) -> GrpoRecipe:
        name = self.name_value
        if not name or name != os.path.basename(name) or name in (".", ".."):
            raise ValueError("Give the model a name without slashes.")
        values: dict[str, Any] = {}
        for field, label, _, kind, _ in FIELDS[1:]:
            text = self.value(field)
            if text:
                try:
                    values[field] = kind(text)
                except ValueError:
                    raise ValueError(f"{label} must be {'a whole number' if kind is int else 'a number'}.") from None
        if "minutes" in values:
            values.pop("steps", None)
        reward = str(self.query_one("#grpo-reward", Select).value)
        parts = "mine" if self.query_one("#grpo-mine", CheckMark).value else "reference"
        settings: dict[str, Any] = {"reward": reward, "parts": parts, "log_every": LOG_EVERY, "eval_every": EVAL_EVERY,
                                    "save_minutes": SAVE_MINUTES}  # fmt: skip
        return GrpoRecipe(**values, **settings)

    @on(Input.Changed)
    def _check(self) -> None:
        self.recipe()
