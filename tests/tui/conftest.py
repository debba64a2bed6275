"""Fixtures for the app: isolated folders, a fixed clock, and the session's warm engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tui_helpers import NOW

from exercises.course import Course, Exercise
from exercises.load import load_course
from grader.check import Grader
from grader.verdict import Event, Verdict
from tui.app import FromScratchApp

collect_ignore = ["course"]


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides this machine's editors, browsers, settings and models."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FROMSCRATCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EDITOR", "vim")
    for name in ("VISUAL", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "fromscratch"


class Lent(Grader):
    """Runs the session's grader, whose engine has its own event loop."""

    def __init__(self, service: Any) -> None:
        super().__init__(service.engine)
        self.service = service

    async def check(
        self, exercise: Exercise, source: bytes | Path, on_event: Callable[[Event], None] | None = None
    ) -> Verdict:
        loop = asyncio.get_running_loop()

        def hear(event: Event) -> None:
            if on_event is not None:
                loop.call_soon_threadsafe(on_event, event)

        work = self.service.grader.check(exercise, source, hear)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.service.loop))


@pytest.fixture
def grader(service: Any) -> Grader:
    return Lent(service)


@pytest.fixture
def small() -> Course:
    """A small course for the snapshots."""
    return load_course(Path(__file__).parent / "course")


FEW = ("stable-softmax", "gpt-dataset", "causal-attention")


@pytest.fixture
def few(course: Course) -> Course:
    """The real course with three of its exercises."""
    months = tuple(
        replace(month, exercises=tuple(exercise for exercise in month.exercises if exercise.id in FEW))
        for month in course.months
    )
    return replace(course, months=months)


@pytest.fixture
def app(root: Path, grader: Grader, few: Course) -> FromScratchApp:
    """The app with a workspace that does not exist yet."""
    return FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
