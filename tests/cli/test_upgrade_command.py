"""`fromscratch upgrade`, and history of what is no longer in the course, as a shell sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exercises.course import Course, Exercise
from learner.progress import Progress
from learner.stub_manifest import Made
from learner.workspace import Workspace
from tui.main import cli


@pytest.fixture
def exercise(course: Course) -> Exercise:
    return course.exercise("stable-softmax")


@pytest.fixture
def workspace(tmp_path: Path, course: Course, exercise: Exercise) -> Workspace:
    """Work in a file that an earlier course made, whose stub lacked what the present one says in its docstring."""
    workspace = Workspace(tmp_path / "ws", course)
    workspace.create()
    old = exercise.stub.replace('"""', '"""Earlier. ', 1)
    made = Made(workspace.state_folder / "made.json")
    made.note(workspace.path(exercise).relative_to(workspace.root).as_posix(), old.encode())
    made.save()
    workspace.path(exercise).write_text(old.replace("raise NotImplementedError", "return x  # mine"))
    return workspace


def run(workspace: Workspace, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(workspace.root), *words])


def test_changes_are_listed_shown_and_merged(workspace: Workspace, exercise: Exercise) -> None:
    listed = run(workspace, "upgrade")
    assert "stable-softmax: the starting point has changed in 1 place." in listed.output.replace("  ", " ")
    assert str(workspace.path(exercise)) in listed.output
    shown = run(workspace, "upgrade", "stable-softmax")
    assert shown.exit_code == 0 and "Earlier." in shown.output and "-" in shown.output
    before = workspace.read(exercise)
    assert b"Earlier." in before
    done = run(workspace, "upgrade", "stable-softmax", "--merge")
    assert done.exit_code == 0 and "kept as" in done.output
    after = workspace.read(exercise)
    assert b"Earlier." not in after and b"return x  # mine" in after
    assert "All your files come from the present starting points." in run(workspace, "upgrade").output
    (kept,) = (workspace.state_folder / "kept").rglob("stable_softmax_*.py")
    assert kept.read_bytes() == before


def test_a_file_may_stay_as_it_is(workspace: Workspace, exercise: Exercise) -> None:
    before = workspace.read(exercise)
    assert "stays as it is" in run(workspace, "upgrade", "stable-softmax", "--keep").output
    assert "present starting point" in run(workspace, "upgrade", "stable-softmax").output
    assert workspace.read(exercise) == before


def test_wrong_words_are_told(workspace: Workspace) -> None:
    assert "Name the exercises" in run(workspace, "upgrade", "--merge").output
    assert "not both" in run(workspace, "upgrade", "stable-softmax", "--merge", "--keep").output


def test_what_is_no_longer_in_the_course_has_its_history(workspace: Workspace) -> None:
    with Progress(workspace.progress_path) as progress:
        progress.record("ancient-one", "v", b"x", {"outcome": "passed", "message": "All right."})
    shown = run(workspace, "history", "ancient-one")
    assert shown.exit_code == 0
    assert "no longer in the course" in shown.output and "All right." in shown.output
    assert "ancient-one is no longer in the course. Your attempts: 1" in run(workspace, "upgrade").output


def test_what_became_of_progress_is_told(workspace: Workspace) -> None:
    with Progress(workspace.progress_path) as progress:
        progress.record("stable-softmax", "v", b"x", {"outcome": "failed"})
    workspace.progress_path.write_bytes(b"spoilt" * 1000)
    result = CliRunner().invoke(cli, ["--workspace", str(workspace.root), "list", "--json"])
    assert result.exit_code == 0 and "1 attempt was recovered" in result.stderr
    assert result.stdout.startswith("{")
