"""The messages between the app and a training process: JSON objects, one a line, distinguished by "type".

The events are also the lines of `log.jsonl` and of `fromscratch train --json`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from playground.finetune_messages import FinetuneEvent, FinetuneRequest
from playground.grpo_messages import Grpo, GrpoEvent
from playground.messages import LearnerFile
from playground.training_recipe import Recipe


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Starts the training of a recipe in a new folder, or continues the one in the folder if `recipe` is None.

    `steps` or `minutes` give the continued training a new end. `files` are the learner's files that the recipe's parts
    need (`playground.own_parts`).
    """

    out: str
    recipe: Recipe | None = None
    steps: int | None = None
    minutes: float | None = None
    files: list[LearnerFile] = []


class Control(msgspec.Struct, frozen=True, tag=True):
    """Pauses or continues the training, or saves a checkpoint and stops it."""

    action: Literal["pause", "continue", "stop"]


class Note(msgspec.Struct, frozen=True, tag=True):
    """Something the user should know, in a sentence."""

    text: str


class Preparing(msgspec.Struct, frozen=True, tag=True):
    """The text is read, the vocabulary learned or the text converted to tokens; `done` is from 0 to 1."""

    what: str
    done: float


class Prepared(msgspec.Struct, frozen=True, tag=True):
    """The training begins after optimizer step `step`, 0 for a new one. `parts` are (part, "yours" or "reference")."""

    name: str
    step: int
    steps: int | None
    minutes: float | None
    parameters: int
    vocab_size: int
    training_tokens: int
    validation_tokens: int
    epochs: float | None  # how often the text is seen in all, where the number of steps is known
    parts: list[tuple[str, str]] = []


class Step(msgspec.Struct, frozen=True, tag=True):
    """After optimizer step `step`. `loss` is the mean of the steps since the last such event, in nats a token.

    `gradient_norm` is measured before clipping, `tokens_per_second` over the same steps, and `seconds` is the time
    trained so far. `done` is from 0 to 1.
    """

    step: int
    loss: float
    lr: float
    gradient_norm: float
    tokens_per_second: float
    seconds: float
    done: float


class Evaluation(msgspec.Struct, frozen=True, tag=True):
    """The loss of held-out text, in nats a token."""

    step: int
    validation_loss: float
    tokens: int


class Sample(msgspec.Struct, frozen=True, tag=True):
    """Text that the model wrote after a prompt."""

    step: int
    prompt: str
    text: str


class Saved(msgspec.Struct, frozen=True, tag=True):
    """A checkpoint of this step is on the disk."""

    step: int
    seconds: float


class Paused(msgspec.Struct, frozen=True, tag=True):
    step: int


class Continued(msgspec.Struct, frozen=True, tag=True):
    step: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The training ended. `saved` is the step of the last good checkpoint, None if there is none.

    "failed" comes with a message; then nothing after the last good checkpoint is kept.
    """

    reason: Literal["finished", "stopped", "failed"]
    step: int
    saved: int | None
    validation_loss: float | None = None
    message: str = ""
    wrong_usage: bool = False  # the request cannot work, and the training never began


TrainingRequest = Begin | FinetuneRequest | Grpo | Control
TrainingEvent = (
    Note
    | Preparing
    | Prepared
    | Step
    | Evaluation
    | Sample
    | Saved
    | Paused
    | Continued
    | Ended
    | FinetuneEvent
    | GrpoEvent
)

_encoder = msgspec.json.Encoder()
_request_decoder = msgspec.json.Decoder(TrainingRequest)
_event_decoder = msgspec.json.Decoder(TrainingEvent)


def encode(message: TrainingRequest | TrainingEvent) -> bytes:
    """Returns the message as JSON without a newline."""
    return _encoder.encode(message)


def decode_request(line: bytes) -> TrainingRequest:
    """Raises msgspec.MsgspecError for anything but a request."""
    return _request_decoder.decode(line)


def decode_event(line: bytes) -> TrainingEvent:
    """Raises msgspec.MsgspecError for anything but an event."""
    return _event_decoder.decode(line)
