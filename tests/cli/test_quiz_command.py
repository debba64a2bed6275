"""`fromscratch quiz`: answering, stopping, continuing, results."""

from __future__ import annotations

import json
import re

from exercises.load import load_course
from tests.support.command_line import invoke

[MONTH] = [month for month in load_course().months if month.id == "month-3"]
assert MONTH.quiz is not None
QUESTIONS = MONTH.quiz.questions


def answers(right: int, run: int = 1) -> str:
    """Returns input that answers the first `right` questions correctly and the others wrongly."""
    lines = []
    for number, question in enumerate(QUESTIONS):
        order = question.shuffled(run)
        correct = order.index(0)
        lines.append("abcd"[correct if number < right else (correct + 1) % len(order)])
    return "\n".join(lines) + "\n"


def test_eight_of_ten_passes() -> None:
    done = invoke("quiz", "3", input=answers(8))
    assert done.exit_code == 0, done.output
    assert done.stdout.count("Right. ") == 8 and len(re.findall(r"Not [a-d]\. ", done.stdout)) == 2
    assert "8 of 10 right. Passed." in done.stdout
    assert "Terms to read again with `fromscratch glossary WORD`: " in done.stdout
    for question in QUESTIONS:
        assert all(answer.why in done.stdout for answer in question.answers)


def test_seven_of_ten_does_not_pass() -> None:
    done = invoke("quiz", "month-3", input=answers(7))
    assert done.exit_code == 1
    assert "7 of 10 right. You need 8 to pass." in done.stdout


def test_a_stopped_quiz_continues_at_the_same_question() -> None:
    lines = answers(10).splitlines(keepends=True)
    stopped = invoke("quiz", "3", input="".join(lines[:4]) + "q\n")
    assert stopped.exit_code == 1
    assert stopped.stdout.endswith("Stopped at question 5. `fromscratch quiz 3` continues there.\n")
    end_of_input = invoke("quiz", "3", input="".join(lines[4:6]))
    assert "already answered 4" in end_of_input.stdout and "Stopped at question 7." in end_of_input.stdout
    done = invoke("quiz", "3", input="".join(lines[6:]))
    assert done.exit_code == 0
    assert "10 of 10 right. Passed." in done.stdout


def test_again_starts_with_a_different_order() -> None:
    invoke("quiz", "3", input="a\n")
    again = invoke("quiz", "3", "--again", input=answers(10, run=2))
    assert "already answered" not in again.stdout
    assert again.exit_code == 0


def test_digits_are_answers_and_other_input_is_asked_again() -> None:
    first = str(QUESTIONS[0].shuffled(1).index(0) + 1)
    result = invoke("quiz", "3", input=f"z\n9\n\n{first}.\nq\n")
    assert result.stdout.count("Type one of a, b, c, d, or q.") == 3
    assert "Right. " in result.stdout


def test_results_of_all_quizzes() -> None:
    invoke("quiz", "3", input=answers(9))
    invoke("quiz", "break", input="a\n")
    lines = invoke("quiz").stdout.splitlines()
    assert "✓ 3      Attention  passed, best 9 of 10" in lines
    assert "… break  Mid-term break: build a project or demo  started" in lines
    assert len(lines) == 8
    rows = {row["month"]: row for row in json.loads(invoke("quiz", "--json").stdout)["quizzes"]}
    assert rows["month-3"] == {
        "month": "month-3", "title": "Attention", "state": "passed", "best": 9, "total": 10, "runs": 1,
    }  # fmt: skip
    listed = json.loads(invoke("list", "--json").stdout)["months"]
    assert {month["id"]: month["quiz"]["state"] for month in listed}["month-3"] == "passed"
    assert "  ✓ quiz 3                 Terms quiz  best 9 of 10" in invoke("list").stdout.splitlines()


def test_an_unknown_month_lists_the_quizzes() -> None:
    result = invoke("quiz", "7")
    assert result.exit_code == 2
    assert "There is no quiz '7'. The quizzes are 1, 2, 3, break, 4, 5, 6, beyond." in result.stderr
