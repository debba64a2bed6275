"""Puts an open model together from the reference's parts and the learner's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.assembly_messages import LearnerFile, PartFault, PartUse
from playground.host.assembly_gpt import BuiltModel, assemble_gpt
from playground.host.cached_gpt import CachedGPT
from playground.host.model_runners import Runner
from playground.host.own_code import OwnCode, PartError, lower
from playground.host.own_tokenizer import own_tokenizer
from playground.host.tokenizer import Tokenizer
from playground.parts_catalogue import GPT, LLAMA, REFERENCE, parts_of

INSTEAD = "The reference's takes its place."


@dataclass(frozen=True)
class OwnFunction:
    """A function of the learner that is a part: the loop, the filter, the softmax or the loss."""

    id: str
    exercise: str
    code: OwnCode
    function: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function. Raises PartError for any exception, including SystemExit."""
        try:
            return self.function(*args, **kwargs)
        except PartError:
            raise
        except (Exception, SystemExit) as error:
            raise self.code.blame(error, self.id) from error


@dataclass
class Assembly:
    """A model of parts: `runner` computes logits, and each function is None where the reference's is used."""

    architecture: str
    base: Any
    built: BuiltModel
    tokenizer: Tokenizer
    code: OwnCode
    uses: list[PartUse]
    sampler: OwnFunction | None = None
    filter: OwnFunction | None = None
    softmax: OwnFunction | None = None
    loss: OwnFunction | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[PartFault] = field(default_factory=list)

    @property
    def runner(self) -> Runner:
        return self.built.runner

    @property
    def choices(self) -> dict[str, str]:
        return dict(self.code.choices)

    @property
    def is_reference(self) -> bool:
        """Whether all parts are the reference's."""
        return not self.code.choices

    def yours(self) -> list[str]:
        """The ids of the learner's parts in use."""
        return [use.id for use in self.uses if use.owner == "yours" and use.used]


def architecture_of_model(model: Any) -> str:
    return GPT if isinstance(model, CachedGPT) else LLAMA


def assemble(
    base: Any, tokenizer: Tokenizer, choices: Mapping[str, str], files: Sequence[LearnerFile]
) -> Assembly:
    """Returns the model with the chosen parts. A part that cannot be used becomes a fault, and the reference's is used.

    `base` is the model with the reference's parts, a CachedGPT or a Llama, which is not changed.
    """
    architecture = architecture_of_model(base)
    wanted = {id: exercise for id, exercise in choices.items() if exercise != REFERENCE}
    faults: list[PartFault] = []
    while True:
        code = OwnCode(architecture, wanted, files)
        notes: list[str] = []
        try:
            assembly = _assemble(architecture, base, tokenizer, code, notes)
        except PartError as error:
            code.close()
            if error.part not in wanted:
                raise
            faults.append(PartFault(error.part, f"{error} {INSTEAD}"))
            del wanted[error.part]
            continue
        assembly.notes, assembly.faults = notes, faults
        return assembly


def _assemble(architecture: str, base: Any, tokenizer: Tokenizer, code: OwnCode, notes: list[str]) -> Assembly:
    functions = {id: OwnFunction(id, code.choices[id], code, code.part(id)) for id in FUNCTIONS if code.is_own(id)}
    if architecture == GPT:
        built = assemble_gpt(base, code, notes)
        tokenizer = own_tokenizer(tokenizer, code)
    else:
        raise NotImplementedError
    uses = []
    for part in parts_of(architecture):
        exercise = code.choices.get(part.id)
        uses.append(
            PartUse(
                part.id,
                "yours" if exercise else "reference",
                exercise,
                code.files[exercise].passed if exercise else True,
                part.id in built.used or part.id not in built.inside,
            )
        )
        if exercise and not uses[-1].used:
            notes.append(f"Not used: your {lower(part.title)}, because a larger part of yours brings its own.")
    return Assembly(architecture, base, built, tokenizer, code, uses, **functions)


FUNCTIONS = ("sampler", "filter", "softmax", "loss")
