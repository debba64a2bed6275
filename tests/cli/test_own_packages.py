"""Our packages win over modules of the same name on PYTHONPATH and in the working folder, in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fromscratch
from benchmarks.pool import NO_FORK
from exercises.course import Course
from learner.parts_file import PARTS
from tests.support.command_line import COMMAND
from tests.support.solutions import correct


@pytest.fixture
def namesakes(tmp_path: Path) -> Path:
    """A folder with a module for each of our package names; each fails when it is imported."""
    folder = tmp_path / "namesakes"
    folder.mkdir()
    for name in fromscratch.PACKAGES:
        (folder / f"{name}.py").write_text(f"raise SystemExit('the wrong {name} was imported')\n")
    return folder


def run(command: list[str], namesakes: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(namesakes)}
    return subprocess.run(command, cwd=namesakes, env=environment, capture_output=True, text=True, timeout=100)


def test_packages_lists_every_package() -> None:
    assert {path.parent.name for path in fromscratch.ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"} == (
        fromscratch.PACKAGES
    )


@pytest.mark.parametrize("has_fork", [True, False], ids=["fork", "no fork"])
def test_a_check_passes(course: Course, namesakes: Path, tmp_path: Path, has_fork: bool) -> None:
    if not has_fork:
        (namesakes / "sitecustomize.py").write_text(NO_FORK)
    source = tmp_path / "right.py"
    source.write_text(correct(course.exercise("stable-softmax")))
    check = run([COMMAND, "check", "stable-softmax", "--source", str(source), "--json"], namesakes)
    assert check.returncode == 0, check.stderr
    assert json.loads(check.stdout)["outcome"] == "passed"


@pytest.mark.parametrize("arguments", [["list"], ["doctor"], ["models"], ["cowork", "hubs"]], ids=" ".join)
def test_commands_run(namesakes: Path, arguments: list[str]) -> None:
    result = run([COMMAND, *arguments], namesakes)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("module", ["playground.host.serve", "cowork.cohort.similarity", "engine.spawn_worker"])
def test_processes_start(namesakes: Path, module: str) -> None:
    """Each process reads its standard input, which is empty here."""
    result = run(fromscratch.command(module), namesakes)
    assert "the wrong" not in result.stderr + result.stdout


def test_a_learners_file_finds_the_course(namesakes: Path, tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(PARTS)
    (tmp_path / "uses.py").write_text("from parts import softmax\nprint(softmax.__name__)\n")
    result = run([sys.executable, str(tmp_path / "uses.py")], namesakes)
    assert result.stdout == "softmax\n", result.stderr
