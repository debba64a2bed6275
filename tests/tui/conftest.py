"""Fixtures for the app: isolated folders, a fixed clock, and the session's warm engine."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from exercises.course import Course
from exercises.load import load_course
from grader.check import Grader
from tests.support.grading import Service, ServiceGrader
from tests.support.study_hub import StudyHub, app_in_room
from tests.support.tui import NARROW, NOW
from tests.support.two_members import Two
from tui.app import FromScratchApp

collect_ignore = ["course"]


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hides this machine's editors, browsers, settings and models."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FROMSCRATCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EDITOR", "vim")
    for name in ("VISUAL", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    yield
    gc.unfreeze()  # the app freezes its screens, which would stay in memory until the last test


@pytest.fixture(autouse=True)
def lasting_notifications(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps notifications until a test has read them, however slow the machine is; pictures show them as they are."""
    if "snap_compare" not in request.fixturenames:
        monkeypatch.setattr(FromScratchApp, "NOTIFICATION_TIMEOUT", 600)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "fromscratch"


@pytest.fixture
def grader(service: Service) -> Grader:
    return ServiceGrader(service)


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


@pytest.fixture
def two(root: Path, grader: Grader, few: Course, tmp_path: Path) -> Any:
    @asynccontextmanager
    async def enter(size: tuple[int, int] = NARROW, role: Any = "member") -> AsyncIterator[Two]:
        study = StudyHub(tmp_path / "hub", grader)
        async with (
            study.run() as server,
            app_in_room(root, grader, few, server, size, role) as pilot,
            server.join("Ana", "organiser") as ana,
        ):
            await ana.enter("lobby")
            await pilot.press("escape")
            yield Two(pilot, ana, server)

    return enter
