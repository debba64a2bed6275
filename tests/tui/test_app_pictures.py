"""A picture of each room, at two sizes, in a dark and a light theme. `--snapshot-update` takes them anew; look at
the changed files in __snapshots__ with any browser before they are kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.image import SVGImageSnapshotExtension

from cowork.rooms.chat import SendMessage
from exercises.course import Course
from exercises.drawings import AnyDrawing, Bars, Curves, HeatMap, Node, Table, Tokens, Tree
from grader.check import Grader
from grader.verdict import Check, MatchedMistake, Stage, Verdict
from learner.checklist import set_ticked
from learner.progress import Progress
from learner.project import Projects
from playground.tryout.client import TryResult
from tests.support.fake_session import BEN, CY, FakeSession
from tests.support.pictures import drawn
from tests.support.study_group import study_group
from tests.support.tui import NOW, SIZES, open_practice, screen_text, until
from tui.app import FromScratchApp
from tui.learner_context import LearnerContext
from tui.screens import try_it

TITLES = {
    "test_output": "The context vectors are right",
    "test_future": "No token sees the future",
    "test_short": "Sequences shorter than context_length work",
    "test_sizes": "Any batch, length and width works",
    "test_gradients": "Every weight learns",
}
WRONG = "class CausalAttention:\n    scores = queries @ keys\n"
RIGHT = "def softmax(x, dim=-1):\n    return x\n"


def _failed() -> Verdict:
    message = "Your output is not right: 32 of 40 values differ; the first, at [0, 1, 0] is -1.75321, not -1.74844."
    checks = [
        Check(name, "passed" if name == "test_future" else "failed", message, 0.02, title)
        for name, title in TITLES.items()
    ]
    names = ["queries", "keys", "values", "scores", "scaled_scores", "weights"]
    return Verdict(
        "causal-attention",
        "failed",
        checks,
        mistake=MatchedMistake("no-scale", "The scores are not divided by √d_k."),
        missing_stage="scaled_scores",
        stages=[Stage(name, name in names[:4]) for name in names],
        output="shape torch.Size([2, 5, 6])\nshape torch.Size([2, 3, 6])\n",
        seconds=0.11,
        message="The scores are not divided by √d_k. (Your result is exactly the result of this mistake.)",
    )


def _passed() -> Verdict:
    checks = [Check(name, "passed", "", 0.01, title) for name, title in list(TITLES.items())[2:]]
    return Verdict("stable-softmax", "passed", checks, seconds=0.1)


@pytest.fixture
def practised(root: Path, small: Course, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a failed attempt at one exercise and a pass of the other."""
    monkeypatch.setenv("FROMSCRATCH_POLL", "0")
    learner = LearnerContext(root, small, lambda: NOW)
    learner.create()
    learner.progress.close()
    for minutes, source, verdict in ((9, WRONG, _failed()), (3, RIGHT, _passed())):
        exercise = small.exercise(verdict.exercise)
        learner.workspace.path(exercise).write_text(source)
        with Progress(learner.workspace.progress_path, lambda m=minutes: NOW - timedelta(minutes=m)) as progress:
            progress.record(exercise.id, exercise.version, source.encode(), msgspec.to_builtins(verdict))
            progress.set_last_exercise("stable-softmax")
            progress.set_material("glossary", True)
    return root


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(SVGImageSnapshotExtension)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_rooms(
    practised: Path, small: Course, grader: Grader, picture: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    app = FromScratchApp(practised, course=small, grader=grader, clock=lambda: NOW)
    app.theme = f"fromscratch-{theme}"
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        assert await drawn(pilot) == picture(name="practice-passed")
        app.open_exercise(small.exercise("causal-attention"))
        await pilot.press("h")
        if size[0] < 100:
            await pilot.press("home")
        assert await drawn(pilot) == picture(name="practice-failed")
        for key, name in (("f1", "course"), ("f3", "playground"), ("f4", "progress"), ("f6", "help")):
            await pilot.press(key)
            if name == "playground":
                await until(pilot, lambda: app.screen.controller.state == "ready", "the model")
                await until(pilot, lambda: "loading" not in screen_text(app), "the model's parts")
            assert await drawn(pilot) == picture(name=name)
        await pilot.press("5")
        assert await drawn(pilot) == picture(name="cowork-join")
        await pilot.press("4", "g", *"soft")
        assert await drawn(pilot) == picture(name="glossary")
        await pilot.press("escape")
        app.open_quiz(small.quizzes[0])
        await pilot.press("2")
        assert await drawn(pilot) == picture(name="quiz")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_first_start(
    root: Path, small: Course, grader: Grader, picture: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    app = FromScratchApp(root, course=small, grader=grader, clock=lambda: NOW)
    app.theme = f"fromscratch-{theme}"
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        assert await drawn(pilot) == picture(name="practice-fresh")


DRAWINGS: list[AnyDrawing] = [
    HeatMap([[1.0, None], [0.25, 0.75]], ["the", "ferry"], ["the", "ferry"], title="Weights", caption="Rows sum to 1."),
    Curves(
        {"loss": [(0, 4.0), (5, 1.5), (10, 1.0)], "validation": [(0, 4.1), (10, 1.4)]},
        x="step",
        title="Training",
        caption="It ends at 1.00.",
    ),
    Bars(["mat", "sofa", "moon"], [0.61, 0.27, 0.02], faded=[2], title="Probabilities", caption="“mat” gets 61%."),
    Tokens(["the", " fer", "ry"], ["263", "301", "271"], title="Tokens", caption="9 bytes became 3 tokens."),
    Tree(Node("ry  271", [Node("r  114"), Node("y  121")]), title="A merge", caption="One node with two halves."),
    Table(["rank", "numbers"], [[4, 6144], [8, 12288]], title="LoRA", caption="Twice the rank, twice the numbers."),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_try(
    practised: Path, few: Course, grader: Grader, picture: SnapshotAssertion, size: tuple[int, int], theme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def fixed(*arguments: object) -> TryResult:
        return TryResult(DRAWINGS)

    monkeypatch.setattr(try_it, "run_try", fixed)
    app = FromScratchApp(practised, course=few, grader=grader, clock=lambda: NOW)
    app.theme = f"fromscratch-{theme}"
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await pilot.press("t")
        await until(pilot, lambda: "Rows sum to 1." in screen_text(app), "the drawings")
        assert await drawn(pilot) == picture(name="try")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_project(
    root: Path, small: Course, grader: Grader, picture: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    project = Projects(root, small).new("tales")
    rows = (f"{step},{4 / step**0.2:.3f},{4.1 / step**0.19:.3f}" for step in range(1, 400, 25))
    (project.folder / "losses.csv").write_text("\n".join(["step,training,validation", *rows]))
    (project.folder / "numbers.csv").write_text(",bigram baseline,this model\nperplexity,10.03,6.40\n")
    set_ticked(project.checklist(), 2, True)
    app = FromScratchApp(root, course=small, grader=grader, clock=lambda: NOW)
    app.theme = f"fromscratch-{theme}"
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await drawn(pilot)  # the screen below a dialog stays as it was when the dialog opened
        app.open_project("tales")
        await until(
            pilot, lambda: "Close" in screen_text(app) and "1 of 12" in screen_text(app), "the project and its keys"
        )
        app.screen.refresh(layout=True)  # paints the screen below, which the first frame may lack
        assert await drawn(pilot) == picture(name="project")
        pages = (("p", "title", 1), ("right", "blank", 2), ("right right", "curves", 4), ("right", "numbers", 5))
        for keys, name, number in pages:
            await pilot.press(*keys.split())
            sign = f"{number} of 8"
            await until(
                pilot,
                lambda sign=sign: sign in screen_text(app) and "Close" in screen_text(app),
                "the page and its keys",
            )
            assert await drawn(pilot) == picture(name=f"present-{name}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_cowork(
    root: Path, few: Course, grader: Grader, picture: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    session: Any = study_group(FakeSession())
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW, session=session)
    app.theme = f"fromscratch-{theme}"
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        app.cowork.read.initialize("month-3", 0)  # what is said there is new
        await pilot.press("5", "w", "escape", "up")
        assert await drawn(pilot) == picture(name="cowork-chat")
        await pilot.press("b")  # what the chat shows counts as seen
        session.by(CY, SendMessage("@Ana, do we meet on Thursday?"), "month-3", ago=60)
        session.by(BEN, SendMessage("I can present the mask, @Ana."), ago=30)
        await until(pilot, lambda: "Meanwhile 2" in screen_text(app), "both mentions are new")
        for key, name in (("b", "board"), ("v", "review"), ("k", "breaks"), ("m", "meeting"), ("h", "meanwhile")):
            await pilot.press(key)
            assert await drawn(pilot) == picture(name=f"cowork-{name}")
        await pilot.press("v", "enter")
        await until(pilot, lambda: "Next comment" in screen_text(app), "the source")
        assert await drawn(pilot) == picture(name="cowork-source")
        await pilot.press("escape", "k", "enter")
        await until(pilot, lambda: "Break " in screen_text(app) and app.cowork_news, "the form")
        assert await drawn(pilot) == picture(name="cowork-attempt")
