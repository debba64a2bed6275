"""`fromscratch recall`: what is due, a return with its check and its question, putting off."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exercises.course import Course
from learner.memory_questions import Counterexample
from learner.progress import Progress
from learner.workspace import Workspace
from tests.support.command_line import invoke, run_command
from tests.support.grading import Service, ServiceGrader
from tests.support.solutions import correct, mistaken
from tui.recall_check import without_help

DAYS = 9


@pytest.fixture
def progress_path(course: Course, workspace_root: Path) -> Path:
    """A store in which stable-softmax passed nine days ago, after a known mistake, and norm passed today."""
    path = Workspace(workspace_root, course).progress_path
    softmax = course.exercise("stable-softmax")
    mistake = {"id": softmax.mistakes[0].id, "says": softmax.mistakes[0].says}
    past = datetime.now(UTC) - timedelta(days=DAYS)
    for id, now in (("stable-softmax", past), ("layer-norm", datetime.now(UTC))):
        with Progress(path, lambda now=now: now) as progress:  # type: ignore[misc]
            for outcome in ("failed", "passed"):
                verdict = {"outcome": outcome, "mistake": mistake if outcome == "failed" else None}
                progress.record(id, course.exercise(id).version, b"", verdict)
    return path


def listed() -> dict[str, dict[str, Any]]:
    return {memory["id"]: memory for memory in json.loads(invoke("recall", "--json").stdout)["memories"]}


def test_nothing_comes_back_before_a_pass() -> None:
    assert invoke("recall").stdout.startswith("Nothing comes back yet")
    assert invoke("recall", "start").exit_code == 1
    refused = invoke("recall", "start", "stable-softmax")
    assert refused.exit_code == 2 and "has not passed yet" in refused.output
    assert "You have started no return yet" in invoke("recall", "check").output
    assert "trains a model" in invoke("recall", "start", "tiny-lm").output


def test_a_return_from_its_start_to_its_question(
    course: Course, progress_path: Path, workspace_root: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.cli.recall.open_grader", lambda: contextlib.nullcontext(ServiceGrader(service)))
    text = invoke("recall").stdout
    assert "stable-softmax  due for 2 days" in text and "1 is due from memory" in text and "layer-norm" in text
    started = invoke("recall", "start")
    path = workspace_root / "from_memory" / "stable_softmax_1.py"
    assert started.exit_code == 0 and str(path) in started.stdout and "5:00 left" in started.stdout
    assert listed()["stable-softmax"]["state"] == "open"
    refused = run_command("hint", "stable-softmax")
    assert refused.returncode == 2 and "from memory, without hints" in refused.stderr and not refused.stdout
    assert "`fromscratch recall check` checks it" in invoke("check", path).output
    softmax = course.exercise("stable-softmax")
    path.write_text(mistaken(softmax))
    failed = invoke("recall", "check")
    assert failed.exit_code == 1 and " left." in failed.stdout
    assert softmax.mistakes[0].says not in failed.stdout and "first step that goes wrong" not in failed.stdout
    path.write_text(correct(softmax))
    passed = invoke("recall", "check")
    assert passed.exit_code == 0 and "Recalled. It comes back on " in passed.stdout
    softmax_now = listed()["stable-softmax"]
    assert (softmax_now["state"], softmax_now["interval_days"], softmax_now["word"]) == ("later", 30, "fresh")
    assert softmax_now["open_questions"] == 1
    asked = invoke("recall", "question", input="a\n")
    wrong, _, right = softmax.mistakes[0].says.rpartition("; ")
    assert (
        wrong in asked.stdout
        and f"… {right}" in asked.stdout
        and f"mistake: {softmax.mistakes[0].says}" in asked.stdout
    )
    assert "no open question" in invoke("recall", "question").stdout
    with Progress(progress_path) as progress:
        assert progress.attempt_count("stable-softmax") == 2, "a return is no attempt"


def test_putting_off_and_stopping(progress_path: Path) -> None:
    refused = invoke("recall", "put-off", "layer-norm")
    assert refused.exit_code == 2 and "is not due" in refused.output
    assert "put off until" in invoke("recall", "put-off", "stable-softmax", "--week").stdout
    assert listed()["stable-softmax"]["state"] == "put off" and invoke("recall", "start").exit_code == 1
    assert invoke("recall", "start", "stable-softmax").exit_code == 0
    assert "is open" in invoke("recall", "put-off", "stable-softmax").output
    stopped = invoke("recall", "stop")
    assert "counts as not recalled. It comes back on" in stopped.stdout
    assert listed()["stable-softmax"]["interval_days"] == 3
    assert invoke("recall", "stop").exit_code == 2
    assert "this is practice" in invoke("recall", "start", "layer-norm").stdout


def test_a_counterexample_from_a_group_becomes_a_question(course: Course, progress_path: Path) -> None:
    softmax = course.exercise("stable-softmax")
    with Progress(progress_path) as progress:
        broken = Counterexample("a1", "output(length=1)", "tensor([nan])", "tensor([1.])", "Yours has nan.")
        for _ in range(2):
            progress.add_counterexample(softmax.id, broken)
        ended = progress.end_return(progress.start_return(softmax.id, "stable_softmax_1.py"), passed=False)
        _, question = progress.open_questions(softmax, ended)
        assert question.code == "output(length=1)" and question.right.says == "tensor([nan])"
        assert {answer.says for answer in question.wrong} == {"tensor([1.])", "It stopped with an error."}
        progress.record_answer(softmax, ended, question, 1)
        assert len(progress.open_questions(softmax, ended)) == 1


def test_every_mistake_of_the_course_can_be_asked(course: Course, progress_path: Path) -> None:
    """Nearly every mistake reads "Yours …; it should …", and no answer is right twice."""
    from learner.memory_questions import _mistake_question

    questions = [
        _mistake_question(exercise, mistake.id, 1) for exercise in course.exercises for mistake in exercise.mistakes
    ]
    asked = [question for question in questions if question is not None]
    assert len(asked) > 0.95 * len(questions)
    for question in asked:
        assert len({answer.says for answer in question.answers}) == len(question.answers) > 1


def test_a_verdict_without_help_keeps_what_is_wrong() -> None:
    from grader.verdict import Check, MatchedMistake, Verdict

    check = Check("test_a", "failed", "Your `f(1)` is 2; it should be 1.", 0.1)
    verdict = Verdict("f", "failed", [check], mistake=MatchedMistake("m", "Yours adds."), message="Yours adds.")
    assert without_help(verdict).message == check.message
    assert without_help(verdict).mistake is None
