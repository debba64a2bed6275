"""The form of the training lab: the text, the model's size, and how long to train."""

from __future__ import annotations

import os
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Select, Static

from playground.training_recipe import SIZES, STORIES, Recipe
from tui.widgets.sampling_form import CheckMark

FIELDS = (
    ("name", "Name", "", "The model's folder in models/, which must be new or hold a training to continue"),
    ("text", "Text", "stories:2MB", "A text file, or stories:2MB for two million characters of simple stories"),
    ("minutes", "Minutes", "2", "Train for this time; empty: for the steps below"),
    ("steps", "Steps", "", "Train for this number of optimizer steps, if the minutes are empty"),
    ("lr", "Learning rate", "0.002", "The highest learning rate; it rises to this, then falls along a cosine"),
    ("seed", "Seed", "0", "The seed of the weights and of the order of the text"),
)  # fmt: skip
LOG_EVERY, EVAL_EVERY, SAMPLE_EVERY, SAVE_MINUTES = 2, 20, 60, 0.5


class TrainingForm(Vertical):
    """Compact fields, with a message above them if a value is invalid."""

    DEFAULT_CSS = """
    TrainingForm { height: auto; }
    TrainingForm Horizontal { height: 1; }
    TrainingForm Label { width: 14; color: $foreground-muted; }
    TrainingForm Input, TrainingForm Select { width: 1fr; }
    TrainingForm Checkbox { background: transparent; }
    TrainingForm .heading { color: $accent; text-style: bold; }
    TrainingForm .problem { color: $text-error; height: auto; display: none; text-style: bold; }
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.default_name = name

    def compose(self) -> ComposeResult:
        yield Static("Train a model", classes="heading")
        yield Static(classes="problem", markup=False)
        for name, label, value, tooltip in FIELDS:
            field = Input(value or (self.default_name if name == "name" else ""), id=f"train-{name}", compact=True,
                          select_on_focus=True)  # fmt: skip
            field.tooltip = tooltip
            yield Horizontal(Label(label), field)
        sizes = Select([(name, name) for name in SIZES], value="tiny", allow_blank=False, id="train-size", compact=True)
        sizes.tooltip = "tiny: 2 blocks of 64 dimensions; small: 4 of 128; pocket: 6 of 192"
        yield Horizontal(Label("Size"), sizes)
        mine = CheckMark("My parts that passed", id="train-mine", compact=True)
        mine.tooltip = "Build the model from your parts, where they have passed"
        yield mine

    def value(self, name: str) -> str:
        return self.query_one(f"#train-{name}", Input).value.strip()

    @property
    def name_value(self) -> str:
        return self.value("name")

    @property
    def with_own_parts(self) -> bool:
        return self.query_one("#train-mine", CheckMark).value

    def recipe(self) -> Recipe | None:
        """Returns the recipe; shows a message and returns None if a value is invalid."""
        try:
            result = self._recipe()
        except (ValueError, TypeError) as error:
            self.complain(str(error))
            return None
        self.complain("")
        return result

    def complain(self, problem: str) -> None:
        """Shows a message above the fields; "" removes it."""
        message = self.query_one(".problem", Static)
        message.update(problem)
        message.display = bool(problem)

    def _recipe(self) -> Recipe:
        name = self.name_value
        if not name or name != os.path.basename(name) or name in (".", ".."):
            raise ValueError("Give the model a name without slashes.")
        text = self.value("text")
        if not text:
            raise ValueError("Give a text file, or stories:2MB.")
        if not STORIES.fullmatch(text):
            text = os.path.abspath(os.path.expanduser(text))
        minutes = _number("Minutes", self.value("minutes"), float)
        steps = None if minutes is not None else _number("Steps", self.value("steps"), int)
        if minutes is None and steps is None:
            raise ValueError("Give the minutes or the steps.")
        sizes: dict[str, Any] = SIZES[str(self.query_one("#train-size", Select).value)]
        return Recipe(
            texts=(text,), minutes=minutes, steps=steps, lr=_number("Learning rate", self.value("lr"), float) or 0.0,
            min_lr=0.0, seed=_number("Seed", self.value("seed"), int) or 0,
            log_every=LOG_EVERY, eval_every=EVAL_EVERY, sample_every=SAMPLE_EVERY, save_minutes=SAVE_MINUTES, **sizes,
        )  # fmt: skip

    @on(Input.Changed)
    def _check(self) -> None:
        self.recipe()


def _number(label: str, text: str, kind: type) -> Any:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        whole = "a whole number" if kind is int else "a number"
        raise ValueError(f"{label} must be {whole}.") from None
