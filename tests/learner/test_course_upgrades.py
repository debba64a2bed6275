"""A newer course with an existing workspace: stubs, modified files, renamed and removed exercises."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exercises.course import Course
from exercises.decode import CourseError
from exercises.load import load_course
from learner import files
from learner.progress import Progress
from learner.upgrade import apply, decline, find_upgrade
from learner.workspace import Workspace, WorkspaceError
from tests.support.processes import run_and_kill

OLD = '"""Norm."""\n\n\ndef Norm(x):\n    """Returns x."""\n    raise NotImplementedError\n'
NEW = OLD.replace("Returns x.", "Returns x, scaled.")
MINE = OLD.replace("raise NotImplementedError", "return x  # mine")


def set_stub(course_root: Path, text: str) -> None:
    (course_root / "month_1_first/01_norm/stub.py").write_text(text)


@pytest.fixture
def modified(tmp_path: Path, course_root: Path, reload: Callable[[], Course]) -> Workspace:
    """A workspace with a file that was created from the old stub and modified, opened with the new course."""
    set_stub(course_root, OLD)
    old = Workspace(tmp_path / "work", reload())
    old.create()
    old.path(old.course.exercise("norm")).write_text(MINE)
    set_stub(course_root, NEW)
    new = Workspace(tmp_path / "work", reload())
    new.create()
    return new


def test_a_modified_file_is_merged_only_on_request(modified: Workspace) -> None:
    norm = modified.course.exercise("norm")
    assert modified.read(norm).decode() == MINE
    upgrade = find_upgrade(modified, norm)
    assert upgrade is not None
    assert '+    """Returns x, scaled."""' in upgrade.course_changes() and "mine" not in upgrade.course_changes()
    assert '+    """Returns x, scaled."""' in upgrade.file_changes()
    copy = apply(modified, upgrade)
    assert modified.read(norm).decode() == MINE.replace("Returns x.", "Returns x, scaled.")
    assert copy.read_text() == MINE and copy.parent == modified.state_folder / "kept" / "month_1_first"
    assert find_upgrade(modified, norm) is None and modified.is_modified(norm)
    modified.create()
    assert find_upgrade(Workspace(modified.root, modified.course), norm) is None


def test_a_declined_upgrade_is_not_offered_again(
    modified: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    norm = modified.course.exercise("norm")
    decline(modified, norm)
    assert find_upgrade(modified, norm) is None and modified.read(norm).decode() == MINE
    set_stub(course_root, NEW + "\n\n# more\n")
    later = Workspace(modified.root, reload())
    upgrade = find_upgrade(later, later.course.exercise("norm"))
    assert upgrade is not None and upgrade.base.decode() == NEW


def test_a_reset_uses_the_present_stub(modified: Workspace) -> None:
    norm = modified.course.exercise("norm")
    modified.reset(norm)
    assert modified.read(norm).decode() == NEW and find_upgrade(modified, norm) is None


def test_no_upgrade_is_offered_if_the_old_stub_is_unknown(modified: Workspace) -> None:
    (modified.state_folder / "stubs.json").write_text("[broken")
    norm = modified.course.exercise("norm")
    modified.create()
    assert find_upgrade(modified, norm) is None and modified.read(norm).decode() == MINE


def test_a_workspace_without_stored_stubs_gets_them(
    modified: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    norm = modified.course.exercise("norm")
    modified.reset(norm)
    (modified.state_folder / "stubs.json").unlink()
    Workspace(modified.root, reload()).create()
    modified.path(norm).write_text(MINE)
    set_stub(course_root, OLD)
    upgrade = find_upgrade(later := Workspace(modified.root, reload()), later.course.exercise("norm"))
    assert upgrade is not None and upgrade.base.decode() == NEW


def test_a_file_saved_during_the_merge_is_not_overwritten(modified: Workspace) -> None:
    norm = modified.course.exercise("norm")
    upgrade = find_upgrade(modified, norm)
    assert upgrade is not None
    modified.path(norm).write_text("saved just now\n")
    with pytest.raises(WorkspaceError, match="was saved at this moment"):
        apply(modified, upgrade)
    assert modified.read(norm) == b"saved just now\n"
    assert not list((modified.state_folder / "kept").rglob("*.py"))


def test_a_merge_with_invalid_syntax_is_written_to_a_separate_file(modified: Workspace) -> None:
    norm = modified.course.exercise("norm")
    upgrade = find_upgrade(modified, norm)
    assert upgrade is not None
    broken = type(upgrade)(norm, upgrade.base, upgrade.mine, upgrade.theirs.replace(b"Norm(x)", b"Norm(x"))
    assert broken.breaks_syntax
    with pytest.raises(WorkspaceError, match="cannot be merged"):
        apply(modified, broken)
    assert modified.read(norm).decode() == MINE
    assert modified.path(norm).with_name("norm.merged.py").read_bytes() == broken.merged.text


def test_a_merge_keeps_permissions(modified: Workspace) -> None:
    norm = modified.course.exercise("norm")
    modified.path(norm).chmod(0o600)
    upgrade = find_upgrade(modified, norm)
    assert upgrade is not None
    apply(modified, upgrade)
    assert modified.path(norm).stat().st_mode & 0o777 == 0o600


def test_a_kill_during_a_merge_leaves_a_complete_file(modified: Workspace, course_root: Path) -> None:
    """Kills processes that exchange a file at random moments; the next start has a complete file."""
    norm = modified.course.exercise("norm")
    code = f"""
from pathlib import Path
from learner import files
path = Path({str(modified.path(norm))!r})
first, second = {MINE.encode()!r}, {NEW.encode()!r} * 50
print("ready", flush=True)
while True:
    files.exchange(path, first, second)
    files.exchange(path, second, first)
