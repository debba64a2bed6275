"""Loads the folder of a model that `fromscratch train` wrote, such as pocket's."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from playground.byte_bpe import ByteBPE, VocabularyError
from playground.host.cached_gpt import gpt_with
from playground.model_folder import WEIGHTS, ModelConfig, ModelFolderError, read_config
from reference.gpt import GPTModel
from reference.safetensors_file import SafetensorsError, read_safetensors


@dataclass(frozen=True)
class TrainedModel:
    """A model in float32 and evaluation mode, with its tokenizer."""

    config: ModelConfig
    gpt: GPTModel
    tokenizer: ByteBPE


def load_trained(folder: Path) -> TrainedModel:
    """Loads a model's folder. Raises ModelFolderError, whose message says which file is wrong and how."""
    config = read_config(folder)
    try:
        tokenizer = ByteBPE.load(folder / config.vocabulary)
        weights = read_safetensors(folder / WEIGHTS)
    except (VocabularyError, SafetensorsError) as error:
        raise ModelFolderError(f"{folder}: {str(error).removesuffix('.')}.") from error
    except OSError as error:
        raise ModelFolderError(f"{error.filename} cannot be read: {error.strerror or error}.") from error
    if tokenizer.vocab_size != config.cfg.vocab_size:
        raise ModelFolderError(
            f"{folder / config.vocabulary} has {tokenizer.vocab_size:,} tokens, but the model of {folder.name} has "
            f"{config.cfg.vocab_size:,}: they do not belong together."
        )
    weights = {name: tensor for name, tensor in weights.items() if not name.endswith(".mask")}
    if problem := _problem(config, weights):
        raise ModelFolderError(f"{folder / WEIGHTS} {problem}.")
    gpt = gpt_with(config.book_cfg, {name: tensor.float() for name, tensor in weights.items()})
    return TrainedModel(config, gpt, tokenizer)


def _problem(config: ModelConfig, weights: dict[str, Tensor]) -> str | None:
    """Returns what is wrong with the weights, or None if they are those of the configuration's model."""
    with torch.device("meta"):
        expected = GPTModel(config.book_cfg).state_dict()
    shapes = {name: tuple(tensor.shape) for name, tensor in expected.items() if not name.endswith(".mask")}
    if missing := [name for name in shapes if name not in weights]:
        return f"lacks {missing[0]}{_and_more(missing)}"
    if unknown := [name for name in weights if name not in shapes]:
        return f"has the unknown weights {unknown[0]}{_and_more(unknown)}"
    for name, shape in shapes.items():
        if tuple(weights[name].shape) != shape:
            return f"has {name} with the shape {tuple(weights[name].shape)}; config.json asks for {shape}"
        if not torch.isfinite(weights[name]).all():
            return f"is damaged: {name} has numbers that are not finite"
    return None


def _and_more(names: list[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
