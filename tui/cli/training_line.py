"""A line on standard error that shows the progress of a training during a check."""

from __future__ import annotations

from exercises.exercise import Exercise
from grader.verdict import Event, TrainingStep
from tui.cli.terminal import echo_status
from tui.formatting import training_progress


class TrainingLine:
    """Receives the events of a check and shows the training's progress if standard error is a terminal."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise_id = exercise.id
        self.is_shown = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, TrainingStep):
            self.is_shown = True
            echo_status(f"{self.exercise_id}: {training_progress(event)}")
        elif self.is_shown:
            self.is_shown = False
            echo_status("")
