"""Opens the model that is fine-tuned, in float32, with its tokenizer and its file's SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from playground.host.adapter import model_sha256
from playground.host.cached_gpt import CachedGPT, load_model
from playground.host.gpt2_tokenizer import GPT2Tokenizer
from playground.host.tokenizer import Tokenizer
from playground.host.trained_model import load_trained
from playground.model_folder import ModelFolderError
from playground.training.finetune_forward import Backbone, GPTBackbone, LlamaBackbone
from reference.gguf_file import GGUFError
from reference.gpt import GPTModel
from reference.llama import Block, Llama
from reference.llama_gguf import load_llama


class BaseError(Exception):
    """The model cannot be fine-tuned; the message says why."""


@dataclass(frozen=True)
class Base:
    """A model before its fine-tuning, every weight frozen. `path` is its file, or the folder of a trained model.

    `writer` runs the same layers as `model`, with a cache of keys and values.
    """

    name: str
    path: Path
    sha256: str
    model: nn.Module
    writer: Llama | CachedGPT
    backbone: Backbone
    head: nn.Linear
    tokenizer: Tokenizer

    @property
    def context_length(self) -> int:
        return self.writer.cfg.context_length


def open_base(path: Path, vocabulary: Path | None = None) -> Base:
    """Loads a GGUF file of a Llama, the folder of a trained GPT, or GPT-2 with its vocabulary. Raises BaseError."""
    try:
        digest = model_sha256(path)
        if path.is_dir():
            trained = load_trained(path)
            gpt, cfg, name = trained.gpt, trained.config.book_cfg, trained.config.name
            return _gpt_base(name, path, digest, gpt, CachedGPT(gpt, cfg), trained.tokenizer)
        if vocabulary is not None:
            cached, name = load_model(path)
            return _gpt_base(name, path, digest, cached.gpt, cached, GPT2Tokenizer(vocabulary))
        loaded = load_llama(path)
    except ModelFolderError as error:
        raise BaseError(f"The model could not be loaded: {error}") from error
    except (GGUFError, OSError, RuntimeError) as error:  # PyTorch raises RuntimeError for a damaged file
        raise BaseError(f"The model file could not be loaded: {error}") from error
    model = without_fusion(loaded.model).requires_grad_(False)
    return Base(loaded.name, path, digest, model, model, LlamaBackbone(model), model.out_head, loaded.tokenizer)


def _gpt_base(name: str, path: Path, sha256: str, gpt: GPTModel, writer: CachedGPT, tokenizer: Tokenizer) -> Base:
    gpt.requires_grad_(False)
    return Base(name, path, sha256, gpt, writer, GPTBackbone(gpt), gpt.out_head, tokenizer)


def without_fusion(fused: Llama) -> Llama:
    """Returns a Llama with the same weights whose linear layers are all separate modules, as LoRA needs them."""
    with torch.device("meta"):
        model = Llama(fused.cfg, Block)
    model.load_state_dict(fused.state_dict(), strict=True, assign=True)
    return model.eval()
