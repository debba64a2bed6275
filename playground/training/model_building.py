"""Builds the model of a training from the recipe: from the reference's parts, or also from the learner's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from torch import nn

from playground.host.assembly_gpt import assemble_gpt
from playground.host.cached_gpt import CachedGPT
from playground.host.own_code import OwnCode
from playground.host.part_adapter import Adapter
from playground.messages import LearnerFile
from playground.model_folder import Sizes
from playground.parts_catalogue import BY_ID, GPT
from playground.training.fused_gpt import FUSED, fuse, initialize
from playground.training_recipe import TRAINABLE, Recipe, trainable
from reference.gpt import GPTModel


@dataclass(frozen=True)
class TrainedModel:
    """`model` is trained; `base`, the reference's GPTModel, shares its weights, under the names of the book.

    `parts` are (part, "yours" or "reference").
    """

    model: nn.Module
    base: GPTModel
    sizes: Sizes
    parts: list[tuple[str, str]]
    notes: list[str]


def build_model(
    recipe: Recipe, vocab_size: int, choices: Mapping[str, str] | None = None, files: Sequence[LearnerFile] = ()
) -> TrainedModel:
    """Returns the model with random weights. `choices` maps parts to the exercises whose `files` supply them.

    Raises PartError if a part of the learner's cannot be used.
    """
    sizes = msgspec.convert({**recipe.cfg, "vocab_size": vocab_size}, Sizes)
    base = GPTModel(msgspec.structs.asdict(sizes))
    initialize(base)
    own = trainable(choices or {})
    if not own:
        fuse(base)
        return TrainedModel(base, base, sizes, [("model", "reference")], [])
    code = OwnCode(GPT, own, files)
    notes: list[str] = []
    built = assemble_gpt(CachedGPT(base, msgspec.structs.asdict(sizes)), code, notes)
    model = built.full()
    _share_weights(model, base)
    for part, exercise in own.items():
        if (supplier := BY_ID[part].supplier(exercise)) is not None and supplier.alters:
            notes.append(f"The model is trained with it: use it with `--part {part}={exercise}`, too.")
    # the reference's classes in this model are copies, which use the learner's parts, or these themselves
    copies = {code.reference(f"{kind.__module__}:{kind.__name__}"): fused for kind, fused in FUSED.items()}
    fuse(
        model,
        {kind: fused for kind, fused in copies.items() if code.owner(kind) is None and not issubclass(kind, Adapter)},
    )
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = recipe.drop_rate
    parts = [(part, "yours" if code.is_own(part) else "reference") for part in TRAINABLE]
    return TrainedModel(model, base, sizes, parts, notes)


def _share_weights(model: nn.Module, base: GPTModel) -> None:
    """Makes the weights of `base` views of the model's where an adapter has joined them into others."""
    for path, module in model.named_modules():
        if isinstance(module, Adapter):
            for name, weight in module.part_weights().items():
                base.get_parameter(f"{path}.{name}").data = weight
