"""The messages about the parts of a model: which are used, and what a part changes."""

from __future__ import annotations

import msgspec

from playground.messages import AppRequest, HostEvent, LearnerFile, PartFault, PartUse


class Assemble(AppRequest):
    """Asks for the open model with other parts: `choices` maps a part's id to the exercise that supplies it."""

    choices: dict[str, str]
    files: list[LearnerFile] = []


class Assembled(HostEvent):
    """The model has these parts now; `notes` and `faults` say how they deviate from the request."""

    parts: list[PartUse]
    notes: list[str] = []
    faults: list[PartFault] = []


class Compare(AppRequest):
    """Asks what the parts in `choices` change: the model with them, beside the model with the reference's parts."""

    choices: dict[str, str]
    files: list[LearnerFile] = []
    prompt: str = ""
    max_tokens: int = 40


class TokenDifference(msgspec.Struct, frozen=True):
    """A position of the fixed text: the token there, the KL divergence, and both models' best next token."""

    position: int
    before: str
    token: str
    kl: float
    reference_best: str
    yours_best: str


class LayerDifference(msgspec.Struct, frozen=True):
    """‖yours − reference‖ / ‖reference‖ of a layer's output on the fixed text."""

    name: str
    difference: float


class Comparison(HostEvent):
    """The model with the learner's parts, and with the reference's.

    The texts are greedy continuations of the prompt as tokens; `same_tokens` of them agree from the start. Losses are
    in nats per token, over `text_tokens` tokens of `text_name`; KL(reference ‖ yours) is in nats. `first` is the first
    layer whose outputs differ by more than `tolerance`, None if none does. `seconds` are of both continuations.
    """

    parts: list[PartUse]
    prompt: str
    reference_text: list[str]
    yours_text: list[str]
    same_tokens: int
    text_name: str
    text_tokens: int
    reference_loss: float
    yours_loss: float
    kl_mean: float
    kl_worst: list[TokenDifference]
    layers: list[LayerDifference]
    first: LayerDifference | None
    tolerance: float
    reference_seconds: float
    yours_seconds: float
    notes: list[str] = []
