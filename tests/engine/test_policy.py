"""Tests of the paths that a sandboxed process can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.sandbox import policy


def test_folders_around_a_hidden_one_are_readable(tmp_path: Path) -> None:
    for name in ("a/b/hidden", "a/b/open", "a/other", "c"):
        (tmp_path / name).mkdir(parents=True)
    visible = set(policy._without(tmp_path, {tmp_path / "a/b/hidden"}))
    assert visible == {tmp_path / "a/b/open", tmp_path / "a/other", tmp_path / "c"}


def test_a_symbolic_link_does_not_expose_what_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real/hidden").mkdir(parents=True)
    (tmp_path / "real/open").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    monkeypatch.syspath_prepend(str(tmp_path / "alias"))
    readable = set(policy.readable_paths((tmp_path / "real/hidden",)))
    assert tmp_path / "real/open" in readable
    assert not {tmp_path / "real", tmp_path / "alias", tmp_path / "real/hidden"} & readable
