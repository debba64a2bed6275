"""Tests the X-ray's pages with fixed answers of a model; test_app_playground.py looks at the real pocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
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
from playground.branches import text_of
from playground.messages import AppRequest
from playground.protocol import Event
from playground.session import Session, SessionError
from playground.xray_messages import Ablate
from tests.support import xray_answers
from tests.support.pictures import drawn
from tests.support.tui import NARROW, NOW, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens.playground.xray.next_token import NextTokenPage
from tui.screens.playground.xray.view import XrayView
from tui.widgets.candidate_bars import CandidateBars
from tui.widgets.heat_map import HeatMap

EXAMPLE = "Once upon a time there was a"


@pytest.fixture(autouse=True)
def fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose answers are fixed numbers."""

    async def opened(session: Session) -> None:
        session.name = "Fixed"

    monkeypatch.setattr(Session, "open", opened)
    monkeypatch.setattr(Session, "ask", xray_answers.ask)


@asynccontextmanager
async def xray(root: Path, grader: Grader, few: Course, size: tuple[int, int] = NARROW) -> AsyncIterator[Pilot[Any]]:
    """Opens the X-ray with its example text and the candidates after it."""
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW, model=Path("fixed.gguf"))
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await pilot.press("3", "f8")
        await until(pilot, lambda: "of 1,000 tokens left" in screen_text(app), "the candidates")
        yield pilot


def text(pilot: Pilot[Any]) -> str:
    return text_of(pilot.app.screen.query_one(XrayView).state.tree.tokens)


def fill(pilot: Pilot[Any], **values: str) -> None:
    for name, value in values.items():
        pilot.app.screen.query_one(f"#dial-{name}", Input).value = value


async def test_bars_move_with_the_settings(root: Path, grader: Grader, few: Course) -> None:
    async with xray(root, grader, few) as pilot:
        app = pilot.app
        assert "1,000 of 1,000 tokens left" in widget_text(app, "#summary")
        first = widget_text(app, "#candidates")
        assert first.count("29.5%") == 2  # drawn, and by the model alone
        fill(pilot, top_k="3")
        await until(pilot, lambda: "3 of 1,000 tokens left" in widget_text(app, "#summary"), "the filter")
        bars = app.screen.query_one(CandidateBars)
        assert sum(candidate.drawn for candidate in bars.filtered.candidates) == pytest.approx(1)
        assert " top-k " in widget_text(app, "#candidates")
        fill(pilot, top_k="", top_p="0.6")
        await until(pilot, lambda: " top-p " in widget_text(app, "#candidates"), "the other filter")
        fill(pilot, top_p="", temperature="0")
        await until(pilot, lambda: "1 of 1,000" in widget_text(app, "#summary"), "the greedy choice")
        fill(pilot, temperature="1")
        await pilot.press("s", "down", "down")
        field = app.screen.query_one("#dial-temperature", Input)
        assert field.value == "0.8"
        await until(pilot, lambda: "35.4%" in widget_text(app, "#candidates"), "the bars at 0.8")
        fill(pilot, min_p="7")
        await until(pilot, lambda: "Min-p must be a number" in widget_text(app, "#next-right"), "the message")
        await pilot.press("escape")
        assert app.focused is bars


async def test_tokens_are_taken_and_texts_branch(root: Path, grader: Grader, few: Course) -> None:
    async with xray(root, grader, few, WIDE) as pilot:
        app = pilot.app
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot) == f"{EXAMPLE} dragon", "the first candidate")
        await pilot.press("left", "left")
        await until(pilot, lambda: "▸ ·a" in widget_text(app, "#candidates"), "the token that follows")
        await pilot.press("home", "down", "enter")
        branch = text(pilot)
        assert branch.startswith("Once upon a time there was ") and branch != f"{EXAMPLE} dragon"
        await until(pilot, lambda: "↳6" in widget_text(app, "#branches"), "the branch")
        await pilot.press("b", "up", "enter")
        await until(pilot, lambda: text(pilot) == f"{EXAMPLE} dragon", "the first text")
        await pilot.press("b")
        fill(pilot, temperature="0")
        await until(pilot, lambda: "1 of 1,000" in widget_text(app, "#summary"), "the greedy choice")
        await pilot.press("space")
        await until(pilot, lambda: text(pilot).startswith(f"{EXAMPLE} dragon "), "a drawn token")
        # by mouse: the first token of the text, then a candidate
        await pilot.click("#xray-text", offset=(4, 0))
        await until(pilot, lambda: "token 1/9" in screen_text(app), "the first token")
        await until(pilot, lambda: "▸ ·upon" in widget_text(app, "#candidates"), "its candidates")
        await pilot.click("#candidates", offset=(4, 1))
        await until(pilot, lambda: "↳1" in widget_text(app, "#branches"), "a branch at the first token")
        before = len(app.screen.query_one(XrayView).state.tree.tokens)
        await until(pilot, lambda: "1 of 1,000" in widget_text(app, "#summary"), "the candidates")
        await pilot.press("c")
        await until(pilot, lambda: f"token {before + 20}/{before + 20}" in screen_text(app), "the continuation")
        await pilot.press("b", "d", "b")
        await until(pilot, lambda: "↳1" not in widget_text(app, "#branches"), "the branch is gone")


