"""Prepares a fine-tuning: the examples as token ids, and the weights that are trained."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from playground.finetune_recipe import FinetuneRecipe
from playground.training.finetune_base import Base
from playground.training.finetune_data import (
    Instruction,
    read_instructions,
    read_messages,
    split_instructions,
    split_messages,
)
from playground.training.finetune_examples import (
    Example,
    common_prefix,
    instruction_examples,
    message_examples,
    require,
)
from playground.training.finetune_forward import ExampleModel
from playground.training.finetune_lora import LoRALayers
from playground.training.finetune_parts import LoRAParts


@dataclass
class Examples:
    """The examples of a fine-tuning. `asked` are held-out instructions whose answers are compared."""

    training: list[Example]
    held_out: list[Example]
    labels: list[str]
    asked: list[Instruction]

    @property
    def checksum(self) -> str:
        """Identifies the examples, so that a training continues with the same ones only."""
        return hashlib.sha256(repr((self.training, self.held_out, self.labels)).encode()).hexdigest()


@dataclass
class Tuned:
    """The trained weights: `parameters` by name, run on examples by `model`, whose states `head` turns into logits."""

    model: ExampleModel
    head: nn.Linear
    parameters: dict[str, nn.Parameter]
    first: int
    lora: LoRALayers | None = None


def read_examples(recipe: FinetuneRecipe, base: Base, notify: Callable[[str], None]) -> Examples:
    """Reads and splits the data, and converts them to ids. Raises DataError."""
    path = Path(recipe.data) if recipe.data else None
    length = min(recipe.max_length, base.context_length)
    if recipe.method == "classify":
        messages = read_messages(path)
        labels = sorted({message.label for message in messages})
        training, held_out = split_messages(messages, recipe.seed)
        trained = message_examples(training, labels, base.tokenizer, length)
        tested = message_examples(held_out, labels, base.tokenizer, length, len(trained))
        return Examples(trained, tested, labels, [])
    entries, rest = split_instructions(read_instructions(path), recipe.seed)
    trained = require(instruction_examples(entries, base.tokenizer, length), len(entries), length, notify)
    tested = require(instruction_examples(rest, base.tokenizer, length, len(entries)), len(rest), length, notify)
    return Examples(trained, tested, [], rest[: recipe.answers])


def prepare_weights(recipe: FinetuneRecipe, base: Base, examples: Examples, parts: LoRAParts) -> Tuned:
    """Adds LoRA layers or a head where the method has them, and makes trainable what it trains. Raises LoRAError."""
    blocks = base.backbone.blocks
    first = max(0, len(blocks) - recipe.blocks) if recipe.blocks is not None else 0
    prefix = examples.training[0].ids[: common_prefix(examples.training + examples.held_out)]
    model = ExampleModel(base.backbone, first, prefix)
    torch.manual_seed(recipe.seed)
    if recipe.method == "lora":
        lora = LoRALayers(blocks, base.backbone.root, first, recipe.targets, recipe.rank, recipe.alpha, parts)
        return Tuned(model, base.head, lora.parameters(), first, lora)
    if first == 0 and recipe.method == "instruct":
        base.model.requires_grad_(True)
    for module in (*blocks[first:], base.backbone.final_norm):
        module.requires_grad_(True)
    parameters = {name: p for name, p in base.model.named_parameters() if p.requires_grad}
    if recipe.method == "instruct":
        return Tuned(model, base.head, parameters, first)
    head = nn.Linear(base.head.in_features, len(examples.labels))  # trainable (book, section 6.5)
    parameters |= {f"head.{name}": p for name, p in head.named_parameters()}
    return Tuned(model, head, parameters, first)
