"""A submission that the hub could not grade is not shown as failed."""

from __future__ import annotations

from datetime import datetime

from cowork.rooms.registry import new_room
from cowork.rooms.submissions import UNGRADED, Submission
from tui.widgets.cowork.entries import verdict


def test_a_grading_error_is_not_shown_as_a_try() -> None:
    submission = Submission("s", "anna", "Anna", "stable-softmax", 0.0, "", outcome=UNGRADED, judged_at=1.0)
    shown = verdict(new_room("r", "Room"), submission, datetime(2026, 1, 1)).plain
    assert "The hub could not grade Anna's stable-softmax" in shown and "tried" not in shown
