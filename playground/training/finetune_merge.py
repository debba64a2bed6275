"""Compares a model with LoRA layers with the same model after their merge."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from playground.finetune_messages import MergeCheck
from playground.training.finetune_lora import LoRALayers
from playground.training.finetune_parts import LoRAError

TOLERANCE = 1e-4  # of the largest logit; float32 has 7 digits, and the sums are added in a different order


def check_merge(lora: LoRALayers, logits: Callable[[], Tensor], step: int) -> MergeCheck:
    """Merges the layers and returns by how much the logits change. Their weights are in the model afterwards."""
    unmerged = logits()
    largest = float(unmerged.abs().max())
    try:
        lora.merge()
    except LoRAError as error:
        return MergeCheck(step, 0.0, largest, TOLERANCE, False, str(error))
    difference = float((logits() - unmerged).abs().max())
    return MergeCheck(step, difference, largest, TOLERANCE, difference <= TOLERANCE * largest)