async def test_a_continuation_ends_when_the_user_goes_to_a_different_token(
    root: Path, grader: Grader, few: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, allowed = asyncio.Event(), asyncio.Event()

    async def slow(session: Session, request: AppRequest) -> AsyncGenerator[Event, None]:
        asked.set()
        await allowed.wait()
        async for event in xray_answers.ask(session, request):
            yield event

    async with xray(root, grader, few) as pilot:
        monkeypatch.setattr(Session, "ask", slow)
        await pilot.press("c")
        await asked.wait()
        before = text(pilot)
        await pilot.press("left")
        allowed.set()
        page = pilot.app.screen.query_one(NextTokenPage)
        await until(pilot, lambda: not page.continuing, "the end of the continuation")
        assert text(pilot) == before, "a token for the end of the text is not put at a different place"


async def test_a_different_text(root: Path, grader: Grader, few: Course) -> None:
    async with xray(root, grader, few) as pilot:
        app = pilot.app
        await pilot.press("e")
        assert app.screen.query_one("#xray-field", Input).value == EXAMPLE
        app.screen.query_one("#xray-field", Input).value = "the forest [bold]"
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot) == "the forest [bold]", "the text")
        await until(pilot, lambda: "the·forest·[bold]" in widget_text(app, "#branches"), "two texts")
        await pilot.press("e", "escape", "left")
        await until(pilot, lambda: "token 10/11" in screen_text(app), "the view's own keys")


async def test_tokens_attention_and_lens(root: Path, grader: Grader, few: Course) -> None:
    async with xray(root, grader, few) as pilot:
        app = pilot.app
        await pilot.press("k")
        await until(pilot, lambda: "SmolLM2's 8 tokens" in widget_text(app, "#tokens-right"), "the tokenizers")
        assert "GPT-2's not available" in widget_text(app, "#tokens-right")
        await pilot.press("left")
        await until(
            pilot, lambda: "bytes 20 77 61 73 length 4 bytes" in widget_text(app, "#token-detail"), "the bytes of ·was"
        )
        await pilot.press("down", "down")
        await until(pilot, lambda: "models add gpt2-vocabulary" in widget_text(app, "#token-detail"), "what is missing")
        await pilot.press("down")
        await until(pilot, lambda: "of 8" in widget_text(app, "#token-detail"), "a different tokenizer")
        await pilot.press("a")
        await until(pilot, lambda: "·was attends to" in widget_text(app, "#attention-detail"), "the attention")
        assert "Once upon a time there was a" in widget_text(app, "#attention-map")
        await pilot.press("shift+down", "shift+right")
        await until(pilot, lambda: "‹ 2 of 6 › Head ‹ 2 of 6 ›" in widget_text(app, "#attention-choice"), "the head")
        await pilot.press("m")
        await until(pilot, lambda: "mean of all" in widget_text(app, "#attention-choice"), "the mean")
        await pilot.press("up")
        await until(pilot, lambda: "token 5/7" in screen_text(app), "the row is the text's cursor")
        assert widget_text(app, "#attention-detail").startswith("·there attends to Once")
        await pilot.click("#attention-choice", offset=(6, 0))
        await until(pilot, lambda: "Layer ‹ 1 of 6 ›" in widget_text(app, "#attention-choice"), "the layer before")
        await pilot.press("l")
        await until(pilot, lambda: "After ·there final choice" in widget_text(app, "#lens-heading"), "the lens")
        shown = widget_text(app, "#lens-map")
        assert "emb." in shown and "6 1 87.5%" in shown
        await pilot.press("right")
        await until(pilot, lambda: "After ·was" in widget_text(app, "#lens-heading"), "the next position")


