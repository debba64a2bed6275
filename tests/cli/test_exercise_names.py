"""Commands find an exercise by its id, its file or its title."""

from __future__ import annotations

import codecs
import os
import subprocess
from pathlib import Path

import pytest

from exercises.course import Course, UnknownExercise
from tests.support.command_line import COMMAND, invoke, run_command


@pytest.mark.parametrize(
    "name", ["causal-attention", "causal_attention", "causal_attention.py", "Causal attention", " Causal-Attention "]
)
def test_an_exercise_is_found_by_name(course: Course, name: str) -> None:
    assert course.exercise(name).id == "causal-attention"


def test_every_title_and_file_name_is_found(course: Course) -> None:
    titles = [exercise.title for exercise in course.exercises]
    for exercise in course.exercises:
        assert course.exercise(exercise.file_name) is exercise
        if titles.count(exercise.title) == 1 and exercise.title.lower() not in [other.id for other in course.exercises]:
            assert course.exercise(exercise.title) is exercise
    with pytest.raises(UnknownExercise, match="Did you mean causal-attention"):
        course.exercise("causal_atention")


def test_a_path_names_only_a_file_of_the_workspace(
    workspace_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke("list")
    [path] = workspace_root.rglob("causal_attention.py")
    monkeypatch.chdir(path.parent)
    for name in (path, path.name, f"./{path.name}", f"../{path.parent.name}/{path.name}"):
        assert invoke("diff", name).output == f"{path} is unchanged.\n"
    other = tmp_path / "causal_attention.py"
    other.write_text("")
    result = invoke("diff", other)
    assert result.exit_code == 2 and "is not a file of your workspace" in result.output and "--source" in result.output


def test_doctor_checks_the_editor_of_the_settings() -> None:
    assert run_command("settings", "editor", "no-such-editor -w").returncode == 0
    assert "✗ Editor: no-such-editor -w is not found" in run_command("doctor").stdout


def test_open_starts_the_editor_of_the_settings(tmp_path: Path) -> None:
    editor, opened = tmp_path / "editor.sh", tmp_path / "opened"
    editor.write_text(f'#!/bin/sh\necho "$1" > {opened}\nexit 3\n')
    editor.chmod(0o755)
    assert run_command("settings", "editor", editor).returncode == 0
    ours, theirs = os.openpty()
    result = subprocess.run([COMMAND, "open", "causal_attention"], stdout=theirs, timeout=60)
    os.close(ours), os.close(theirs)
    assert result.returncode == 3
    assert opened.read_text().endswith("causal_attention.py\n")


def test_an_utf_16_file_is_named(tmp_path: Path) -> None:
    source = tmp_path / "causal_attention.py"
    for start, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (b"", "utf-16-le")):
        source.write_bytes(start + "import torch\n".encode(encoding))
        result = invoke("check", "causal-attention", "--source", source)
        assert result.exit_code == 1 and "This file is saved as UTF-16" in result.output, encoding
