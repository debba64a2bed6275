"""Tests that a part that loops, crashes or fails costs the app one sentence and at most one key."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from exercises.load import load_course
from grader.check import Grader
from tests.support.own_workspace import pass_exercises
from tests.support.tiny_llama import write_gguf
from tests.support.tui import NARROW, NOW, open_practice, screen_text, until
from tui.app import FromScratchApp

SIGNATURE = "def generate(model, idx, max_new_tokens, context_size, temperature=0.0, top_k=None, eos_id=None):\n"
PROBLEM = "#transcript .problem"
FAULTS = {
    "loops": ("    print('it loops')\n    while True:\n        pass\n", "did not stop within 1 s"),
    "crashes": ("    import os\n    os._exit(5)\n", "ended unexpectedly with exit code 5"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_app_lives_on_and_the_model_comes_back(
    root: Path, grader: Grader, tmp_path: Path, fault: str
) -> None:
    course = load_course()
    body, sentence = FAULTS[fault]
    pass_exercises(root, ["sample-generate"], {"sample-generate": SIGNATURE + body}, course)
    tiny = write_gguf(tmp_path / "tiny.gguf")
    app = FromScratchApp(root, course=course, grader=grader, clock=lambda: NOW, model=tiny)
    async with app.run_test(size=NARROW) as pilot:
        await open_practice(pilot)
        await pilot.press("3")
        await until(pilot, lambda: getattr(app.screen, "controller", None) is not None, "the Playground")
        controller = app.screen.controller
        assert controller.choose_parts({"sampler": "sample-generate"}) is None
        controller.reload()
        await until(pilot, lambda: controller.state == "ready" and controller.session.yours == ["sampler"], "the part")
        app.screen.query_one("#prompt").focus()
        await pilot.press(*"the", "enter")
        if fault == "loops":
            await until(pilot, lambda: "it loops" in controller.session.log, "the endless loop")
            await pilot.press("escape")
        await until(pilot, lambda: not controller.busy and app.screen.query(PROBLEM), "the sentence")
        (problem,) = app.screen.query(PROBLEM).results(Static)
        assert sentence in str(problem.content)
        await pilot.press(*"again", "enter")
        await until(pilot, lambda: len(app.screen.query(".answer")) == 2 and not controller.busy, "the next answer")
        await until(pilot, lambda: "tokens/s" in screen_text(app), "the speed")
