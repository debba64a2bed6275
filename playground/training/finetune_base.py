"""Opens the model that is fine-tuned, in float32, with its tokenizer and its file's SHA-256."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from playground.host.adapter import model_sha256
from playground.host.cached_gpt import load_model
from playground.host.gpt2_tokenizer import GPT2Tokenizer
from playground.host.tokenizer import Tokenizer
from playground.host.trained_model import load_trained
from playground.model_folder import ModelFolderError
from playground.training.finetune_forward import Backbone, GPTBackbone, LlamaBackbone
from reference.gguf_file import GGUFError
from reference.gpt import GPTModel
from reference.llama import Block, KVCache, Llama
from reference.llama_gguf import load_llama


class BaseError(Exception):
    """The model cannot be fine-tuned; the message says why."""


NextLogits = Callable[[Sequence[int]], Tensor]  # the ids that continue a text -> the logits (V) of the next token


@dataclass(frozen=True)
class Base:
    """A model before its fine-tuning, every weight frozen. `path` is its file, or the folder of a trained model.

    `begin_text` returns a function that is called with each new part of a text, the first one with the prompt. It
    computes with the layers of `model` as they are then.
    """

    name: str
    path: Path
    sha256: str
    model: nn.Module
    backbone: Backbone
    head: nn.Linear
    tokenizer: Tokenizer
    context_length: int
    begin_text: Callable[[], NextLogits]


def open_base(path: Path, vocabulary: Path | None = None) -> Base:
    """Loads a GGUF file of a Llama, the folder of a trained GPT, or GPT-2 with its vocabulary. Raises BaseError."""
    try:
        digest = model_sha256(path)
        if path.is_dir():
            trained = load_trained(path)
            length = trained.config.cfg.context_length
            return _gpt_base(trained.config.name, path, digest, trained.gpt, trained.tokenizer, length)
        if vocabulary is not None:
            cached, name = load_model(path)
            length = cached.cfg.context_length
            return _gpt_base(name, path, digest, cached.gpt, GPT2Tokenizer(vocabulary), length)
        loaded = load_llama(path)
    except ModelFolderError as error:
        raise BaseError(f"The model could not be loaded: {error}") from error
    except (GGUFError, OSError, RuntimeError) as error:  # PyTorch raises RuntimeError for a damaged file
        raise BaseError(f"The model file could not be loaded: {error}") from error
    model = without_fusion(loaded.model).requires_grad_(False)

    def begin_text() -> NextLogits:
        cache = KVCache(model.cfg)
        return lambda ids: model(torch.tensor([ids]), cache, last_only=True)[0, -1]

    return Base(
        loaded.name, path, digest, model, LlamaBackbone(model), model.out_head, loaded.tokenizer,
        model.cfg.context_length, begin_text,
    )  # fmt: skip


def _gpt_base(name: str, path: Path, sha256: str, gpt: GPTModel, tokenizer: Tokenizer, context_length: int) -> Base:
    gpt.requires_grad_(False)

    def begin_text() -> NextLogits:
        text: list[int] = []  # a CachedGPT would not run LoRA layers, because it has the weights of their linear layers

        def next_logits(ids: Sequence[int]) -> Tensor:
            text.extend(ids)
            logits: Tensor = gpt(torch.tensor([text]))
            return logits[0, -1]

        return next_logits

    return Base(name, path, sha256, gpt, GPTBackbone(gpt), gpt.out_head, tokenizer, context_length, begin_text)


def without_fusion(fused: Llama) -> Llama:
    """Returns a Llama with the same weights whose linear layers are all separate modules, as LoRA needs them."""
    with torch.device("meta"):
        model = Llama(fused.cfg, Block)
    model.load_state_dict(fused.state_dict(), strict=True, assign=True)
    return model.eval()
