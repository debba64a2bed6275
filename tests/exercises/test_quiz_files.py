"""Quiz files: the questions of a valid file, and the errors of an invalid one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.decode import CourseError
from exercises.load import load_course
from exercises.quiz import Answer, Question, Quiz, load_questions, pass_mark

GOOD = """\
[[question]]
id = "two-and-two"
ask = '''
What is
two and two?'''
terms = ["sum"]
right = { says = "4", why = "Counting says so." }
wrong = [
  { says = "5", why = "That is one too many." },
  { says = "3", why = "That is one too few." },
]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "month-1.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_the_right_answer_comes_first(path: Path) -> None:
    [question] = load_questions(path)
    assert (question.id, question.ask, question.terms) == ("two-and-two", "What is two and two?", ("sum",))
    assert [answer.says for answer in question.answers] == ["4", "5", "3"]


def test_a_month_has_the_quiz_with_its_id(root: Path) -> None:
    assert [month.quiz for month in load_course(root).months] == [None, None]
    (root / "quizzes").mkdir()
    (root / "quizzes" / "month-2.toml").write_text(GOOD, encoding="utf-8")
    course = load_course(root)
    assert [quiz.id for quiz in course.quizzes] == ["month-2"]
    assert course.months[1].quiz is course.quizzes[0]
    assert course.quizzes[0].questions[0].id == "two-and-two"


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        (GOOD, "", "question", "no question"),
        (GOOD, GOOD * 2, "question[1].id", "used twice"),
        (GOOD, GOOD + GOOD.replace("two-and-two", "again"), "question[1].ask", "used twice"),
        ("two-and-two", "Two and two", "question[0].id", "not an id"),
        ("What is\ntwo and two?", " ", "question[0].ask", "empty"),
        ('["sum"]', "[]", "question[0].terms", "no term"),
        ('  { says = "5", why = "That is one too many." },\n', "", "question[0].wrong", "two or three"),
        ('says = "5"', 'says = "4"', "question[0]", "are the same"),
        ("Counting says so.", " ", "question[0].right.why", "empty"),
        ('says = "3"', 'says = ""', "question[0].wrong[1].says", "empty"),
        ("terms =", "term =", "question[0].term", "Did you mean `terms`"),
        ('right = { says = "4", why = "Counting says so." }\n', "", "question[0].right", "missing"),
        ('"sum"]', '"sum"', "line 7", "not valid TOML"),
    ],
)
def test_an_invalid_file_is_reported_with_the_key(path: Path, old: str, new: str, key: str, problem: str) -> None:
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(CourseError) as raised:
        load_questions(path)
    assert raised.value.path == path
    assert raised.value.key == key
    assert problem in raised.value.problem


def test_the_version_ignores_line_endings(path: Path) -> None:
    before = Quiz("month-1", path).version
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert Quiz("month-1", path).version == before
    path.write_text(GOOD.replace("many", "much"), encoding="utf-8")
    assert Quiz("month-1", path).version != before


@given(run=st.integers(1, 1000), count=st.integers(3, 4))
def test_a_run_shows_every_answer_once_in_a_fixed_order(run: int, count: int) -> None:
    answers = tuple(Answer(str(i), "") for i in range(count))
    question = Question("some", "?", ("a",), answers[0], answers[1:])
    order = question.shuffled(run)
    assert sorted(order) == list(range(count))
    assert order == question.shuffled(run)


def test_the_right_answer_appears_in_every_position() -> None:
    answers = tuple(Answer(str(i), "") for i in range(4))
    question = Question("some", "?", ("a",), answers[0], answers[1:])
    assert {question.shuffled(run).index(0) for run in range(60)} == {0, 1, 2, 3}


@pytest.mark.parametrize(("total", "passes"), [(10, 8), (5, 4), (9, 8), (3, 3), (1, 1)])
def test_the_pass_mark_is_four_in_five(total: int, passes: int) -> None:
    assert pass_mark(total) == passes
