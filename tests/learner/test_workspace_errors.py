"""Errors of the disk are explained with a remedy, and a kill loses no work."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from exercises.course import Course
from learner import files
from learner.workspace import Workspace, WorkspaceError
from tests.support.processes import run_and_kill


def test_the_root_is_a_file(tmp_path: Path, course: Course) -> None:
    (tmp_path / "work").write_text("a text")
    with pytest.raises(WorkspaceError, match=r"work\. Move it away.*--workspace"):
        Workspace(tmp_path / "work", course).create()
    with pytest.raises(WorkspaceError, match=r"work\. Move it away.*--workspace"):
        Workspace(tmp_path / "work" / "inside", course).create()
    assert (tmp_path / "work").read_text() == "a text"


def test_a_month_is_a_file(tmp_path: Path, course: Course) -> None:
    (tmp_path / "month_1_first").write_text("a text")
    workspace = Workspace(tmp_path, course)
    with pytest.raises(WorkspaceError, match=r"month_1_first\. Move it away"):
        workspace.create()
    with pytest.raises(WorkspaceError, match=r"month_1_first\. Move it away"):
        workspace.read(course.exercise("norm"))
    (tmp_path / "month_1_first").unlink()
    assert len(workspace.create()) == 5, "files created before the error are not created again"


def test_the_programs_folder_is_a_file(tmp_path: Path, course: Course) -> None:
    (tmp_path / ".fromscratch").write_text("")
    with pytest.raises(WorkspaceError, match="Move it away"):
        Workspace(tmp_path, course).create()


def test_an_exercise_is_a_folder(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).unlink()
    workspace.path(norm).mkdir()
    assert workspace.create() == []
    with pytest.raises(WorkspaceError, match="Move it away"):
        workspace.read(norm)
    with pytest.raises(WorkspaceError, match="Move the folder away"):
        workspace.reset(norm)


def test_a_pipe_does_not_hang(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).unlink()
    os.mkfifo(workspace.path(norm))
    with pytest.raises(WorkspaceError, match="not a regular file"):
        workspace.read(norm)
    assert workspace.create() == []


def test_a_huge_file_is_not_read(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    with workspace.path(norm).open("wb") as file:
        file.truncate(50 * 1024**3)
    with pytest.raises(WorkspaceError, match="too large"):
        workspace.read(norm)


def test_the_path_is_too_long(tmp_path: Path, course: Course) -> None:
    with pytest.raises(WorkspaceError, match="too long"):
        Workspace(tmp_path / ("x" * 300), course).create()


def test_the_root_is_forbidden(course: Course) -> None:
    forbidden = Path("/System" if sys.platform == "darwin" else "/sys") / "fromscratch"
    with pytest.raises(WorkspaceError, match=r"permission|read-only"):
        Workspace(forbidden, course).create()


def test_a_read_only_workspace_can_be_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    (workspace.state_folder / "stubs.json").unlink()
    norm = workspace.course.exercise("norm")
    monkeypatch.setattr(files, "overwrite", refuse)
    assert workspace.create() == []
    assert workspace.read(norm).decode() == norm.stub
    with pytest.raises(WorkspaceError, match="read-only"):
        Workspace(workspace.root / "new", workspace.course).create()


def test_the_disk_is_full(tmp_path: Path, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    workspace = Workspace(tmp_path / "work", course)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(WorkspaceError, match="disk is full"):
            workspace.create()
    assert not list(workspace.root.rglob("*.*py*")), "incomplete files were left"
    assert len(workspace.create()) == 7


def test_a_disk_without_hard_links_works(tmp_path: Path, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    workspace = Workspace(tmp_path / "work", course)
    assert len(workspace.create()) == 7
    assert not files.write_new(workspace.path(course.exercise("norm")), b"other")
    assert not list(workspace.root.rglob("*.tmp"))


def test_a_copy_can_be_on_a_different_disk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).write_text("mine")
    real = os.replace

    def across(source: str, target: str) -> None:
        if Path(source).parent != Path(target).parent:
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "replace", across)
    copy = workspace.reset(norm)
    assert copy is not None and copy.read_text() == "mine"
    assert workspace.read(norm).decode() == norm.stub


def test_a_kill_leaves_complete_files(course_root: Path, tmp_path: Path) -> None:
    """Kills processes that create and reset files at random moments; no file is incomplete or lost."""
    root = tmp_path / "work"
    code = f"""
import itertools
from pathlib import Path
from exercises.load import load_course
from learner.workspace import Workspace
course = load_course(Path({str(course_root)!r}))
workspace = Workspace(Path({str(root)!r}), course)
norm = course.exercise("norm")
for number in itertools.count():
    workspace.create()
    path = workspace.ensure(norm)
    if number == 0:
        print("ready", flush=True)
    path.write_text("# work\\n" * 500)
    workspace.reset(norm)
"""
    random_draws = random.Random(3)
    for _ in range(6):
        run_and_kill(code, random_draws.uniform(0, 0.05))
    work = "# work\n" * 500
    for path in [*root.glob("*/*.py"), *root.glob(".fromscratch/kept/*/*.py")]:
        text = path.read_text(encoding="utf-8")
        # The loop's own write is not atomic, so a kill can leave only the beginning of the work.
        complete = text.endswith(("raise NotImplementedError\n", 'f_globals.get("__file__"))\n'))
        assert complete or (path.name.startswith("norm") and work.startswith(text))
    assert any(path.stat().st_size for path in root.glob(".fromscratch/kept/*/*.py"))
