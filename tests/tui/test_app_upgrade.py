"""Tests the app with the workspace of an earlier course: the notice, the dialog and the merge."""

from __future__ import annotations

from pathlib import Path

import pytest

from exercises.course import Course
from exercises.exercise import Exercise
from grader.check import Grader
from learner.progress import Progress
from learner.stub_manifest import StubManifest
from learner.workspace import Workspace
from tests.support.tui import NARROW, NOW, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp


@pytest.fixture
def softmax(few: Course) -> Exercise:
    return few.exercise("stable-softmax")


@pytest.fixture
def old(root: Path, few: Course, softmax: Exercise) -> Workspace:
    """A workspace whose edited file for stable-softmax is based on an earlier stub."""
    workspace = Workspace(root, few)
    workspace.create()
    stub = softmax.stub.replace('"""', '"""Earlier. ', 1)
    manifest = StubManifest(workspace.state_folder / "made.json")
    manifest.add(workspace.path(softmax).relative_to(root).as_posix(), stub.encode())
    manifest.save()
    workspace.path(softmax).write_text(stub.replace("raise NotImplementedError", "return x  # mine"))
    return workspace


@pytest.fixture
def app(root: Path, old: Workspace, grader: Grader, few: Course) -> FromScratchApp:
    return FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)


async def test_a_merge_is_shown_before_it_is_made(app: FromScratchApp, old: Workspace, softmax: Exercise) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await until(pilot, lambda: "Press u to see the changes" in screen_text(app), "the note")
        before = old.read(softmax)
        await pilot.press("u")
        await until(pilot, lambda: "changes of the merge" in screen_text(app), "the sheet")
        assert "Earlier." in widget_text(app, "#paper") and old.read(softmax) == before
        await pilot.press("escape")
        await until(pilot, lambda: "Press u to see the changes" in screen_text(app), "the note again")
        await pilot.press("u")
        await until(pilot, lambda: "changes of the merge" in screen_text(app), "the sheet")
        await pilot.press("m")
        await until(pilot, lambda: "Merged." in toast_texts(app), "the sentence")
        after = old.read(softmax)
        assert b"Earlier." not in after and b"return x  # mine" in after
        assert "Press u to see the changes" not in screen_text(app)
        (kept,) = (old.state_folder / "kept").rglob("*.py")
        assert kept.read_bytes() == before


async def test_an_upgrade_can_be_declined(app: FromScratchApp, old: Workspace, softmax: Exercise) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        before = old.read(softmax)
        await until(pilot, lambda: "Press u to see the changes" in screen_text(app), "the note")
        await pilot.press("u")
        await until(pilot, lambda: "changes of the merge" in screen_text(app), "the sheet")
        await pilot.press("k")
        await until(pilot, lambda: "Press u to see the changes" not in screen_text(app), "no note")
        assert old.read(softmax) == before


async def test_without_an_upgrade_there_is_no_key(root: Path, grader: Grader, few: Course) -> None:
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        assert "Upgrade" not in screen_text(app)
        await pilot.press("u")
        await pilot.pause()
        assert len(app.screen_stack) == 1


async def test_what_left_the_course_is_on_the_progress_screen(app: FromScratchApp, old: Workspace) -> None:
    with Progress(old.progress_path) as progress:
        progress.record("ancient-one", "v", b"x", {"outcome": "passed"})
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "No longer in the course: ✓ ancient-one (1 attempt)" in screen_text(app), "the line")


async def test_damaged_progress_is_reported_and_restored(app: FromScratchApp, old: Workspace, root: Path) -> None:
    app.learner.progress.record("causal-attention", "v", b"x", {"outcome": "failed"})
    app.learner.progress.close()
    old.progress_path.write_bytes(b"spoilt" * 1000)
    again = FromScratchApp(root, course=app.learner.course, grader=app.grader, clock=lambda: NOW)
    async with again.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await until(
            pilot, lambda: "1 attempt was recovered; the old file was renamed to" in toast_texts(again), "the sentence"
        )
        assert again.learner.attempts(again.learner.course.exercise("causal-attention")) == 1
