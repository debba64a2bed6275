"""The lines that `fromscratch train` prints for the events of a training."""

from __future__ import annotations

import math
from pathlib import Path

from playground.training_messages import (
    Continued,
    Ended,
    Evaluation,
    Note,
    Paused,
    Prepared,
    Preparing,
    Sample,
    Saved,
    Step,
    TrainingEvent,
)


class TrainingReport:
    """Words the events of one training, whose folder is `out`."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.steps: int | None = None
        self.activity = ""

    def line(self, event: TrainingEvent) -> str:
        """Returns one or more lines, or "" for an event that needs none."""
        match event:
            case Preparing(what=what):
                if what == self.activity:
                    return ""
                self.activity = what
                return f"{what[:1].upper()}{what[1:]} …"
            case Prepared():
                return self._prepared(event)
            case Step():
                total = f" of {self.steps:,}" if self.steps else ""
                return (
                    f"step {event.step:,}{total} · {event.done:4.0%} · loss {event.loss:.3f} · lr {event.lr:.2e} · "
                    f"gradient norm {event.gradient_norm:.2f} · {event.tokens_per_second:,.0f} tokens/s · "
                    f"{duration(event.seconds)}"
                )
            case Evaluation():
                return f"    validation loss {event.validation_loss:.3f} (perplexity {perplexity(event)})"
            case Sample():
                return f"    sample: {event.prompt}{event.text}".replace("\n", "\n    ")
            case Saved():
                return f"    saved at step {event.step:,}"
            case Note(text=text):
                return text
            case Paused():
                return f"Paused at step {event.step:,}."
            case Continued():
                return "Training goes on."
            case Ended():
                return self._ended(event)
        return ""

    def _prepared(self, event: Prepared) -> str:
        self.steps = event.steps
        yours = [part for part, owner in event.parts if owner == "yours"]
        parts = f"your {', '.join(yours)}, the rest from the reference" if yours else "the reference's parts"
        epochs = "" if event.epochs is None else f", {event.epochs:.2g} times in all"
        start = f"Continues after step {event.step:,}." if event.step else "Ctrl-C saves and stops."
        return (
            f"Text: {event.training_tokens:,} tokens{epochs}, and {event.validation_tokens:,} held out\n"
            f"Model: {event.parameters:,} parameters, {event.vocab_size:,} tokens in the vocabulary, {parts}\n"
            f"{start}"
        )

    def _ended(self, event: Ended) -> str:
        resume = f"Continue with `fromscratch train --resume {self.out}`."
        if event.reason == "finished":
            return (
                f"Finished after {event.step:,} steps: validation loss {event.validation_loss:.3f}. "
                f"Talk to it with `fromscratch generate --model {self.out} PROMPT`."
            )
        if event.reason == "stopped":
            if event.saved is None:
                return event.message or "Stopped before the first step; nothing to save."
            return f"Stopped and saved at step {event.saved:,}. {resume}"
        if event.saved is None:
            return event.message
        return f"{event.message} {resume}"


def perplexity(event: Evaluation) -> str:
    return f"{math.exp(min(event.validation_loss, 50)):,.1f}"


def duration(seconds: float) -> str:
    """Returns minutes and seconds, with hours where there are any: 1:05, 1:00:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
