"""The marks, words and JSON for states of exercises and quizzes."""

from __future__ import annotations

from typing import Any

from learner.quizzes import QuizProgress

STATE_MARKS = {"passed": "✓", "failed": "✗", "started": "…", "again": "↻", "new": "·"}
STATE_WORDS = {
    "passed": "passed",
    "failed": "not passed yet",
    "started": "started",
    "again": "check again",
    "new": "",
}


def best_result(stand: QuizProgress) -> str:
    """Returns the best result in a quiz as "best 9 of 10", or "" before the first run ends."""
    return f"best {stand.best} of {stand.total}" if stand.runs else ""


def quiz_data(stand: QuizProgress) -> dict[str, Any]:
    """Returns the state of a quiz for JSON."""
    return {"state": stand.state, "best": stand.best, "total": stand.total, "runs": stand.runs}
