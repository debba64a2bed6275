"""One line on a terminal that says how far a training is, while a check waits for it."""

from __future__ import annotations

import sys

from exercises.course import Exercise
from grader.verdict import Event, TrainingStep
from tui.formatting import training_words

CLEAR = "\r\033[K"


class TrainingLine:
    """Hears a check's events, and shows the training on the standard error where that is a terminal."""

    def __init__(self, exercise: Exercise) -> None:
        self.name = exercise.id
        self.shown = False

    def __call__(self, event: Event) -> None:
        if not sys.stderr.isatty():
            return
        if isinstance(event, TrainingStep):
            self.shown = True
            sys.stderr.write(f"{CLEAR}{self.name}: {training_words(event)}")
        elif self.shown:
            self.shown = False
            sys.stderr.write(CLEAR)
        sys.stderr.flush()
