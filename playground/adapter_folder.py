"""The folder of a fine-tuned model: the trained weights, without those of the model that they change.

    config.json            what was trained, and on which model
    adapter.safetensors    A and B of LoRA layers, or the trained weights themselves

`playground/training/checkpoints.py` describes the others. Imports no torch; `playground/host/adapter.py` reads the
weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from playground.config_file import CONFIG, read_config_file, write_config_file
from playground.finetune_recipe import Method

FORMAT = 1
WEIGHTS = "adapter.safetensors"


class AdapterError(ValueError):
    """The folder of an adapter cannot be used; the message says why."""


class BaseModel(msgspec.Struct):
    """The model that was fine-tuned. `path` is where its file was, and `sha256` the file's checksum."""

    model: str
    name: str
    path: str
    sha256: str


class AdapterConfig(msgspec.Struct, kw_only=True):
    """The content of config.json. `scale` is the factor of A B, which is alpha unless a learner's layer divides it.

    `targets` are the adapted layers of each block from `first_block` on. `labels` are a classifier's. Losses are in
    nats a token, accuracies fractions; those "before" are of the model as it was.
    """

    kind: Literal["adapter"]
    method: Method
    base: BaseModel
    format: int = FORMAT
    rank: Annotated[int, msgspec.Meta(ge=1)] = 1
    alpha: float = 1.0
    scale: float = 1.0
    targets: list[str] = []
    first_block: int = 0
    labels: list[str] = []
    max_length: int = 256
    recipe: dict[str, Any] = {}
    steps: int = 0
    seconds: float = 0.0
    loss_before: float | None = None
    loss_after: float | None = None
    accuracy_before: float | None = None
    accuracy_after: float | None = None


def is_adapter_folder(folder: Path) -> bool:
    """Returns whether the folder has the configuration of an adapter; `read_adapter` says whether it can be used."""
    try:
        return msgspec.json.decode((folder / CONFIG).read_bytes(), type=_Kind).kind == "adapter"
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return False


def read_adapter(folder: Path) -> AdapterConfig:
    """Reads and checks a folder's config.json. Raises AdapterError."""
    return read_config_file(folder, AdapterConfig, FORMAT, AdapterError, "fine-tuning")


def write_adapter(folder: Path, config: AdapterConfig) -> None:
    """Writes config.json, complete or not at all. Raises OSError."""
    write_config_file(folder, config)


def base_and_adapter(model: str, adapter: Path | None) -> tuple[str, Path | None]:
    """Returns the model to open and the folder of the adapter that changes it, or None.

    If `model` is the folder of an adapter, or `adapter` is given without a model (""), the model is the one that the
    adapter was trained on. Raises AdapterError.
    """
    if adapter is None and is_adapter_folder(Path(model)):
        model, adapter = "", Path(model)
    if adapter is None:
        return model, None
    folder = adapter.expanduser().absolute()
    return model or read_adapter(folder).base.model, folder


class _Kind(msgspec.Struct):
    kind: str = ""
