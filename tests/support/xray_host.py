"""A host with a small model, for tests of the X-ray's handlers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from playground import store
from playground.byte_bpe import ByteBPE
from playground.host.assembly import assemble
from playground.host.cached_gpt import CachedGPT
from playground.host.host import LoadedModel
from playground.host.trained_model import load_trained
from tests.support.trained_folder import write_trained_folder

IDS = [5, 99, 40, 12, 77, 12, 5]


def host_of(model: Any, tokenizer: Any, choices: dict[str, str] | None = None, files: Any = ()) -> Any:
    """Returns what the handlers use of a Host; `sent` are the events that they sent themselves."""
    sent: list[Any] = []
    assembly = assemble(model, tokenizer, choices or {}, files)
    loaded = LoadedModel("small", assembly, assembly, store.tokenizer_files())
    return SimpleNamespace(loaded=loaded, check=lambda: None, send=sent.append, sent=sent)


def small_gpt(folder: Path) -> tuple[CachedGPT, ByteBPE]:
    """Returns a GPT with 2 blocks of 3 heads, whose weights are so large that heads differ, and its tokenizer."""
    trained = load_trained(write_trained_folder(folder))
    with torch.no_grad():
        for parameter in trained.gpt.trf_blocks.parameters():
            parameter.mul_(2 if parameter.dim() == 2 else 1)
    return CachedGPT(trained.gpt, trained.config.book_cfg), trained.tokenizer
