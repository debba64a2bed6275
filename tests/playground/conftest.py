"""A tiny model in a file; a data folder, a pip and an index of the test's own."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wheels import TINY, Index, other, serve, write_wheel

from playground import catalogue
from playground.catalogue import Asset
from reference.llama_gguf import LoadedLlama, load_llama

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from llama_files import write_gguf


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
    """An empty folder in place of the platform's data folder."""
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def pip_of_our_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """pip without the machine's settings, and without an index until a test names one."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setitem(catalogue.ASSETS, "tiny", TINY)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Asset]:
    """Replaces the tiny asset by one with other fields."""

    def set_to(**changes: object) -> Asset:
        asset = other(**changes)
        monkeypatch.setitem(catalogue.ASSETS, "tiny", asset)
        return asset

    return set_to


@pytest.fixture
def wheel(pip_of_our_own: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny wheel, in a folder that pip finds it in."""
    path = write_wheel(tmp_path / "wheels")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


@pytest.fixture
def index(pip_of_our_own: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that sends half of the wheel and then next to nothing until told to go on."""
    monkeypatch.delenv("PIP_NO_INDEX")
    with serve(write_wheel(tmp_path / "served")) as running:
        monkeypatch.setenv("PIP_INDEX_URL", running.url)
        yield running
