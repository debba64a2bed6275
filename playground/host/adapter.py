"""Applies the weights of a fine-tuning to the model that it was trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from playground.adapter_folder import WEIGHTS, AdapterConfig, AdapterError, read_adapter
from playground.fetch import sha256
from playground.host.tensor_file import DamagedFile, read_checked
from playground.model_folder import WEIGHTS as MODEL_WEIGHTS
from reference.lora import LinearWithLoRA
from reference.lora_merge import merge_lora


def load_adapter(folder: Path) -> tuple[AdapterConfig, dict[str, Tensor]]:
    """Returns the configuration and the tensors of an adapter. Raises AdapterError."""
    config = read_adapter(folder)
    if not (folder / WEIGHTS).exists():
        raise AdapterError(f"{folder} has no {WEIGHTS} yet: its training was stopped before the first checkpoint.")
    try:
        tensors, _ = read_checked(folder / WEIGHTS)
    except DamagedFile as error:
        raise AdapterError(f"The adapter in {folder} cannot be used: {error}.") from error
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise AdapterError(f"The adapter in {folder} cannot be used: some of its numbers are not finite.")
    return config, tensors


def check_base(config: AdapterConfig, folder: Path, model: Path) -> None:
    """Raises AdapterError if the adapter was trained on a different model than the one in this file or folder."""
    if model_sha256(model) != config.base.sha256:
        raise wrong_base(config, folder, model)


def wrong_base(config: AdapterConfig, folder: Path, model: Path) -> AdapterError:
    """Returns the error that an adapter was trained on a different model."""
    return AdapterError(
        f"The adapter in {folder} was trained on a different model than {model.name}: on {config.base.name} "
        f"({config.base.model}), whose file has the SHA-256 {config.base.sha256[:12]}…."
    )


def model_sha256(path: Path) -> str:
    """Returns the checksum of a model's file, or of the weights in its folder. Raises OSError."""
    return sha256(path / MODEL_WEIGHTS if path.is_dir() else path)


def changed_weights(
    config: AdapterConfig, tensors: dict[str, Tensor], weight: Callable[[str], Tensor]
) -> dict[str, Tensor]:
    """Returns the weights that differ from the base model's, by name; `weight` returns one of these.

    Raises AdapterError if they do not fit the model.
    """
    if config.method == "classify":
        raise AdapterError(
            f"This is a classifier for {', '.join(config.labels)}, which writes no text. "
            "Use `fromscratch finetune classify --try TEXT --out DIR`."
        )
    changed: dict[str, Tensor] = {}
    try:
        if config.method == "lora":
            for name in [name.removesuffix(".A") for name in tensors if name.endswith(".A")]:
                base = weight(f"{name}.weight")
                A, B = tensors[f"{name}.A"], tensors[f"{name}.B"]
                changed[f"{name}.weight"] = merged_weight(base, A, B, config.scale)
        else:
            changed = dict(tensors)
            for name, tensor in tensors.items():
                if weight(name).shape != tensor.shape:
                    raise ValueError(f"{name} has the shape {tuple(tensor.shape)}")
    except (AttributeError, KeyError, ValueError, RuntimeError) as error:
        raise AdapterError(f"The adapter does not fit the model: {error}.") from error
    return changed


@torch.no_grad()
def apply_adapter(model: nn.Module, folder: Path, model_path: Path) -> AdapterConfig:
    """Changes a model's weights in place, so that it is as fast as before. Raises AdapterError."""
    config, tensors = load_adapter(folder)
    check_base(config, folder, model_path)
    for name, tensor in changed_weights(config, tensors, model.get_parameter).items():
        model.get_parameter(name).copy_(tensor)  # in place, because fused layers share the memory
    return config


def merged_weight(weight: Tensor, A: Tensor, B: Tensor, scale: float) -> Tensor:
    """Returns the weight (out, in) of a linear layer with its change merged, by the course's own merge."""
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    linear.weight = nn.Parameter(weight.clone(), requires_grad=False)
    layer = LinearWithLoRA(linear, A.shape[1], scale)
    layer.lora.A, layer.lora.B = nn.Parameter(A.clone()), nn.Parameter(B.clone())
    holder = nn.Module()
    holder.add_module("layer", layer)
    merge_lora(holder)
    assert isinstance(holder.layer, nn.Linear)
    return holder.layer.weight.detach()
