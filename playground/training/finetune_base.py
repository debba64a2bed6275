"""Opens the model that is fine-tuned, in float32, with its tokenizer and its file's SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from playground.fetch import sha256
from playground.host.tokenizer import Tokenizer
from playground.training.finetune_forward import Backbone, LlamaBackbone
from reference.gguf_file import GGUFError
from reference.llama import Block, Llama
from reference.llama_gguf import load_llama


class BaseError(Exception):
    """The model cannot be fine-tuned; the message says why."""


@dataclass(frozen=True)
class Base:
    """A model before its fine-tuning. `path` is its file, or the folder of a trained model."""

    name: str
    path: Path
    sha256: str
    model: nn.Module
    backbone: Backbone
    head: nn.Linear
    tokenizer: Tokenizer
    context_length: int


def open_base(path: Path) -> Base:
    """Loads a GGUF file of a Llama, every weight frozen. Raises BaseError."""
    try:
        loaded = load_llama(path)
        digest = sha256(path)
    except (GGUFError, OSError, RuntimeError) as error:
        raise BaseError(f"The model file could not be loaded: {error}") from error
    model = without_fusion(loaded.model)
    model.requires_grad_(False)
    return Base(
        loaded.name, path, digest, model, LlamaBackbone(model), model.out_head, loaded.tokenizer,
        model.cfg.context_length,
    )  # fmt: skip


def without_fusion(fused: Llama) -> Llama:
    """Returns a Llama with the same weights whose linear layers are all separate modules, as LoRA needs them."""
    with torch.device("meta"):
        model = Llama(fused.cfg, Block)
    model.load_state_dict(fused.state_dict(), strict=True, assign=True)
    return model.eval()
