"""Settings are stored atomically, and an invalid file is replaced by the defaults."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learner.settings import Settings, SettingsError, load_settings, save_settings, settings_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_without_a_file_the_defaults_are_used(path: Path) -> None:
    loaded = load_settings(path)
    assert loaded.settings == Settings() and loaded.message is None
    assert not path.exists()


words = st.none() | st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theme=words, editor=words, start=st.none() | st.just("2025-03"))
def test_settings_are_stored(path: Path, theme: str | None, editor: str | None, start: str | None) -> None:
    chosen = Settings(theme=theme, editor=editor, start=start, audience="all")
    save_settings(chosen, path)
    assert load_settings(path).settings == chosen
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


def test_a_single_setting_can_be_changed(path: Path) -> None:
    save_settings(msgspec.structs.replace(load_settings(path).settings, theme="nord"), path)
    save_settings(msgspec.structs.replace(load_settings(path).settings, editor="vim"), path)
    assert load_settings(path).settings == Settings(theme="nord", editor="vim")


BROKEN = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"theme": 3}',
    b'{"start": "soon"}',
    b'{"audience": "pros"}',
    b"null",
]


@pytest.mark.parametrize("content", BROKEN)
def test_an_invalid_file_is_renamed(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    (renamed,) = path.parent.iterdir()
    assert renamed.read_bytes() == content
    assert loaded.message is not None and renamed.name in loaded.message
    assert load_settings(path).message is None


def test_settings_of_a_newer_version_are_ignored(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"theme": "nord", "colour-of-the-moon": 3}')
    assert load_settings(path).settings == Settings(theme="nord")


def test_a_folder_at_the_path_produces_a_message(path: Path) -> None:
    path.mkdir(parents=True)
    loaded = load_settings(path)
    assert loaded.settings == Settings() and loaded.message is not None and "folder" in loaded.message
    with pytest.raises(SettingsError, match="could not be stored"):
        save_settings(Settings(), path)


def test_settings_that_cannot_be_stored_raise_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="Move it away"):
        save_settings(Settings(theme="nord"), tmp_path / "file" / "settings.json")


def test_the_start_must_be_a_month() -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        Settings(start="March")


def test_the_environment_variable_selects_the_folder(tmp_path: Path) -> None:
    assert settings_path({"FROMSCRATCH_CONFIG": str(tmp_path)}) == tmp_path / "settings.json"
    usual = settings_path({})
    assert usual.name == "settings.json" and os.fspath(usual.parent).endswith("fromscratch")
