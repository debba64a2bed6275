"""Tests the Parts view with pocket: a passed part is tried live, a wrong one shows where it parts, a bad one is out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.image import SVGImageSnapshotExtension
from textual.pilot import Pilot
from textual.widgets import Input

from exercises.course import Course
from grader.check import Grader
from learner.settings import load_settings
from playground.messages import PartUse
from playground.session import Session
from tests.support.comparisons import RIGHT, WRONG
from tests.support.own_workspace import pass_exercises
from tests.support.pictures import drawn
from tests.support.solutions import correct, mistaken
from tests.support.tui import NOW, SIZES, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens.playground.parts import PartsView
from tui.screens.playground.screen import PlaygroundScreen

ATTENTION = "multi-head-attention"


@asynccontextmanager
async def opened(
    root: Path, grader: Grader, course: Course, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[FromScratchApp, Pilot[Any]]]:
    app = FromScratchApp(root, course=course, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot, ATTENTION)
        yield app, pilot


def result(app: FromScratchApp) -> str:
    return widget_text(app, "#parts-right") if isinstance(app.screen, PlaygroundScreen) else ""


def parts_view(app: FromScratchApp) -> PartsView:
    return app.screen.query_one(PartsView)


async def compared(app: FromScratchApp, pilot: Pilot[Any], words: str) -> None:
    await until(pilot, lambda: words in result(app), words)
    await until(pilot, lambda: not parts_view(app).controller.busy, "the end of the comparison")


async def test_passing_an_exercise_offers_its_part_live(root: Path, grader: Grader, course: Course) -> None:
    workspace = pass_exercises(root, [], {ATTENTION: correct(course.exercise(ATTENTION))})
    async with opened(root, grader, course) as (app, pilot):
        await until(pilot, lambda: "✓ Passed." in screen_text(app), "the verdict")
        await until(pilot, lambda: "l Live" in screen_text(app), "the key in the footer")
        assert "your attention can talk: try it live" in widget_text(app, "#card")
        await pilot.press("l")
        await compared(app, pilot, "With your attention the text is the reference's, token for token (40 tokens).")
        assert "No layer's output differs" in result(app)
        assert "pocket · yours: attention" in screen_text(app)
        assert load_settings().settings.parts == {"attention": ATTENTION}

        workspace.path(course.exercise(ATTENTION)).write_text(mistaken(course.exercise(ATTENTION), "no-scale"))
        await pilot.press("f7", "f9", "c")
        await compared(app, pilot, "The models part in block 1, attention: its output differs by")
        assert "not passed as it is now" in result(app)
        assert "nats a token" in result(app)
        await pilot.press("r")
        await compared(app, pilot, "All parts are the reference's.")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "practice", "the exercise")


SHAPE = """\
import torch
from torch import nn


class GELU(nn.Module):
    def forward(self, x):
        return x[..., 1:]
"""


async def test_a_part_with_a_wrong_shape_costs_a_sentence(root: Path, grader: Grader, course: Course) -> None:
    pass_exercises(root, [], {"gelu": SHAPE})
    async with opened(root, grader, course) as (app, pilot):
        await pilot.press("3", "f9")
        await until(pilot, lambda: isinstance(app.screen, PlaygroundScreen), "the playground")
        await until(pilot, lambda: app.screen.controller.state == "ready", "the model")  # type: ignore[attr-defined]
        view = parts_view(app)
        view.list.highlighted = [part.id for part in view.parts].index("gelu")
        await pilot.press("space")
        await compared(app, pilot, "Your GELU is out: the reference's takes its place.")
        assert "Your GELU returned shape (1, 5, 767) (line 6 of gelu.py, in block 1, activation)" in result(app)
        assert view.controller.choices == {}
        await pilot.press("f7")
        await until(pilot, lambda: app.screen.query("#prompt"), "the prompt")
        app.screen.query_one("#max_tokens", Input).value = "3"
        app.screen.query_one("#prompt", Input).value = "Once"
        app.screen.query_one("#prompt").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "3 tokens" in widget_text(app, "#speed"), "the answer")


@pytest.mark.parametrize("size", SIZES)
async def test_pictures(
    root: Path,
    grader: Grader,
    course: Course,
    snapshot: SnapshotAssertion,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def open_fixed(session: Session) -> None:
        session.parts = [PartUse(id, "yours", exercise) for id, exercise in session.choices.items()]
        session.files = list(session.read_files())

    monkeypatch.setattr(Session, "open", open_fixed)
    picture = snapshot.use_extension(SVGImageSnapshotExtension)
    pass_exercises(root, [ATTENTION, "gelu"], {"stable-softmax": "def softmax(x, dim): ...\n"})
    async with opened(root, grader, course, size) as (app, pilot):
        app.learner.change(parts={"attention": ATTENTION, "softmax": "stable-softmax"})
        await pilot.press("3", "f9")
        await until(pilot, lambda: "yours: attention" in screen_text(app), "the model")
        await pilot.press("down", "down", "down", "down", "down", "down")
        for name, comparison in (("wrong", WRONG), ("right", RIGHT)):
            parts_view(app).result.show_comparison(comparison)
            assert await drawn(pilot) == picture(name=name)
