"""Lists the models and vocabularies on this machine; `playground/installation.py` installs and removes them."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from playground.adapter_folder import WEIGHTS as ADAPTER
from playground.adapter_folder import AdapterError, is_adapter_folder, read_adapter
from playground.catalogue import (
    ASSETS,
    DEFAULT,
    GPT2,
    GPT2_VOCABULARY,
    POCKET,
    SHIPPED,
    SMOLLM2,
    Asset,
    HubModel,
    ShippedModel,
)
from playground.fetch import FetchCancelled, FetchError
from playground.installation import add, asset_folder, asset_named, remove
from playground.model_folder import VOCABULARY, WEIGHTS, ModelFolderError, is_model_folder, read_config

__all__ = [
    "FetchCancelled",
    "FetchError",
    "ModelInfo",
    "add",
    "assets",
    "default_model",
    "gpt2_vocabulary",
    "models",
    "path_of",
    "remove",
    "tokenizer_files",
    "trained_models",
]


@dataclass(frozen=True)
class ModelInfo:
    """A model or vocabulary; `path` is where its file or folder is or will be. Sizes are in bytes.

    `source` says where it is downloaded from. `is_shipped` is true for a model that the program contains, and
    `is_trained` for one that the learner trained, whose name is the path of its folder.
    """

    name: str
    title: str
    description: str
    licence: str
    size_bytes: int
    download_bytes: int
    installed: bool
    path: Path
    source: str = "Python's package index"
    is_shipped: bool = False
    is_trained: bool = False
    example: str = ""  # a prompt to try


def assets() -> list[ModelInfo]:
    """Returns the models that the program contains, and everything that `add` can install, models first."""
    return [*map(_shipped, SHIPPED.values()), *(_info(asset) for asset in ASSETS.values())]


def models() -> list[ModelInfo]:
    """Returns the language models among the assets."""
    return [*map(_shipped, SHIPPED.values()), *(_info(asset) for asset in ASSETS.values() if asset.is_model)]


def trained_models(folder: Path) -> list[ModelInfo]:
    """Returns the models in subfolders of a folder that the learner trained or fine-tuned, newest first.

    Folders that cannot be used are left out, and classifiers, which write no text.
    """
    found: list[tuple[float, ModelInfo] | None] = []
    for path in folder.glob("*/") if folder.is_dir() else ():
        with contextlib.suppress(ModelFolderError, AdapterError, OSError):
            if is_adapter_folder(path):
                found.append(_adapted(path))
            elif is_model_folder(path):
                config = read_config(path)
                loss = "" if config.validation_loss is None else f", validation loss {config.validation_loss:.3f}"
                description = f"A GPT that you trained: {config.steps:,} steps{loss}."
                found.append(_trained(path, config.name, description, path / WEIGHTS))
    return [info for _, info in sorted(filter(None, found), key=lambda pair: -pair[0])]


def _adapted(path: Path) -> tuple[float, ModelInfo] | None:
    """Returns what is known of an adapter with its time, or None for a classifier."""
    config = read_adapter(path)
    if config.method == "classify":
        return None
    loss = "" if config.loss_after is None else f", held-out loss {config.loss_after:.3f}"
    description = f"{config.base.name} that you fine-tuned ({config.method}): {config.steps:,} steps{loss}."
    return _trained(path, f"{config.base.model} + {path.name}", description, path / ADAPTER)


def _trained(path: Path, title: str, description: str, weights: Path) -> tuple[float, ModelInfo]:
    status = weights.stat()
    info = ModelInfo(str(path), title, description, "yours", status.st_size, 0, True, path, is_trained=True)
    return status.st_mtime, info


def default_model() -> str:
    """Returns the name of the model that answers unless another is chosen."""
    return DEFAULT if path_of(DEFAULT) is not None else POCKET.name


def path_of(name: str) -> Path | None:
    """Returns an asset's file or a shipped model's folder, or None if it is not installed.

    Raises FetchError if the name is unknown.
    """
    if name in SHIPPED:
        return SHIPPED[name].folder
    info = _info(asset_named(name))
    return info.path if info.installed else None


def gpt2_vocabulary() -> Path | None:
    """Returns GPT-2's tiktoken file of ranks, or None if it is not installed."""
    return path_of(GPT2_VOCABULARY.name)


def tokenizer_files() -> dict[str, str]:
    """Returns the files of the installed tokenizers by their models' names, for the X-ray."""
    files = {POCKET.name: POCKET.folder / VOCABULARY, GPT2.name: gpt2_vocabulary(), SMOLLM2.name: path_of(SMOLLM2.name)}
    return {name: str(path) for name, path in files.items() if path is not None}


def _shipped(model: ShippedModel) -> ModelInfo:
    weights = model.folder / WEIGHTS
    size = weights.stat().st_size if weights.is_file() else 0
    return ModelInfo(
        model.name, model.title, model.description, model.licence, size, 0, True, model.folder, is_shipped=True,
        example=model.example,
    )  # fmt: skip


def _info(asset: Asset | HubModel) -> ModelInfo:
    path = asset_folder(asset) / asset.file_name
    size = path.stat().st_size if path.is_file() else None
    # a converted model may have any size; its folder is complete, as all are
    installed = size is not None and (isinstance(asset, HubModel) or size == asset.size_bytes)
    return ModelInfo(
        name=asset.name,
        title=asset.title,
        description=asset.description,
        licence=asset.licence,
        size_bytes=size if size is not None and installed else asset.size_bytes,
        download_bytes=asset.download_bytes,
        installed=installed,
        path=path,
        example=asset.example,
        source="huggingface.co" if isinstance(asset, HubModel) else "Python's package index",
    )
