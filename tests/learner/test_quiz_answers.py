"""Quiz answers are stored one by one, so that an unfinished run can be continued."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exercises.course import Course
from exercises.quiz import Quiz
from learner.progress import Progress
from learner.quizzes import QuizProgress, QuizRun

QUESTION = """\
[[question]]
id = "question-{n}"
ask = "Question {n}?"
terms = ["word"]
right = {{ says = "Yes", why = "It is so." }}
wrong = [{{ says = "No", why = "It is." }}, {{ says = "Perhaps", why = "It surely is." }}]
"""


@pytest.fixture
def quiz(tmp_path: Path) -> Quiz:
    """A quiz with five questions, which passes with four right answers."""
    path = tmp_path / "month-1.toml"
    path.write_text("".join(QUESTION.format(n=n) for n in range(5)), encoding="utf-8")
    return Quiz("month-1", path)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "state" / "progress.db"


def take(progress: Progress, quiz: Quiz, choices: str) -> None:
    """Answers the questions in order: "01" is a right and then a wrong answer."""
    run = progress.quiz_run(quiz)
    for question, choice in zip(quiz.questions, choices, strict=False):
        progress.record_quiz_answer(quiz, run.number, question.id, int(choice))


def test_an_unfinished_run_is_continued(quiz: Quiz, store: Path) -> None:
    with Progress(store) as progress:
        assert progress.quiz_run(quiz) == QuizRun(1)
        assert progress.quiz_progress() == {}
        take(progress, quiz, "01")
    with Progress(store) as progress:
        run = progress.quiz_run(quiz)
        assert run == QuizRun(1, {"question-0": 0, "question-1": 1})
        assert run.right == 1
        assert progress.quiz_progress() == {"month-1": QuizProgress("started", 0, 0, 5, 2)}


def test_the_best_complete_run_counts(quiz: Quiz, store: Path) -> None:
    with Progress(store) as progress:
        take(progress, quiz, "00011")
        assert progress.quiz_progress()["month-1"] == QuizProgress("failed", 1, 3, 5)
        assert progress.quiz_run(quiz) == QuizRun(2)
        take(progress, quiz, "00010")
        assert progress.quiz_progress()["month-1"] == QuizProgress("passed", 2, 4, 5)
        take(progress, quiz, "2")
        assert progress.quiz_progress()["month-1"] == QuizProgress("passed", 2, 4, 5, 1)


def test_only_the_first_answer_counts(quiz: Quiz, store: Path) -> None:
    with Progress(store) as progress:
        take(progress, quiz, "1")
        take(progress, quiz, "0")
        assert progress.quiz_run(quiz).choices == {"question-0": 1}


def test_a_run_can_be_restarted(quiz: Quiz, store: Path) -> None:
    with Progress(store) as progress:
        take(progress, quiz, "11")
        new_run = progress.quiz_run(quiz, restart=True)
        assert new_run == QuizRun(2)
        progress.record_quiz_answer(quiz, new_run.number, "question-0", 0)
        assert progress.quiz_run(quiz) == QuizRun(2, {"question-0": 0})


def test_different_questions_start_a_new_run(quiz: Quiz, store: Path) -> None:
    with Progress(store) as progress:
        take(progress, quiz, "00")
        quiz.path.write_text(quiz.path.read_text().replace("Question 4?", "Question four?"))
        assert progress.quiz_run(Quiz(quiz.id, quiz.path)) == QuizRun(2)


def test_a_kill_loses_no_answer(quiz: Quiz, store: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path; from exercises.quiz import Quiz;"
        "from learner.progress import Progress;"
        f"quiz = Quiz('month-1', Path({str(quiz.path)!r})); progress = Progress(Path({str(store)!r}));"
        "progress.record_quiz_answer(quiz, 1, 'question-0', 2);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=os.environ, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with Progress(store) as progress:
        assert progress.quiz_run(quiz).choices == {"question-0": 2}


def test_answers_count_as_practice_but_not_as_attempts(quiz: Quiz, store: Path, course: Course) -> None:
    now = datetime(2024, 12, 3, 18, 30, tzinfo=UTC)
    for minutes in (8, 1):
        with Progress(store, lambda m=minutes: now - timedelta(minutes=m)) as progress:
            take(progress, quiz, "0" if minutes == 8 else "00")
    with Progress(store) as progress:
        summary = progress.summary(course, now)
    assert (summary.attempts, summary.minutes, summary.streak_days) == (0, 7, 1)


def test_a_store_of_the_first_version_is_upgraded(quiz: Quiz, store: Path) -> None:
    with Progress(store) as progress:
        progress.set_material("chapter-1", True)
    with sqlite3.connect(store) as connection:
        connection.executescript("DROP TABLE quiz_answer; PRAGMA user_version = 1;")
    connection.close()
    with Progress(store) as progress:
        assert progress.message is None
        assert progress.materials_done() == {"chapter-1"}
        take(progress, quiz, "0")
        assert progress.quiz_progress()["month-1"].answered == 1


def test_answers_are_recovered_from_the_log_of_a_damaged_store(quiz: Quiz, store: Path) -> None:
    now = datetime(2024, 12, 3, 18, 30, tzinfo=UTC)
    with Progress(store, lambda: now) as progress:
        take(progress, quiz, "0101")
    store.write_bytes(b"not a database" * 1000)
    with Progress(store, lambda: now) as progress:
        assert progress.quiz_run(quiz).choices == {f"question-{n}": n % 2 for n in range(4)}
