"""A newer course meets an older workspace: stubs follow, work stays, files and attempts move along with a new name."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from killing import run_and_kill

from exercises.course import Course
from exercises.decode import CourseError
from exercises.load import load_course
from learner import files
from learner.progress import Progress
from learner.upgrade import apply, decline, find_upgrade
from learner.workspace import Workspace, WorkspaceError

OLD = '"""Norm."""\n\n\ndef Norm(x):\n    """Returns x."""\n    raise NotImplementedError\n'
NEW = OLD.replace("Returns x.", "Returns x, scaled.")
MINE = OLD.replace("raise NotImplementedError", "return x  # mine")


def set_stub(course_root: Path, text: str) -> None:
    (course_root / "month_1_first/01_norm/stub.py").write_text(text)


@pytest.fixture
def worked(tmp_path: Path, course_root: Path, reload: Callable[[], Course]) -> Workspace:
    """A workspace from the old stub, with work in it, under the new course."""
    set_stub(course_root, OLD)
    old = Workspace(tmp_path / "work", reload())
    old.create()
    old.path(old.course.exercise("norm")).write_text(MINE)
    set_stub(course_root, NEW)
    new = Workspace(tmp_path / "work", reload())
    new.create()
    return new


def test_work_waits_for_the_learners_word(worked: Workspace) -> None:
    norm = worked.course.exercise("norm")
    assert worked.read(norm).decode() == MINE
    upgrade = find_upgrade(worked, norm)
    assert upgrade is not None
    assert '+    """Returns x, scaled."""' in upgrade.course_changes() and "mine" not in upgrade.course_changes()
    assert '+    """Returns x, scaled."""' in upgrade.file_changes()
    kept = apply(worked, upgrade)
    assert worked.read(norm).decode() == MINE.replace("Returns x.", "Returns x, scaled.")
    assert kept.read_text() == MINE and kept.parent == worked.state_folder / "kept" / "month_1_first"
    assert find_upgrade(worked, norm) is None and worked.is_modified(norm)
    worked.create()
    assert find_upgrade(Workspace(worked.root, worked.course), norm) is None


def test_what_was_declined_is_not_offered_again(
    worked: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    norm = worked.course.exercise("norm")
    decline(worked, norm)
    assert find_upgrade(worked, norm) is None and worked.read(norm).decode() == MINE
    set_stub(course_root, NEW + "\n\n# more\n")
    later = Workspace(worked.root, reload())
    upgrade = find_upgrade(later, later.course.exercise("norm"))
    assert upgrade is not None and upgrade.base.decode() == NEW


def test_a_reset_takes_the_present_stub(worked: Workspace) -> None:
    norm = worked.course.exercise("norm")
    worked.reset(norm)
    assert worked.read(norm).decode() == NEW and find_upgrade(worked, norm) is None


def test_without_knowledge_of_the_old_stub_nothing_is_offered(worked: Workspace) -> None:
    (worked.state_folder / "stubs.json").write_text("[broken")
    norm = worked.course.exercise("norm")
    worked.create()
    assert find_upgrade(worked, norm) is None and worked.read(norm).decode() == MINE


def test_a_workspace_from_before_stubs_were_kept_gets_them(
    worked: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    norm = worked.course.exercise("norm")
    worked.reset(norm)
    (worked.state_folder / "stubs.json").unlink()
    Workspace(worked.root, reload()).create()
    worked.path(norm).write_text(MINE)
    set_stub(course_root, OLD)
    upgrade = find_upgrade(later := Workspace(worked.root, reload()), later.course.exercise("norm"))
    assert upgrade is not None and upgrade.base.decode() == NEW


def test_a_file_saved_meanwhile_is_not_merged(worked: Workspace) -> None:
    norm = worked.course.exercise("norm")
    upgrade = find_upgrade(worked, norm)
    assert upgrade is not None
    worked.path(norm).write_text("saved just now\n")
    with pytest.raises(WorkspaceError, match="was saved at this moment"):
        apply(worked, upgrade)
    assert worked.read(norm) == b"saved just now\n"
    assert not list((worked.state_folder / "kept").rglob("*.py"))


def test_what_would_be_no_python_is_put_beside(worked: Workspace) -> None:
    norm = worked.course.exercise("norm")
    upgrade = find_upgrade(worked, norm)
    assert upgrade is not None
    broken = type(upgrade)(norm, upgrade.base, upgrade.mine, upgrade.theirs.replace(b"Norm(x)", b"Norm(x"))
    assert broken.breaks_syntax
    with pytest.raises(WorkspaceError, match="cannot be merged"):
        apply(worked, broken)
    assert worked.read(norm).decode() == MINE
    assert worked.path(norm).with_name("norm.merged.py").read_bytes() == broken.merged.text


def test_permissions_stay(worked: Workspace) -> None:
    norm = worked.course.exercise("norm")
    worked.path(norm).chmod(0o600)
    upgrade = find_upgrade(worked, norm)
    assert upgrade is not None
    apply(worked, upgrade)
    assert worked.path(norm).stat().st_mode & 0o777 == 0o600


def test_a_kill_during_a_merge_leaves_one_or_the_other(worked: Workspace, course_root: Path) -> None:
    """Processes that merge back and forth are killed at random moments; the next start finds a whole file."""
    norm = worked.course.exercise("norm")
    code = f"""
from pathlib import Path
from learner import files
path = Path({str(worked.path(norm))!r})
one, other = {MINE.encode()!r}, {NEW.encode()!r} * 50
print("ready", flush=True)
while True:
    files.exchange(path, one, other)
    files.exchange(path, other, one)
