"""The workspace: files are created once, never overwritten, and copied before a reset."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exercises.course import Course
from learner.workspace import Workspace, WorkspaceError

FIXED = datetime(2024, 11, 3, 17, 45, 1)


def learner_files(root: Path) -> dict[str, bytes]:
    """Returns the content of every file of the learner."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".fromscratch" not in path.parts
    }


def test_create_writes_a_file_per_exercise_and_parts(tmp_path: Path, course: Course) -> None:
    workspace = Workspace(tmp_path / "deep" / "work", course)
    new = workspace.create()
    assert sorted(learner_files(workspace.root)) == [
        "AGENTS.md",
        "month_1_first/big_block.py",
        "month_1_first/norm.py",
        "month_1_first/parts.py",
        "month_2_second/late_norm.py",
        "month_2_second/parts.py",
        "parts.py",
    ]
    assert sorted(path.relative_to(workspace.root).as_posix() for path in new) == sorted(learner_files(workspace.root))
    norm = course.exercise("norm")
    assert workspace.read(norm).decode() == norm.stub
    assert workspace.path(norm) == workspace.root / "month_1_first" / "norm.py"


def test_a_second_create_changes_nothing(workspace: Workspace) -> None:
    before = learner_files(workspace.root)
    assert workspace.create() == []
    assert learner_files(workspace.root) == before


def test_new_files_have_the_users_default_permissions(workspace: Workspace, tmp_path: Path) -> None:
    plain = tmp_path / "plain.py"
    plain.write_text("")
    assert workspace.path(workspace.course.exercise("norm")).stat().st_mode == plain.stat().st_mode


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    own=st.dictionaries(
        st.sampled_from(["month_1_first/norm.py", "month_1_first/parts.py", "AGENTS.md", "parts.py", "notes.txt"]),
        st.binary(max_size=200),
    ),
    deleted=st.sets(st.sampled_from(["month_1_first/big_block.py", "parts.py", "month_2_second/late_norm.py"])),
    lose_manifest=st.booleans(),
)
def test_create_never_changes_an_existing_file(
    course: Course, own: dict[str, bytes], deleted: set[str], lose_manifest: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder), course)
        for name, content in own.items():
            (workspace.root / name).parent.mkdir(exist_ok=True)
            (workspace.root / name).write_bytes(content)
        workspace.create()
        for name in deleted - set(own):
            (workspace.root / name).unlink()
        if lose_manifest:
            (workspace.state_folder / "made.json").write_text("[broken")
        before = learner_files(workspace.root)
        workspace.create()
        after = learner_files(workspace.root)
        assert {name: after[name] for name in before} == before
        assert own.items() <= after.items()
        if not lose_manifest:
            assert after == before, "a deleted file came back by itself"
        assert workspace.create() == []


def test_a_deleted_file_is_created_again_only_on_request(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).unlink()
    assert workspace.create() == []
    with pytest.raises(WorkspaceError, match="fromscratch reset norm"):
        workspace.read(norm)
    assert not workspace.is_modified(norm)
    assert workspace.ensure(norm).read_text(encoding="utf-8") == norm.stub
    workspace.path(norm).unlink()
    assert workspace.reset(norm) is None
    assert workspace.read(norm).decode() == norm.stub


def test_ensure_does_not_change_an_existing_file(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).write_text("mine")
    assert workspace.ensure(norm).read_text() == "mine"


def test_reset_keeps_a_copy(tmp_path: Path, course: Course) -> None:
    workspace = Workspace(tmp_path / "work", course, clock=lambda: FIXED)
    workspace.create()
    norm = course.exercise("norm")
    copies = []
    for work in (b"first\n", b"\xff second"):
        workspace.path(norm).write_bytes(work)
        copy = workspace.reset(norm)
        assert copy is not None and copy.read_bytes() == work
        assert workspace.read(norm).decode() == norm.stub
        copies.append(copy)
    names = [path.relative_to(workspace.root).as_posix() for path in copies]
    assert names == [
        ".fromscratch/kept/month_1_first/norm_2024-11-03_17.45.01.py",
        ".fromscratch/kept/month_1_first/norm_2024-11-03_17.45.01_2.py",
    ]
    assert copies[0].read_bytes() == b"first\n"


def test_reset_of_an_unmodified_stub_keeps_no_copy(workspace: Workspace) -> None:
    assert workspace.reset(workspace.course.exercise("norm")) is None
    assert not (workspace.state_folder / "kept").exists()


def test_reset_does_not_change_the_target_of_a_link(workspace: Workspace, tmp_path: Path) -> None:
    norm = workspace.course.exercise("norm")
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text("mine")
    workspace.path(norm).unlink()
    workspace.path(norm).symlink_to(elsewhere)
    assert workspace.read(norm) == b"mine" and workspace.is_modified(norm)
    copy = workspace.reset(norm)
    assert copy is not None and copy.read_text() == "mine" and not copy.is_symlink()
    assert elsewhere.read_text() == "mine"
    assert workspace.read(norm).decode() == norm.stub


