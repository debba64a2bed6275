"""Opens a model: loads its file, its tokenizer and the chosen parts."""

import os
from collections.abc import Iterator
from pathlib import Path

import torch

from playground.adapter_folder import AdapterError
from playground.host import fast_llama
from playground.host.adapted_gguf import AdaptedGGUF
from playground.host.adapter import apply_adapter
from playground.host.assembly import assemble
from playground.host.cached_gpt import CachedGPT, load_model
from playground.host.fast_llama import FastLlama
from playground.host.gpt2_tokenizer import GPT2Tokenizer
from playground.host.host import Host, LoadedModel
from playground.host.host_error import HostError
from playground.host.tokenizer import Tokenizer
from playground.host.trained_model import load_trained
from playground.messages import Open, Opened
from playground.model_folder import WEIGHTS, ModelFolderError
from reference.gguf_file import GGUFError, GGUFFile
from reference.llama import Llama

MAX_THREADS = 4


def open_model(host: Host, request: Open) -> Iterator[Opened]:
    """Loads the model with the chosen parts into `host.loaded`. Raises HostError."""
    # One core stays free, because all threads wait for one that has lost its core.
    torch.set_num_threads(request.threads or max(1, min(MAX_THREADS, (os.cpu_count() or 1) - 1)))
    vocabulary = Path(request.vocabulary) if request.vocabulary else None
    adapter = Path(request.adapter) if request.adapter else None
    model, tokenizer, name, file = _load(Path(request.model), vocabulary, request.exact, adapter)
    host.check()
    reference = assemble(model, tokenizer, {}, [], file)
    assembly = assemble(model, tokenizer, request.choices, request.files, file) if request.choices else reference
    host.loaded = LoadedModel(name, reference, assembly, request.tokenizer_files)
    length = assembly.runner.model.cfg.context_length
    chats = tokenizer.chat_template is not None
    notes = [] if chats else ["This model has no chat template, so it continues your text."]
    yield Opened(request.request, name, length, assembly.uses, notes + assembly.notes, assembly.faults, chats)


def _load(
    path: Path, vocabulary: Path | None, exact: bool, adapter: Path | None
) -> tuple[CachedGPT | FastLlama | Llama, Tokenizer, str, Path | GGUFFile]:
    """Returns the model, its tokenizer, its name, and its file."""
    suffix = f" + {adapter.name}" if adapter is not None else ""
    try:
        if path.is_dir():
            trained = load_trained(path)
            if adapter is not None:
                apply_adapter(trained.gpt, adapter, path / WEIGHTS)
            gpt = CachedGPT(trained.gpt, trained.config.book_cfg)
            return gpt, trained.tokenizer, trained.config.name + suffix, path
        if vocabulary is not None:
            model, name = load_model(path)
            if adapter is not None:
                apply_adapter(model.gpt, adapter, path)
            return model, GPT2Tokenizer(vocabulary), name + suffix, path
        file = AdaptedGGUF(path, adapter) if adapter is not None else GGUFFile(path)
        llama, tokenizer, name = fast_llama.load(file, exact)
        return llama, tokenizer, name + suffix, file
    except AdapterError as error:
        raise HostError(str(error)) from error
    except ModelFolderError as error:
        raise HostError(f"The model could not be loaded: {error}") from error
    except (GGUFError, OSError, RuntimeError) as error:  # PyTorch raises RuntimeError for a damaged file
        raise HostError(f"The model file could not be loaded: {error}") from error
