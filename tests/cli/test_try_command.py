"""`fromscratch try`: which file it tries, JSON, the list, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from exercises.course import Course
from learner.progress import Progress
from learner.workspace import Workspace
from tests.support.command_line import invoke
from tests.support.solutions import SOFTMAX


def test_the_file_that_passed_is_tried(course: Course, workspace_root: Path) -> None:
    exercise = course.exercise("stable-softmax")
    workspace = Workspace(workspace_root, course)
    workspace.create()
    with Progress(workspace.progress_path) as progress:
        progress.record(exercise.id, exercise.version, SOFTMAX.encode(), {"outcome": "passed"})
    workspace.path(exercise).write_text("def softmax(")
    shown = invoke("try", exercise.id, "--set", "temperature=2")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Stable softmax: your file, as it last passed\n\nThe cat …, at temperature 2\n")
    failed = invoke("try", exercise.id, "--source", workspace.path(exercise), "--json")
    assert failed.exit_code == 1
    data = json.loads(failed.stdout)
    assert (data["source"], data["drawings"], data["line"]) == ("stable_softmax.py", [], 1)
    assert data["message"].startswith("Line 1, column 12: this is not valid Python yet")


def test_wrong_usage_says_what_to_do(course: Course) -> None:
    bare = next(exercise.id for exercise in course.exercises if not exercise.try_path.exists())
    for arguments, message in (
        ((bare,), f"{bare} has no try. `fromscratch try --list` lists the exercises that have one."),
        (("stable-softmax", "--set", "temperature"), "Write --set NAME=VALUE, not --set temperature."),
        (("stable-softmax", "--text", "a"), "This try has no setting `text`; it takes `temperature`."),
        (("stable-softmax", "--reference", "--source", "a.py"), "Give --source or --reference, not both."),
    ):
        result = invoke("try", *arguments)
        assert result.exit_code == 2 and message in result.stderr


def test_the_list_names_all_tries_and_their_settings(course: Course) -> None:
    listed = invoke("try", "--list").stdout
    tries = json.loads(invoke("try", "--list", "--json").stdout)["tries"]
    assert [entry["exercise"] for entry in tries] == [e.id for e in course.exercises if e.try_path.exists()]
    assert all(f"{entry['exercise']:<22} {entry['summary']}" in listed and entry["summary"] for entry in tries)
    softmax = next(entry for entry in tries if entry["exercise"] == "stable-softmax")
    setting = {"name": "temperature", "default": 1.0, "takes": "a number from 0.05 to 20"}
    assert softmax["settings"] == [setting] and "--set temperature= a number" in listed
