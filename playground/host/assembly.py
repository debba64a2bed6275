"""Puts an open model together from the reference's parts and the learner's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.host.assembly_gpt import assemble_gpt
from playground.host.assembly_llama import assemble_llama
from playground.host.cached_gpt import CachedGPT
from playground.host.model_runners import BuiltModel, Runner
from playground.host.own_code import OwnCode, PartError
from playground.host.own_tokenizer import own_tokenizer
from playground.host.tokenizer import Tokenizer
from playground.messages import LearnerFile, PartFault, PartUse
from playground.parts_catalogue import GPT, LLAMA, REFERENCE, parts_of
from reference.gguf_file import GGUFFile

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
    model_file: Path | GGUFFile | None = None
    wanted: dict[str, str] = field(default_factory=dict)  # the choices that were asked for
    files: list[LearnerFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[PartFault] = field(default_factory=list)

    @property
    def runner(self) -> Runner:
        return self.built.runner

    def yours(self) -> list[str]:
        """The ids of the learner's parts in use."""
        return [use.id for use in self.uses if use.owner == "yours" and use.used]


def architecture_of_model(model: Any) -> str:
    return GPT if isinstance(model, CachedGPT) else LLAMA


def assemble(
    base: Any,
    tokenizer: Tokenizer,
    choices: Mapping[str, str],
    files: Sequence[LearnerFile],
    model_file: Path | GGUFFile | None = None,
) -> Assembly:
    """Returns the model with the chosen parts. A part that cannot be used becomes a fault, and the reference's is used.

    `base` is the model with the reference's parts, a CachedGPT or a Llama, which is not changed; `model_file` is its
    file, from which a Llama's parts read their weights.
    """
    architecture = architecture_of_model(base)
    wanted = {id: exercise for id, exercise in choices.items() if exercise != REFERENCE}
    faults: list[PartFault] = []
    while True:
        code = OwnCode(architecture, wanted, files)
        notes: list[str] = []
        try:
            assembly = _assemble(base, tokenizer, code, notes, model_file)
        except PartError as error:
            code.close()
            if error.part not in wanted:
                raise
            faults.append(PartFault(error.part, f"{error} {INSTEAD}"))
            del wanted[error.part]
            continue
        assembly.notes, assembly.faults, assembly.model_file = notes, faults, model_file
        assembly.wanted, assembly.files = dict(choices), list(files)
        return assembly


def _assemble(
    base: Any, tokenizer: Tokenizer, code: OwnCode, notes: list[str], model_file: Path | GGUFFile | None
) -> Assembly:
    architecture = architecture_of_model(base)
    if architecture == GPT:
        built = assemble_gpt(base, code, notes)
        tokenizer = own_tokenizer(tokenizer, code)
    else:
        built = assemble_llama(base, code, notes, model_file)
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
            notes.append(f"Not used: your {part.name}, because a larger part of yours brings its own.")
    return Assembly(architecture, base, built, tokenizer, code, uses, **_functions(code))


def _functions(code: OwnCode) -> dict[str, Any]:
    """Returns the learner's functions among the chosen parts by the attributes of Assembly."""
    ids = ("sampler", "filter", "softmax", "loss")
    return {id: OwnFunction(id, code.choices[id], code, code.part(id)) for id in ids if code.is_own(id)}