async def test_heads_are_switched_off_and_errors_are_sentences(
    root: Path, grader: Grader, few: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with xray(root, grader, few) as pilot:
        app = pilot.app
        await pilot.press("h", "enter")
        await until(pilot, lambda: "loss 2.500 → 2.333 without 1.1" in widget_text(app, "#heads-line"), "one head")
        await pilot.press("r", "x")
        await until(pilot, lambda: "+0.333" in widget_text(app, "#heads-map"), "the losses")
        await pilot.press("right", "down")
        await until(pilot, lambda: "loss 2.500 → 2.417 without 2.2" in widget_text(app, "#heads-line"), "the head")
        await pilot.press("enter")
        await until(pilot, lambda: "without 2.2 ·" in widget_text(app, "#heads-after"), "the text without it")
        assert widget_text(app, "#heads-before").startswith("all heads ·dragon")
        assert "off: 2.2" in screen_text(app)
        await pilot.press("r")
        await until(pilot, lambda: "off: 2.2" not in screen_text(app), "all heads")

        await pilot.press("e")
        app.screen.query_one("#xray-field", Input).value = "the old owl"
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot) == "the old owl", "a different text")
        waiting = asyncio.Event()

        async def ask(session: Any, request: AppRequest) -> AsyncGenerator[Event, None]:
            if not isinstance(request, Ablate):
                raise SessionError("The model's process was killed by SIGKILL.")
            for event in list(xray_answers.answers(request))[:4]:
                yield event
            await waiting.wait()

        monkeypatch.setattr(Session, "ask", ask)
        await pilot.press("x")
        await until(pilot, lambda: "50%" in widget_text(app, "#heads-line"), "the progress")
        assert "esc Stop" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: "50%" not in widget_text(app, "#heads-line"), "the end")
        await pilot.press("l")
        await until(pilot, lambda: "killed by SIGKILL." in widget_text(app, "#xray-lens"), "the message")


async def test_pictures(root: Path, grader: Grader, few: Course, snapshot: SnapshotAssertion) -> None:
    picture = snapshot.use_extension(SVGImageSnapshotExtension)
    async with xray(root, grader, few) as pilot:
        app = pilot.app
        fill(pilot, top_k="5")
        await pilot.press("left", "left")
        await until(pilot, lambda: "▸ ·was" in widget_text(app, "#candidates"), "the token that follows")
        await pilot.press("home", "down", "enter")
        await until(pilot, lambda: "↳5" in widget_text(app, "#branches"), "the branch")
        await pilot.press("left", "left")
        for key, name, selector, words in (
            ("n", "next-token", "#summary", "of 1,000 tokens left"),
            ("k", "tokens", "#tokens-right", "SmolLM2's"),
            ("a", "attention", "#attention-detail", "attends to"),
            ("l", "lens", "#lens-heading", "final choice"),
            ("h", "heads", "#heads-line", "loss "),
        ):
            await pilot.press(key)
            if name == "heads":
                await pilot.press("x", "enter")
                await until(pilot, lambda: "without 1.1 ·" in widget_text(app, "#heads-after"), "the texts")
            await until(pilot, lambda s=selector, w=words: w in widget_text(app, s), words)
            await until(pilot, lambda: not app.screen.query_one(XrayView).page.working, "the answers")
            assert await drawn(pilot) == picture(name=name)


async def test_a_long_table_is_drawn_around_its_cursor(root: Path, grader: Grader, few: Course) -> None:
    async with xray(root, grader, few) as pilot:
        app = pilot.app
        await pilot.press("e")
        app.screen.query_one("#xray-field", Input).value = "Once" + " upon a time" * 30
        await pilot.press("enter", "a")
        await until(pilot, lambda: "of 64, columns" in widget_text(app, "#attention-map"), "the rest in words")
        table = app.screen.query_one("#attention-map", HeatMap)
        first = table.window()
        assert first.bottom == first.right == 64  # the last token's row, and its weight on itself
        await pilot.press("home", "pageup")
        moved = table.window()
        assert moved.top < first.top and moved.left == 0
        assert moved.top <= table.row < moved.bottom and moved.left <= table.column < moved.right
