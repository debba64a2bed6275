"""`fromscratch quiz`: line by line, left and gone on with, counted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exercises.load import load_course
from tui.main import cli

[MONTH] = [month for month in load_course().months if month.id == "month-3"]
assert MONTH.quiz is not None
QUESTIONS = MONTH.quiz.questions
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FROMSCRATCH_CONFIG", str(tmp_path / "config"))

    def run(*words: str, keys: str = "") -> Result:
        return CliRunner().invoke(cli, ["--workspace", str(tmp_path / "ws"), *words], input=keys)

    return run


def answers(right: int, run: int = 1) -> str:
    """Lines that answer the first `right` questions rightly, the others wrongly."""
    lines = []
    for number, question in enumerate(QUESTIONS):
        order = question.shuffled(run)
        place = order.index(0)
        lines.append("abcd"[place if number < right else (place + 1) % len(order)])
    return "\n".join(lines) + "\n"


def test_eight_of_ten_pass(run: Run) -> None:
    done = run("quiz", "3", keys=answers(8))
    assert done.exit_code == 0, done.output
    assert done.stdout.count("Right. ") == 8 and len(re.findall(r"Not [a-d]\. ", done.stdout)) == 2
    assert "8 of 10 right. Passed." in done.stdout
    assert "To read again, with `fromscratch glossary WORD`: " in done.stdout
    for question in QUESTIONS:
        assert all(answer.why in done.stdout for answer in question.answers)


def test_seven_do_not(run: Run) -> None:
    done = run("quiz", "month-3", keys=answers(7))
    assert done.exit_code == 1
    assert "7 of 10 right. 8 are needed to pass." in done.stdout


def test_it_is_left_and_gone_on_with(run: Run) -> None:
    lines = answers(10).splitlines(keepends=True)
    left = run("quiz", "3", keys="".join(lines[:4]) + "q\n")
    assert left.exit_code == 1
    assert left.stdout.endswith("Left at question 5. `fromscratch quiz 3` goes on there.\n")
    ended = run("quiz", "3", keys="".join(lines[4:6]))  # the input ends
    assert "4 are answered already" in ended.stdout and "Left at question 7." in ended.stdout
    done = run("quiz", "3", keys="".join(lines[6:]))
    assert done.exit_code == 0
    assert "10 of 10 right. Passed." in done.stdout


def test_again_begins_in_another_order(run: Run) -> None:
    run("quiz", "3", keys="a\n")
    again = run("quiz", "3", "--again", keys=answers(10, run=2))
    assert "answered already" not in again.stdout
    assert again.exit_code == 0


def test_figures_are_answers_and_the_rest_is_asked_again(run: Run) -> None:
    first = str(QUESTIONS[0].shuffled(1).index(0) + 1)
    asked = run("quiz", "3", keys=f"z\n9\n\n{first}.\nq\n")
    assert asked.stdout.count("Type one of a, b, c, d, or q.") == 3
    assert "Right. " in asked.stdout


def test_where_one_stands(run: Run) -> None:
    run("quiz", "3", keys=answers(9))
    run("quiz", "break", keys="a\n")
    lines = run("quiz").stdout.splitlines()
    assert "✓ 3      Attention  passed, best 9 of 10" in lines
    assert "… break  Mid-term break: build a project or demo  started" in lines
    assert len(lines) == 7
    rows = {row["month"]: row for row in json.loads(run("quiz", "--json").stdout)["quizzes"]}
    assert rows["month-3"] == {
        "month": "month-3", "title": "Attention", "state": "passed", "best": 9, "total": 10, "runs": 1,
    }  # fmt: skip
    listed = json.loads(run("list", "--json").stdout)["months"]
    assert {month["id"]: month["quiz"]["state"] for month in listed}["month-3"] == "passed"
    assert "  ✓ quiz 3                 Terms quiz  best 9 of 10" in run("list").stdout.splitlines()


def test_an_unknown_month_is_told(run: Run) -> None:
    wrong = run("quiz", "7")
    assert wrong.exit_code == 2
    assert "There is no quiz '7'. There is one for each of 1, 2, 3, break, 4, 5, 6." in wrong.stderr
