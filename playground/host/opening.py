"""Opens a model: loads its file, its tokenizer and the learner's parts."""

import os
from collections.abc import Iterator
from pathlib import Path

import torch

from playground.host import fast_llama
from playground.host.cached_gpt import load_model
from playground.host.cached_model import CachedModel
from playground.host.gpt2_tokenizer import GPT2Tokenizer
from playground.host.host import Host, LoadedModel
from playground.host.host_error import HostError
from playground.host.learner_parts import load_learner_parts
from playground.host.tokenizer import Tokenizer
from playground.messages import Open, Opened
from reference.gguf_file import GGUFError

MAX_THREADS = 4


def open_model(host: Host, request: Open) -> Iterator[Opened]:
    """Loads the model and the learner's parts into `host.loaded`. Raises HostError."""
    # One core stays free, because all threads wait for one that has lost its core.
    torch.set_num_threads(request.threads or max(1, min(MAX_THREADS, (os.cpu_count() or 1) - 1)))
    vocabulary = Path(request.vocabulary) if request.vocabulary else None
    cached, tokenizer, name = _load(Path(request.model), vocabulary, request.exact)
    host.check()
    passed = [(exercise, Path(path)) for exercise, path in request.passed]
    parts = load_learner_parts(passed, Path(request.workspace) if request.workspace else None)
    host.loaded = LoadedModel(name, cached, tokenizer, parts)
    yield Opened(request.request, name, cached.model.cfg.context_length, parts.owners(), parts.notes)


def _load(path: Path, vocabulary: Path | None, exact: bool) -> tuple[CachedModel, Tokenizer, str]:
    try:
        if vocabulary is not None:
            model, name = load_model(path)
            return CachedModel(model), GPT2Tokenizer(vocabulary), name
        llama, tokenizer, name = fast_llama.load(path, exact)
    except (GGUFError, OSError, RuntimeError) as error:  # PyTorch raises RuntimeError for a damaged file
        raise HostError(f"The model file could not be loaded: {error}") from error
    return CachedModel(llama), tokenizer, name
