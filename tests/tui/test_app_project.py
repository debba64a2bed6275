"""Tests projects in the app: creating, ticking, editing and presenting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_app_course import go
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from exercises.course import Course
from grader.check import Grader
from learner.project import Project, Projects
from tests.support.tui import NARROW, NOW, SIZES, WIDE, open_practice, screen_text, toast_texts, until, widget_text
from tui.app import FromScratchApp
from tui.screens.presentation import PresentationApp, PresentationScreen
from tui.screens.project import ProjectScreen


@pytest.fixture
def app(root: Path, grader: Grader, small: Course) -> FromScratchApp:
    return FromScratchApp(root, grader=grader, course=small, clock=lambda: NOW)


@pytest.fixture
def folder(root: Path, small: Course) -> Path:
    """An existing project."""
    return Projects(root, small).new("tales").folder


async def opened(pilot: Pilot[Any]) -> None:
    """Opens the project "tales" from the course tree."""
    await open_practice(pilot)
    await go(pilot, "tales")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ProjectScreen), "the project")
    await pilot.pause(0.1)


@pytest.mark.parametrize("size", SIZES)
async def test_a_project_is_created_from_the_course_tree(
    app: FromScratchApp, root: Path, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await go(pilot, "Your project")
        assert "Press Enter to start a project." in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: "Enter creates a folder" in screen_text(app), "the question")
        app.screen.query_one(Input).value = "../elsewhere"
        await pilot.press("enter")
        await until(pilot, lambda: "cannot be a project's name" in screen_text(app), "the sentence")
        assert not (root / "projects").exists()
        app.screen.query_one(Input).value = "tales"
        await pilot.press("enter")
        await until(pilot, lambda: "0 of 12" in screen_text(app), "the check list")
        assert (root / "projects" / "tales" / "train.py").is_file()
        await pilot.press("escape")
        await until(pilot, lambda: "◐ tales" in screen_text(app), "the project in the map")
        assert "0/12" in widget_text(app, "#tree")


async def test_the_palette_starts_opens_and_presents(app: FromScratchApp, folder: Path) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        for words, sign in (
            ("Present tales", "1 of 8"),
            ("Your project: tales", "0 of 12"),
            ("Start a proj", "Enter creates"),
        ):
            await pilot.press("ctrl+p", *("space" if key == " " else key for key in words))
            await pilot.pause(0.4)
            await pilot.press("enter")
            await until(pilot, lambda sign=sign: sign in screen_text(app), words)
            await pilot.press("escape")
            await pilot.pause(0.1)


@pytest.mark.parametrize("size", SIZES)
async def test_a_box_is_ticked_in_the_learners_file(app: FromScratchApp, folder: Path, size: tuple[int, int]) -> None:
    path = folder / "CHECKLIST.md"
    before = path.read_text()
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await until(pilot, lambda: "1 of 12" in screen_text(app), "the count")
        assert path.read_text() == before.replace("[ ] PLAN.md", "[x] PLAN.md")
        await pilot.press("enter")
        await until(pilot, lambda: "0 of 12" in screen_text(app), "the tick to be gone")
        assert path.read_text() == before
        # Somebody edits the file: the list follows, and the cursor stays on its box.
        path.write_text(before.replace("- [ ] I chose the text", "- [x] I chose the TEXT"))
        await until(pilot, lambda: "✓ I chose the TEXT" in screen_text(app), "the edit")
        await pilot.press("escape")
        await until(pilot, lambda: "1/12" in widget_text(app, "#tree"), "the count in the map")


async def test_a_tick_after_an_external_edit(app: FromScratchApp, folder: Path) -> None:
    path = folder / "CHECKLIST.md"
    async with app.run_test(size=NARROW) as pilot:
        await opened(pilot)
        path.write_text("- [ ] something else\n")
        assert isinstance(app.screen, ProjectScreen)
        app.screen.action_tick()
        await until(pilot, lambda: "has changed since it was read" in toast_texts(app), "the sentence")
        assert path.read_text() == "- [ ] something else\n"
        await until(pilot, lambda: "○ something else" in screen_text(app), "the list as it is now")


ODD: dict[str, tuple[Any, str]] = {
    "deleted": (lambda path: path.unlink(), "There is no file"),
    "no boxes": (lambda path: path.write_text("# Nothing\n"), "has no boxes"),
    "not UTF-8": (lambda path: path.write_bytes(b"- [ ] \xff\n"), "not UTF-8"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "is a folder"),
    "markup": (lambda path: path.write_text("- [ ] [/bold] \x1b[31m[red]x\n"), "○ [/bold]"),
}


@pytest.mark.parametrize("fault", ODD)
async def test_unusual_checklists_are_reported(app: FromScratchApp, folder: Path, fault: str) -> None:
    make, words = ODD[fault]
    make(folder / "CHECKLIST.md")
    async with app.run_test(size=NARROW) as pilot:
        await opened(pilot)
        await until(pilot, lambda: words in screen_text(app), "the sentence")
        await pilot.press("x", "down", "up")
        assert "PLAN.md" in screen_text(app) and "Files" in screen_text(app)


async def test_a_file_opens_in_the_editor(
    app: FromScratchApp, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "gvim"
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/opened\n')
    fake.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(fake))
    async with app.run_test(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("e")
        await until(pilot, lambda: (tmp_path / "opened").exists() and (tmp_path / "opened").read_text(), "the editor")
        line = (
            (folder / "CHECKLIST.md")
            .read_text()
            .splitlines()
            .index("- [ ] PLAN.md is filled in, and someone else has read it.")
        )
        assert (tmp_path / "opened").read_text().split() == [f"+{line + 1}", str(folder / "CHECKLIST.md")]
        (tmp_path / "opened").unlink()
        rows = app.screen.query_one(OptionList)
        rows.highlighted = rows.get_option_index("file PLAN.md")
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "opened").exists() and (tmp_path / "opened").read_text(), "the editor")
        assert (tmp_path / "opened").read_text().strip() == str(folder / "PLAN.md")


@pytest.mark.parametrize("size", SIZES)
async def test_a_demo_is_turned_page_by_page(app: FromScratchApp, folder: Path, size: tuple[int, int]) -> None:
    (folder / "losses.csv").write_text("step,training,validation\n1,4.0,4.1\n100,2.0,2.5\n")
    (folder / "numbers.csv").write_text(",bigram baseline,this model\nperplexity,10.03,6.40\n")
    (folder / "samples.txt").write_text("\n".join(f"[line {i}]" for i in range(60)))
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "1 of 8" in screen_text(app), "the title's page")
        await pilot.press("right")
        await until(
            pilot, lambda: "Not written yet. In one or two sentences" in widget_text(app, "#page"), "a blank page"
        )
        await pilot.press("space", "pagedown")
        await until(
            pilot, lambda: "validation 2.5" in screen_text(app) and "training 2" in screen_text(app), "the curves"
        )
        await pilot.press("n")
        await until(pilot, lambda: "10.03" in screen_text(app), "the numbers")
        await pilot.press("right")
        await until(pilot, lambda: "[line 3]" in screen_text(app), "the samples")

        async def is_at_the_end() -> bool:
            await pilot.press(*["down"] * 10)
            return "[line 50]" in screen_text(app)

        await until(pilot, is_at_the_end, "their end")
        await pilot.press("left")
        (folder / "numbers.csv").write_text("a,b\nnew,11\n")
        await pilot.press("r")
        await until(
            pilot, lambda: "new" in widget_text(app, "#page") and "5 of 8" in screen_text(app), "the new numbers"
        )
        await pilot.press(*["right"] * 9)
        await until(pilot, lambda: "8 of 8" in screen_text(app), "the last page")
        await pilot.press("home")
        await until(pilot, lambda: "1 of 8" in screen_text(app), "the first page")
        (folder / "PRESENT.md").write_bytes(b"\xff")
        await pilot.press("r")
        await until(pilot, lambda: "not UTF-8 text" in widget_text(app, "#page"), "the sentence")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, PresentationScreen), "the end")


async def test_a_finished_project_takes_its_hours_off(app: FromScratchApp, folder: Path) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await open_practice(pilot)
        await go(pilot, "Your project")
        assert "Your project 10 h" in widget_text(app, "#tree")
        path = folder / "CHECKLIST.md"
        path.write_text(path.read_text().replace("[ ]", "[x]"))
        await pilot.press("2", "1")
        await until(pilot, lambda: "✓ tales" in widget_text(app, "#tree"), "the mark")
        assert "Your project 0 h" in widget_text(app, "#tree") and "12/12" in widget_text(app, "#tree")


async def test_the_command_shows_nothing_but_the_demo(folder: Path) -> None:
    app = PresentationApp(Project(folder))
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: "1 of 8" in screen_text(app), "the title's page")
        await pilot.press("end", "right")
        await until(pilot, lambda: "What it does" in screen_text(app), "the next page")
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running or app._exit, "the end")
    assert app.return_code == 0
