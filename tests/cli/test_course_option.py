"""`--course DIR`: a course from a folder runs after consent and proof, with its own progress."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises import location
from exercises.location import course_folder
from grader.check import forget_files
from learner.other_courses import progress_beside, read_course, write_record
from tests.support.command_line import invoke, run_command
from tests.support.small_course import RIGHT, SHIFT, write_course
from tui import other_course
from tui.screens.open_course import OpenCourseApp


@pytest.fixture(autouse=True)
def own_course_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(location.VARIABLE, raising=False)
    yield
    location.select(None)
    forget_files()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "small")


def write_solutions(root: Path, folder: Path) -> None:
    """Writes right solutions, of which the second uses the first as a part and cannot read the course."""
    (root / "month_1").mkdir(parents=True)
    (root / "month_1" / "shift.py").write_text(RIGHT["shift"])
    answer = str(folder / "reference" / "shifting.py")
    spy = f"try:\n    print(open({answer!r}).read())\nexcept OSError:\n    print('no')\n"
    (root / "month_1" / "shift_twice.py").write_text(RIGHT["shift-twice"] + spy)


def test_a_course_from_a_folder_runs_grades_and_shows_its_progress(tmp_path: Path, workspace_root: Path) -> None:
    folder = write_course(tmp_path / "small", beside=True)
    root = workspace_root / "courses" / "small-course"
    write_solutions(root, tmp_path)
    checked = run_command("--course", folder, "--trust", "check", "--all", "--json")
    verdicts = [json.loads(line) for line in checked.stdout.splitlines()]
    assert checked.returncode == 0, checked.stderr
    assert [(verdict["exercise"], verdict["outcome"]) for verdict in verdicts] == [
        ("shift", "passed"), ("shift-twice", "passed"),
    ]  # fmt: skip
    assert "no" in verdicts[1]["output"] and "def shift" not in verdicts[1]["output"]
    assert "✓ shift-twice" in checked.stderr, "every exercise is proved first"
    listed = json.loads(invoke("--course", folder, "list", "--json").output)
    assert [exercise["state"] for exercise in listed["months"][0]["exercises"]] == ["passed", "passed"]
    location.select(None)
    beside = json.loads(invoke("list", "--json").output)["courses"]
    assert beside == [{"title": "Small course", "folder": str(folder), "passed": 2, "total": 2}]
    assert "Small course: 2 of 2 exercises passed" in invoke("list").output
    ran = run_python_file(root / "month_1" / "shift_twice.py")
    assert ran == "tensor([5.])"


def run_python_file(path: Path) -> str:
    """Runs a learner's file in a process of its own, as its author does."""
    path.write_text(RIGHT["shift-twice"] + "import torch\nprint(shift_twice(torch.tensor([1.0]), 2.0))\n")
    return subprocess.run([sys.executable, path], capture_output=True, text=True, check=True).stdout.strip()


def test_a_course_asks_before_it_first_opens_and_after_each_change(folder: Path, workspace_root: Path) -> None:
    refused = invoke("--course", folder, "list")
    assert refused.exit_code == 2 and "They can do whatever you can" in refused.output and "--trust" in refused.output
    assert course_folder() == location.OWN
    other = other_course.trust(read_course(folder, workspace_root))
    write_record(other.root, other.record.__class__(str(folder), "Small course", other.digest, other.digest))
    assert "Shift twice" in invoke("--course", folder, "task", "shift-twice").output
    location.select(None)
    (folder / "reference" / "shifting.py").write_text(SHIFT + "\n# changed\n")
    asked_again = invoke("--course", folder, "list")
    assert asked_again.exit_code == 2 and "has changed since you trusted it" in " ".join(asked_again.output.split())
    assert progress_beside(workspace_root)[0].total == 2
    (folder / "course.toml").unlink()
    assert "its folder cannot be read" in progress_beside(workspace_root)[0].line
    assert "program's own course only" in invoke("--course", folder, "chat").output
    assert invoke("--trust", "list").exit_code == 2


BROKEN = {
    "course.toml": ("title =", "titel =", "course.toml: titel: this key is not known"),
    "reference/shifting.py": ("shifted = x + by", "shifted = = x", "shifting.py: line 8: this is not valid Python"),
    "month_1/01_shift/exercise.toml": ('"core"', "core", "exercise.toml: line 7: this is not valid TOML"),
    "month_1/02_shift_twice/exercise.toml": (
        "reference.shifting_twice", "reference.nothing", "exercise.toml: reference: there is no file"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_an_error_in_a_course_names_the_file_and_the_place(folder: Path, name: str) -> None:
    old, new, says = BROKEN[name]
    (folder / name).write_text((folder / name).read_text().replace(old, new))
    result = run_in_main("--course", folder, "--trust", "list")
    assert says in result
    assert "there is no such folder" in run_in_main("--course", folder / "none", "list")


def run_in_main(*arguments: object) -> str:
    """Returns the message of the error that `main` prints."""
    result = invoke(*arguments)
    return str(result.exception)


async def test_the_dialog_asks_proves_and_says_what_is_wrong(folder: Path, workspace_root: Path) -> None:
    toml = folder / "month_1" / "01_shift" / "exercise.toml"
    toml.write_text(toml.read_text().replace('by = "x - by"', 'by = "by + x"'))  # a mistake that is none
    app = OpenCourseApp(read_course(folder, workspace_root))
    async with app.run_test(size=(80, 24)) as pilot:
        assert course_folder() == location.OWN
        await pilot.press("y")
        await app.workers.wait_for_complete()
        assert "a mistake goes unnoticed" in str(app.query_one("#status").render())
        await pilot.press("n")
    assert app.return_value is False
    again = read_course(folder, workspace_root)
    assert again.is_trusted and not again.is_proved
