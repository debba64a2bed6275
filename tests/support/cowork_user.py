"""A user of `fromscratch cowork`, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.support.command_line import invoke


class User:
    """A user with a data folder of their own."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.monkeypatch = home, monkeypatch

    def __call__(self, *words: str, keys: str = "", code: int = 0) -> Result:
        self.monkeypatch.setenv("FROMSCRATCH_DATA", str(self.home))
        result = invoke("--workspace", self.home / "ws", *words, input=keys)
        assert result.exit_code == code, (words, result.output, result.exception)
        return result

    def cowork(self, *words: str, keys: str = "", code: int = 0) -> str:
        return self("cowork", *words, keys=keys, code=code).output

    def data(self, *words: str, code: int = 0) -> dict[str, Any]:
        data = json.loads(self("cowork", *words, "--json", code=code).stdout)
        assert data["version"] == 1
        return dict(data)