def change_stub(course_root: Path, text: str) -> None:
    (course_root / "month_1_first" / "01_norm" / "stub.py").write_text(text)


def test_an_unmodified_stub_is_updated(workspace: Workspace, course_root: Path, reload: Callable[[], Course]) -> None:
    change_stub(course_root, "def Norm(): ...  # better\n")
    upgraded = Workspace(workspace.root, reload())
    norm = upgraded.course.exercise("norm")
    assert not upgraded.is_modified(norm), "an older stub is not a modification"
    assert upgraded.create() == []
    assert upgraded.read(norm) == b"def Norm(): ...  # better\n"
    assert not any((upgraded.state_folder / "kept").rglob("*.py"))
    assert upgraded.create() == []


@pytest.mark.parametrize("lose_manifest", [False, True])
def test_a_modified_file_is_not_updated(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course], lose_manifest: bool
) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).write_text("mine")
    if lose_manifest:
        (workspace.state_folder / "made.json").unlink()
    for version in range(3):
        change_stub(course_root, f"def Norm(): ...  # {version}\n")
        upgraded = Workspace(workspace.root, reload())
        upgraded.create()
        assert upgraded.read(norm) == b"mine"


def test_a_save_during_an_update_is_not_lost(
    workspace: Workspace, course_root: Path, reload: Callable[[], Course], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_stub(course_root, "def Norm(): ...  # better\n")
    upgraded = Workspace(workspace.root, reload())
    real = os.rename

    def save_and_rename(old: Path, new: Path) -> None:
        if old.name == "norm.py":
            old.write_text("mine")
        real(old, new)

    monkeypatch.setattr(os, "rename", save_and_rename)
    upgraded.create()
    assert upgraded.read(upgraded.course.exercise("norm")) == b"mine"


def test_concurrent_creates(tmp_path: Path, course: Course) -> None:
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda _: Workspace(tmp_path / "work", course).create(), range(8)))
    created = [path for paths in new for path in paths]
    assert len(created) == len(set(created)) == 7, "each file was created exactly once"
    assert len(learner_files(tmp_path / "work")) == 7


def test_different_line_endings_are_not_a_modification(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).write_bytes(norm.stub.encode().replace(b"\n", b"\r\n"))
    assert not workspace.is_modified(norm)
    assert workspace.diff(norm) == ""
    workspace.path(norm).write_text("mine")
    assert workspace.is_modified(norm)


def test_diff_shows_the_changes(workspace: Workspace) -> None:
    norm = workspace.course.exercise("norm")
    assert workspace.diff(norm) == ""
    workspace.path(norm).write_bytes(norm.stub.replace("raise NotImplementedError", "return 'ä'").encode())
    lines = workspace.diff(norm).splitlines()
    assert lines[:2] == ["--- stub", "+++ norm.py"]
    assert "-    raise NotImplementedError" in lines and "+    return 'ä'" in lines


@given(content=st.binary(max_size=300))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_content_can_be_read_and_compared(workspace: Workspace, content: bytes) -> None:
    norm = workspace.course.exercise("norm")
    workspace.path(norm).write_bytes(content)
    assert workspace.read(norm) == content
    assert isinstance(workspace.diff(norm), str)
    assert workspace.is_modified(norm) == (content.replace(b"\r\n", b"\n") != norm.stub.encode())


def test_exercise_of_accepts_any_path_to_a_file(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = workspace.course.exercise("big-block")
    path = workspace.path(block)
    (tmp_path / "link").symlink_to(workspace.root)
    monkeypatch.chdir(workspace.root)
    for given_path in (
        path,
        str(path),
        "month_1_first/big_block.py",
        tmp_path / "link/month_1_first/big_block.py",
    ):
        assert workspace.exercise_of(given_path) == block
    for other_path in (
        "parts.py",
        workspace.root,
        path.with_name(".big_block.py.swp"),
        "/",
        tmp_path / "big_block.py",
    ):
        assert workspace.exercise_of(other_path) is None


def test_the_workspace_is_the_option_the_variable_or_the_default(tmp_path: Path) -> None:
    environ = {"FROMSCRATCH_WORKSPACE": str(tmp_path / "env")}
    assert Workspace.resolve(str(tmp_path / "option"), environ) == tmp_path / "option"
    assert Workspace.resolve(None, environ) == tmp_path / "env"
    assert Workspace.resolve(None, {"FROMSCRATCH_WORKSPACE": ""}) == Path.home() / "fromscratch"
    assert Workspace.resolve("~/here", {}) == Path.home() / "here"
    assert Workspace.resolve("here", {}) == Path.cwd() / "here"
    for unusable in ("~nobody-of-this-name/x", "", " "):
        with pytest.raises(WorkspaceError, match="--workspace"):
            Workspace.resolve(unusable, {})
