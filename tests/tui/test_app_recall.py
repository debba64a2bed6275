"""Returns from memory in the app: what is due, the timer, the checks, the question, putting off, and privacy."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cowork.rooms.base import Event
from cowork.rooms.break_it import AttemptFinished, Attempts, RecordAttempt, TryInput
from cowork.rooms.submissions import Graded, HandIn, RecordVerdict, Submissions
from exercises.course import Course
from grader.check import Grader
from learner.progress import Progress
from learner.workspace import Workspace
from tests.support.fake_session import ANA, BEN, HUB, Change, FakeSession
from tests.support.solutions import correct, mistaken
from tests.support.tui import NARROW, NOW, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.presence_reporter import PresenceReporter
from tui.screens.recall import RecallScreen
from tui.screens.recall_return import ReturnScreen


class Clock:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(root: Path, grader: Grader, few: Course, clock: Clock) -> FromScratchApp:
    """The app of a learner who passed two exercises nine and eight days ago, one of them after a known mistake."""
    for days, id in ((9, "stable-softmax"), (8, "causal-attention")):
        exercise, past = few.exercise(id), NOW - timedelta(days=days)
        mistake = {"id": exercise.mistakes[0].id, "says": exercise.mistakes[0].says}
        with Progress(Workspace(root, few).progress_path, lambda past=past: past) as progress:  # type: ignore[misc]
            progress.record(id, exercise.version, b"", {"outcome": "failed", "mistake": mistake})
            progress.record(id, exercise.version, b"", {"outcome": "passed", "checks": []})
    return FromScratchApp(root, grader=grader, course=few, clock=clock)


async def test_a_return_passes_in_time_and_asks_about_an_own_mistake(
    app: FromScratchApp, root: Path, few: Course, clock: Clock
) -> None:
    softmax = few.exercise("stable-softmax")
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "2 are due from memory" in screen_text(app), "the line in Course")
        reports: list[object] = []
        app.checker.changed.subscribe(app, reports.append)
        await pilot.press("m")
        await until(pilot, lambda: "due for 2 days" in screen_text(app), "the list")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReturnScreen), "the return")
        await until(pilot, lambda: "5:00" in widget_text(app, "#timer"), "the timer")
        clock.now += timedelta(seconds=90)
        await until(pilot, lambda: "3:30" in widget_text(app, "#timer"), "the time that is left")
        path = root / "from_memory" / "stable_softmax_1.py"
        assert path.read_text() == softmax.stub
        path.write_text(mistaken(softmax))
        await until(pilot, lambda: "Not passed yet" in screen_text(app), "the verdict")
        assert softmax.mistakes[0].says.split("; ")[0] not in screen_text(app), "no mistake is named yet"
        path.write_text(correct(softmax))
        await until(pilot, lambda: "Recalled. It comes back on 2025-01-02." in screen_text(app), "the end")
        assert "How does it end?" in screen_text(app) and "ended" in widget_text(app, "#timer")
        await pilot.press("1")
        await until(pilot, lambda: "This is your mistake" in screen_text(app), "the explanation")
        assert not reports and app.learner.attempts(softmax) == 2, "nothing is recorded or published"
        await pilot.press("escape", "4")
        await pilot.press("escape")
        await pilot.press("4")
        await until(pilot, lambda: "1 is due from memory" in screen_text(app), "Progress")
        assert "fresh" in screen_text(app) and "fading" in screen_text(app)


async def test_the_time_runs_out_and_the_learner_goes_on(
    app: FromScratchApp, root: Path, few: Course, clock: Clock
) -> None:
    async with app.run_test(size=NARROW) as pilot:
        practice = await open_practice(pilot)
        app.action_recall()
        await until(pilot, lambda: "due for 1 day" in screen_text(app), "the list")
        await pilot.press("enter")
        await until(pilot, lambda: "5:00" in screen_text(app), "the timer")
        await pilot.press("escape", "escape", "h")
        await until(pilot, lambda: "without hints, for another 5:00" in toast_texts(app), "the refusal")
        assert not practice.hints.children
        app.action_recall()
        await until(pilot, lambda: "5:00 left" in screen_text(app), "the open return in the list")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReturnScreen), "the same return")
        clock.now += timedelta(minutes=5)
        await until(pilot, lambda: "The five minutes are over" in screen_text(app), "the end")
        (root / "from_memory" / "stable_softmax_1.py").write_text(correct(few.exercise("stable-softmax")))
        await until(pilot, lambda: "All checks pass" in screen_text(app), "the check after it")
        assert "counts as not recalled" in " ".join(screen_text(app).split())
        [memory] = [known for known in app.learner.memories() if known.exercise.id == "stable-softmax"]
        assert memory.retention.interval.days == 3


async def test_a_return_is_put_off_with_one_key(app: FromScratchApp, clock: Clock) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: "2 are due from memory" in screen_text(app), "the line in Course")
        await pilot.press("m")
        await until(pilot, lambda: "due for" in screen_text(app), "the list")
        await pilot.press("z")
        await until(pilot, lambda: "put off until 2024-12-04" in screen_text(app), "tomorrow")
        assert "1 is due from memory" in screen_text(app) and isinstance(app.screen, RecallScreen)
        await pilot.press("w")
        await until(pilot, lambda: "put off until 2024-12-10" in screen_text(app), "a week")
        await pilot.press("escape")
        await until(pilot, lambda: "due from memory" not in screen_text(app), "the quiet Course")


def test_an_input_that_broke_the_learners_code_is_remembered(tmp_path: Path, few: Course) -> None:
    session = FakeSession(ANA)
    session.by(ANA, HandIn("stable-softmax", b"x"))
    [mine] = session.rooms["lobby"][Submissions].all
    session.by(HUB, RecordVerdict(Graded(mine, "passed")))
    session.by(BEN, TryInput(mine, "output"))
    [attempt] = session.rooms["lobby"][Attempts].all
    broke = AttemptFinished(
        attempt, "broke", "Yours\x1b[2J has nan.", {"rows": 1, "columns": 1}, "tensor([nan])", "tensor([1.])"
    )
    session.by(HUB, RecordAttempt(broke))
    notified: list[str] = []
    with Progress(tmp_path / "progress.db", lambda: NOW) as progress:
        cowork = SimpleNamespace(session=session, visible=False, room=None)
        app = SimpleNamespace(
            learner=SimpleNamespace(progress=progress), cowork=cowork, notify=lambda text, **_: notified.append(text)
        )
        event = Event(9, NOW.timestamp(), "hub", "the hub", "c", broke)
        for _ in range(2):
            PresenceReporter(cast(Any, app)).on_events(cast(Any, Change("events", "lobby", (event,))))
        [known] = progress.counterexamples("stable-softmax")
    assert notified[0].startswith("Ben broke your Stable softmax")
    assert (known.call, known.theirs, known.says) == ("output(rows=1, columns=1)", "tensor([nan])", "Yours has nan.")
