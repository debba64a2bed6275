"""Tests when the app reports the learner's exercise to the rooms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from exercises.course import Course
from grader.check import Grader
from tests.support import solutions
from tests.support.fake_session import FakeSession
from tests.support.tui import NARROW, NOW, screen_text, until
from tui.app import FromScratchApp


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def joined(root: Path, few: Course, grader: Grader, session: Any) -> FromScratchApp:
    return FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW, session=session)


def exercises(session: FakeSession) -> set[str | None]:
    """Returns the exercises that the rooms know."""
    return {here.exercise for here in dict(session.statuses).values()}


async def idle(pilot: Pilot[Any], session: FakeSession) -> None:
    """Waits until the app watches for saves and has reported to every room, and opens other modes."""
    app = pilot.app
    await until(pilot, lambda: "watch" in {worker.group for worker in app.workers}, "the watcher")
    await until(pilot, lambda: len(dict(session.statuses)) == len(session.rooms), "a word to each room")
    for key, sign in (("4", "Progress"), ("1", "Course"), ("5", "Write a message")):
        await pilot.press(key)
        await until(pilot, lambda sign=sign: sign in screen_text(app), sign)
    await pilot.press("escape")
    assert {here.exercise for _, here in session.statuses} == {None}


async def test_an_exercise_is_reported_when_it_is_opened(joined: FromScratchApp, session: FakeSession) -> None:
    async with joined.run_test(size=NARROW) as pilot:
        await idle(pilot, session)
        await pilot.press("2")
        await until(pilot, lambda: exercises(session) == {"stable-softmax"}, "the exercise that Practice shows")
        await pilot.press("n")
        await until(pilot, lambda: exercises(session) == {"gpt-dataset"}, "the next one")
        await pilot.press("5")
        assert exercises(session) == {"gpt-dataset"}


async def test_an_exercise_is_reported_when_its_file_is_saved(joined: FromScratchApp, session: FakeSession) -> None:
    async with joined.run_test(size=NARROW) as pilot:
        await idle(pilot, session)
        exercise = joined.learner.course.exercise("stable-softmax")
        joined.learner.workspace.path(exercise).write_text(solutions.SOFTMAX)
        await until(pilot, lambda: exercises(session) == {"stable-softmax"}, "the exercise that is worked on")
        assert joined.current_mode == "cowork"
        await until(pilot, lambda: session.statuses[-1][1].checks > 0, "how it goes")


async def test_practice_opened_before_the_hub_is_reached(joined: FromScratchApp, session: FakeSession) -> None:
    async with joined.run_test(size=NARROW) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: exercises(session) == {"stable-softmax"}, "the exercise that Practice shows")