"""
    random_draws = random.Random(5)
    contents = set()
    for _ in range(12):
        run_and_kill(code, random_draws.uniform(0, 0.05))
        modified.create()
        contents.add(modified.read(norm))
        assert modified.read(norm) in (MINE.encode(), NEW.encode() * 50)
        assert not files.exchange_path(modified.path(norm)).exists()
    assert contents


def rename(course_root: Path, was: str, folder: str, id: str, renamed_from: list[str]) -> None:
    """Gives an exercise of the course a different id or month."""
    old, new = course_root / was, course_root / folder
    new.parent.mkdir(exist_ok=True)
    shutil.move(old, new)
    (test,) = new.glob("test_*.py")
    test.rename(new / f"test_{id.replace('-', '_')}.py")
    toml = (new / "exercise.toml").read_text()
    lines = [f'id = "{id}"' if line.startswith("id = ") else line for line in toml.splitlines()]
    (new / "exercise.toml").write_text("\n".join([*lines[:-1], f"renamed_from = {renamed_from}", lines[-1]]))


def test_the_file_and_attempts_of_a_renamed_exercise_are_moved(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    old = workspace.course.exercise("norm")
    workspace.path(old).write_text("mine\n")
    with Progress(workspace.progress_path) as progress:
        progress.record("norm", old.version, b"mine\n", {"outcome": "passed"})
        progress.take_hint("norm")
        progress.set_last_exercise("norm")
    rename(course_root, "month_1_first/01_norm", "month_2_second/07_layer_norm", "layer-norm", ["norm", "old-norm"])
    upgraded = Workspace(workspace.root, reload())
    new = upgraded.course.exercise("layer-norm")
    assert upgraded.course.exercise("norm") is new, "the former id stays valid"
    upgraded.create()
    assert upgraded.read(new) == b"mine\n" and not workspace.path(old).exists()
    (message,) = upgraded.messages
    assert "month_1_first/norm.py is now month_2_second/layer_norm.py" in message
    for _ in range(2):
        with Progress(workspace.progress_path) as progress:
            progress.apply_renames(upgraded.course)
            assert progress.state(new) == "passed" and progress.hints("layer-norm") == 1
            assert progress.last_exercise() == "layer-norm" and progress.retired_exercises(upgraded.course) == []
            assert progress.history("norm") == []
    assert upgraded.create() == [] and upgraded.messages == []
    # The log has the new name too.
    workspace.progress_path.unlink()
    with Progress(workspace.progress_path) as progress:
        assert [attempt.source for attempt in progress.history("layer-norm")] == [b"mine\n"]
        assert progress.attempt_count("norm") == 0


def test_a_renamed_file_does_not_replace_an_existing_file(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    workspace.path(workspace.course.exercise("norm")).write_text("mine\n")
    (workspace.root / "month_1_first/layer_norm.py").write_text("mine too\n")
    rename(course_root, "month_1_first/01_norm", "month_1_first/01_layer_norm", "layer-norm", ["norm"])
    upgraded = Workspace(workspace.root, reload())
    upgraded.create()
    assert (workspace.root / "month_1_first/norm.py").read_text() == "mine\n"
    assert upgraded.read(upgraded.course.exercise("layer-norm")) == b"mine too\n"
    assert len(upgraded.messages) == 1 and "you have both files" in upgraded.messages[0]


def test_a_rename_is_completed_after_a_kill(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    old = workspace.path(workspace.course.exercise("norm"))
    old.write_text("mine\n")
    os.link(old, old.with_name("layer_norm.py"))
    rename(course_root, "month_1_first/01_norm", "month_1_first/01_layer_norm", "layer-norm", ["norm"])
    upgraded = Workspace(workspace.root, reload())
    upgraded.create()
    assert not old.exists() and upgraded.read(upgraded.course.exercise("layer-norm")) == b"mine\n"


def test_an_unmodified_stub_is_renamed_and_updated(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    set_stub(course_root, NEW)
    rename(course_root, "month_1_first/01_norm", "month_1_first/01_layer_norm", "layer-norm", ["norm"])
    upgraded = Workspace(workspace.root, reload())
    upgraded.create()
    assert upgraded.read(upgraded.course.exercise("layer-norm")).decode() == NEW


def test_a_removed_exercise_keeps_its_file_and_history(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    path.write_text("mine\n")
    with Progress(workspace.progress_path) as progress:
        progress.record("norm", "v", b"mine\n", {"outcome": "passed"})
        progress.record("norm", "v", b"mine\n", {"outcome": "failed"})
        shutil.rmtree(course_root / "month_1_first/01_norm")
        upgraded = Workspace(workspace.root, reload())
        upgraded.create()
        progress.apply_renames(upgraded.course)
        assert path.read_text() == "mine\n"
        (retired,) = progress.retired_exercises(upgraded.course)
        assert (retired.id, retired.attempts, retired.passed) == ("norm", 2, True)
        assert len(progress.history("norm")) == 2 and progress.recent(5)[0][0] == "norm"


@pytest.mark.parametrize(
    ("others", "word"), [(["big-block"], "is an id of"), (["Norm!"], "not an exercise's id"), (["norm"], "is an id of")]
)
def test_a_former_id_must_not_be_in_use(course_root: Path, others: list[str], word: str) -> None:
    toml = course_root / "month_1_first/01_norm/exercise.toml"
    toml.write_text(f"renamed_from = {others}\n{toml.read_text()}")
    with pytest.raises(CourseError, match=word):
        load_course(course_root)