"""
    chance = random.Random(5)
    found = set()
    for _ in range(12):
        run_and_kill(code, chance.uniform(0, 0.05))
        worked.create()
        found.add(worked.read(norm))
        assert worked.read(norm) in (MINE.encode(), NEW.encode() * 50)
        assert not files.exchange_path(worked.path(norm)).exists()
    assert found


def rename(course_root: Path, was: str, folder: str, id: str, renamed_from: list[str]) -> None:
    """Gives an exercise of the course another id, and perhaps another month."""
    old, new = course_root / was, course_root / folder
    new.parent.mkdir(exist_ok=True)
    shutil.move(old, new)
    (test,) = new.glob("test_*.py")
    test.rename(new / f"test_{id.replace('-', '_')}.py")
    toml = (new / "exercise.toml").read_text()
    lines = [f'id = "{id}"' if line.startswith("id = ") else line for line in toml.splitlines()]
    (new / "exercise.toml").write_text("\n".join([*lines[:-1], f"renamed_from = {renamed_from}", lines[-1]]))


def test_a_renamed_exercise_takes_its_file_and_attempts_along(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    old = workspace.course.exercise("norm")
    workspace.path(old).write_text("mine\n")
    with Progress(workspace.progress_path) as progress:
        progress.record("norm", old.version, b"mine\n", {"outcome": "passed"})
        progress.take_hint("norm")
        progress.set_last_exercise("norm")
    rename(course_root, "month_1_first/01_norm", "month_2_second/07_layer_norm", "layer-norm", ["norm", "old-norm"])
    again = Workspace(workspace.root, reload())
    new = again.course.exercise("layer-norm")
    assert again.course.exercise("norm") is new, "people go on using the old name"
    again.create()
    assert again.read(new) == b"mine\n" and not workspace.path(old).exists()
    (message,) = again.messages
    assert "month_1_first/norm.py is now month_2_second/layer_norm.py" in message
    for _ in range(2):
        with Progress(workspace.progress_path) as progress:
            progress.apply_renames(again.course)
            assert progress.state(new) == "passed" and progress.hints("layer-norm") == 1
            assert progress.last_exercise() == "layer-norm" and progress.retired_exercises(again.course) == []
            assert progress.history("norm") == []
    assert again.create() == [] and again.messages == []
    # The second copy knows of the new name too.
    workspace.progress_path.unlink()
    with Progress(workspace.progress_path) as progress:
        assert [attempt.source for attempt in progress.history("layer-norm")] == [b"mine\n"]
        assert progress.attempt_count("norm") == 0


def test_a_renamed_file_stays_where_another_is_in_its_way(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    workspace.path(workspace.course.exercise("norm")).write_text("mine\n")
    (workspace.root / "month_1_first/layer_norm.py").write_text("mine too\n")
    rename(course_root, "month_1_first/01_norm", "month_1_first/01_layer_norm", "layer-norm", ["norm"])
    again = Workspace(workspace.root, reload())
    again.create()
    assert (workspace.root / "month_1_first/norm.py").read_text() == "mine\n"
    assert again.read(again.course.exercise("layer-norm")) == b"mine too\n"
    assert len(again.messages) == 1 and "you have both files" in again.messages[0]


def test_a_kill_in_the_middle_of_a_rename_is_mended(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    old = workspace.path(workspace.course.exercise("norm"))
    old.write_text("mine\n")
    os.link(old, old.with_name("layer_norm.py"))
    rename(course_root, "month_1_first/01_norm", "month_1_first/01_layer_norm", "layer-norm", ["norm"])
    again = Workspace(workspace.root, reload())
    again.create()
    assert not old.exists() and again.read(again.course.exercise("layer-norm")) == b"mine\n"


def test_an_untouched_stub_that_was_renamed_follows_too(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    set_stub(course_root, NEW)
    rename(course_root, "month_1_first/01_norm", "month_1_first/01_layer_norm", "layer-norm", ["norm"])
    again = Workspace(workspace.root, reload())
    again.create()
    assert again.read(again.course.exercise("layer-norm")).decode() == NEW


def test_a_removed_exercise_keeps_its_file_and_its_history(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course]
) -> None:
    path = workspace.path(workspace.course.exercise("norm"))
    path.write_text("mine\n")
    with Progress(workspace.progress_path) as progress:
        progress.record("norm", "v", b"mine\n", {"outcome": "passed"})
        progress.record("norm", "v", b"mine\n", {"outcome": "failed"})
        shutil.rmtree(course_root / "month_1_first/01_norm")
        again = Workspace(workspace.root, reload())
        again.create()
        progress.apply_renames(again.course)
        assert path.read_text() == "mine\n"
        (former,) = progress.retired_exercises(again.course)
        assert (former.id, former.attempts, former.passed) == ("norm", 2, True)
        assert len(progress.history("norm")) == 2 and progress.recent(5)[0][0] == "norm"


@pytest.mark.parametrize(
    ("others", "word"), [(["big-block"], "is an id of"), (["Norm!"], "not an exercise's id"), (["norm"], "is an id of")]
)
def test_a_former_id_must_be_free(course_root: Path, others: list[str], word: str) -> None:
    toml = course_root / "month_1_first/01_norm/exercise.toml"
    toml.write_text(f"renamed_from = {others}\n{toml.read_text()}")
    with pytest.raises(CourseError, match=word):
        load_course(course_root)
