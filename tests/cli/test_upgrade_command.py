"""`fromscratch upgrade`, and `history` of exercises that the course has removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from exercises.course import Course
from exercises.exercise import Exercise
from learner.progress import Progress
from learner.stub_manifest import StubManifest
from learner.workspace import Workspace
from tests.support.command_line import invoke


@pytest.fixture
def exercise(course: Course) -> Exercise:
    return course.exercise("stable-softmax")


@pytest.fixture
def workspace(workspace_root: Path, course: Course, exercise: Exercise) -> Workspace:
    """A workspace with work in a file of an earlier course, whose stub has a different docstring."""
    workspace = Workspace(workspace_root, course)
    workspace.create()
    old = exercise.stub.replace('"""', '"""Earlier. ', 1)
    manifest = StubManifest(workspace.state_folder / "made.json")
    manifest.add(workspace.path(exercise).relative_to(workspace.root).as_posix(), old.encode())
    manifest.save()
    workspace.path(exercise).write_text(old.replace("raise NotImplementedError", "return x  # mine"))
    return workspace


def test_upgrade_lists_shows_and_merges_changes(workspace: Workspace, exercise: Exercise) -> None:
    listed = invoke("upgrade")
    assert "stable-softmax: the starting point has changed in 1 place." in listed.output.replace("  ", " ")
    assert str(workspace.path(exercise)) in listed.output
    effect = invoke("upgrade", "stable-softmax")
    assert effect.exit_code == 0 and "Earlier." in effect.output and "-" in effect.output
    before = workspace.read(exercise)
    assert b"Earlier." in before
    merged = invoke("upgrade", "stable-softmax", "--merge")
    assert merged.exit_code == 0 and "kept as" in merged.output
    after = workspace.read(exercise)
    assert b"Earlier." not in after and b"return x  # mine" in after
    assert "All your files are based on the current starting points." in invoke("upgrade").output
    (copy,) = (workspace.state_folder / "kept").rglob("stable_softmax_*.py")
    assert copy.read_bytes() == before


def test_keep_leaves_the_file_unchanged(workspace: Workspace, exercise: Exercise) -> None:
    before = workspace.read(exercise)
    assert "is unchanged" in invoke("upgrade", "stable-softmax", "--keep").output
    assert "current starting point" in invoke("upgrade", "stable-softmax").output
    assert workspace.read(exercise) == before


def test_invalid_options_are_refused(workspace: Workspace) -> None:
    assert "Name the exercises" in invoke("upgrade", "--merge").output
    assert "not both" in invoke("upgrade", "stable-softmax", "--merge", "--keep").output


def test_removed_exercises_keep_their_history(workspace: Workspace) -> None:
    with Progress(workspace.progress_path) as progress:
        progress.record("ancient-one", "v", b"x", {"outcome": "passed", "message": "All right."})
    history = invoke("history", "ancient-one")
    assert history.exit_code == 0
    assert "no longer in the course" in history.output and "All right." in history.output
    assert "ancient-one is no longer in the course. Your attempts: 1" in invoke("upgrade").output


def test_recovery_of_progress_is_reported(workspace: Workspace) -> None:
    with Progress(workspace.progress_path) as progress:
        progress.record("stable-softmax", "v", b"x", {"outcome": "failed"})
    workspace.progress_path.write_bytes(b"spoilt" * 1000)
    result = invoke("list", "--json")
    assert result.exit_code == 0 and "1 attempt was recovered" in result.stderr
    assert result.stdout.startswith("{")
