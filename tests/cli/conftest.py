"""Fixtures of the commands' tests: a workspace and settings of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def workspace_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the workspace that commands use; it does not exist yet."""
    monkeypatch.setenv("FROMSCRATCH_WORKSPACE", str(tmp_path / "ws"))
    monkeypatch.setenv("FROMSCRATCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "ws"
