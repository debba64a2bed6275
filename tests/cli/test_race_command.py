"""`fromscratch race`: the list, a source that does not pass, and the figures."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from exercises.course import Course
from tests.support.command_line import invoke, run_command
from tests.support.grading import Service, ServiceGrader
from tests.support.solutions import correct, mistaken


def test_a_race_on_the_command_line(
    course: Course, tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.cli.race.open_grader", lambda: contextlib.nullcontext(ServiceGrader(service)))
    assert "gqa  " in invoke("race").stdout
    assert "has no race" in invoke("race", "layer-norm").output
    exercise, file = course.exercise("gqa"), tmp_path / "gqa.py"
    file.write_text(mistaken(exercise))
    failed = invoke("race", "gqa", "--source", file)
    assert failed.exit_code == 1 and "does not count in a race" in failed.stdout
    file.write_text(correct(exercise))
    raced = invoke("race", "gqa", "--source", file, "--rounds", "6")
    assert raced.exit_code == 0 and "time    yours" in raced.stdout and "6 rounds; CPU time" in raced.stdout
    assert raced.exit_code == 0, raced.output
    missing = run_command("race", "gqa", "--source", tmp_path / "none.py")
    assert missing.returncode == 2 and "none.py" in missing.stderr and "Traceback" not in missing.stderr
