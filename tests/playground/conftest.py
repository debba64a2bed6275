"""Fixtures of the playground's tests: a tiny model, a data folder, an isolated pip, a wheel and a package index."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from playground import catalogue
from playground.catalogue import Asset
from reference.llama_gguf import LoadedLlama, load_llama
from tests.support.tiny_llama import write_gguf
from tests.support.wheels import TINY, Index, changed_asset, serve, write_wheel


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF file of a random model with 96 tokens of context."""
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="session")
def loaded(tiny: Path) -> LoadedLlama:
    """The tiny model, loaded."""
    return load_llama(tiny)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that replaces the platform's data folder."""
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def isolated_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Removes the machine's pip settings; pip has no index until a test sets one."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setitem(catalogue.ASSETS, "tiny", TINY)


@pytest.fixture
def change_asset(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Asset]:
    """A function that changes fields of the tiny asset."""

    def change(**fields: object) -> Asset:
        asset = changed_asset(**fields)
        monkeypatch.setitem(catalogue.ASSETS, "tiny", asset)
        return asset

    return change


@pytest.fixture
def wheel(isolated_pip: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny asset's wheel in a folder where pip finds it."""
    path = write_wheel(tmp_path / "wheels")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


@pytest.fixture
def index(isolated_pip: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """A package index that sends half of the wheel, and the rest byte by byte until `resume` is set."""
    monkeypatch.delenv("PIP_NO_INDEX")
    with serve(write_wheel(tmp_path / "served")) as running:
        monkeypatch.setenv("PIP_INDEX_URL", running.url)
        yield running
