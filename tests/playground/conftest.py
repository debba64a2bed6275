"""A tiny model in a file, and a place of the test's own for fetched files."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from llama_files import write_gguf


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF file of a random model with 96 tokens of context."""
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the platform's data folder."""
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"
