"""A verdict as an assistant reads it: which checks fail, the known mistake and the learner's own values.

Expected values and code of the solution are left out: the learner sees them in the app.
"""

from __future__ import annotations

from typing import Any

from exercises.exercise import Exercise
from grader.observation import observed
from grader.parts import FIRST_FAILURE
from grader.verdict import Verdict
from grader.withheld import withhold
from tui.formatting import clean

MAX_OUTPUT_LINES = 20
MAX_OUTPUT_CHARACTERS = 2000


def reduced(verdict: Verdict, exercise: Exercise, own_source: str) -> dict[str, Any]:
    """Returns a verdict for an assistant, as JSON. `own_source` is the learner's file, which is no secret."""

    def allowed(text: str) -> str:
        return withhold(clean(text), exercise, own_source)

    data: dict[str, Any] = {
        "exercise": exercise.id,
        "passed": verdict.passed,
        "outcome": verdict.outcome,
        "says": allowed(_headline(verdict)),
        "checks": [
            {"title": check.title or check.name, "outcome": check.outcome}
            | ({"observed": allowed(observed(check.message))} if check.outcome == "failed" else {})
            for check in verdict.checks
        ],
    }
    if not verdict.passed:
        data["to_mend"] = verdict.to_mend
    if verdict.mistake is not None:
        data["known_mistake"] = {"id": verdict.mistake.id, "says": allowed(verdict.mistake.says)}
    if verdict.line is not None:
        data |= {"line": verdict.line, "line_text": allowed((verdict.line_text or "").rstrip())}
    if verdict.missing_stage:
        data["first_step_that_goes_wrong"] = verdict.missing_stage
    if verdict.parts_used:
        data["parts"] = allowed(verdict.parts_used)
    if output := _end_of(verdict.output):
        data["printed"] = allowed(output)
    return data


def _headline(verdict: Verdict) -> str:
    """Returns the sentence to read first, without expected values."""
    if verdict.passed:
        return f"All {len(verdict.checks)} checks pass."
    if verdict.mistake is not None:
        return f"{verdict.mistake.says} ({verdict.mistake.evidence})"
    blame, marker, rest = verdict.message.rpartition(FIRST_FAILURE)
    failed = next((check.title or check.name for check in verdict.checks if check.outcome == "failed"), "")
    sentence = observed(rest) or (f"A check fails: {failed}." if failed else "The file could not be checked.")
    return blame + marker + sentence if marker else sentence


def _end_of(output: str) -> str:
    return "\n".join(output.rstrip().splitlines()[-MAX_OUTPUT_LINES:])[-MAX_OUTPUT_CHARACTERS:]
