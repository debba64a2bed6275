"""Tests of the keys at the bottom of a screen."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding

from tui.widgets.footer import KeyBar


class Keys(App[None]):
    BINDINGS = [
        Binding("a", "first", "First", tooltip="Does the first thing"),
        Binding("b", "second", "Second"),
        Binding("c", "third", "A long description"),
        Binding("f1", "help", "Mode", id="mode.help"),
        Binding("ctrl+q", "quit", "Quit", show=False),
        Binding("ctrl+p", "command_palette", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []
        self.bells = 0

    def compose(self) -> ComposeResult:
        yield KeyBar()

    def action_first(self) -> None:
        self.pressed.append("first")

    def action_second(self) -> None:
        self.pressed.append("second")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "second" and "first" in self.pressed:
            return None  # shown, and not possible
        return True

    def bell(self) -> None:
        self.bells += 1


@pytest.fixture
def app() -> Keys:
    return Keys()


def shown(app: App[None]) -> str:
    return str(app.query_one(KeyBar).render()).strip()


async def test_the_keys_that_fit_are_shown(app: Keys) -> None:
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.pause()
        assert shown(app) == "a First  b Second  c A long description"
        await pilot.resize_terminal(30, 5)
        await pilot.pause()
        assert shown(app) == "a First  b Second"


async def test_a_click_presses_a_key_unless_it_is_disabled(app: Keys) -> None:
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.pause()
        await pilot.click(KeyBar, offset=(12, 0))
        await pilot.pause()
        await pilot.click(KeyBar, offset=(3, 0))
        await pilot.pause()
        assert app.pressed == ["second", "first"]
        app.refresh_bindings()
        await pilot.pause()
        await pilot.click(KeyBar, offset=(12, 0))
        await pilot.click(KeyBar, offset=(9, 0))  # between two keys
        await pilot.pause()
        assert app.pressed == ["second", "first"]
        assert app.bells == 1


async def test_the_key_under_the_mouse_has_a_tooltip(app: Keys) -> None:
    async with app.run_test(size=(60, 5), tooltips=True) as pilot:
        await pilot.pause()
        bar = app.query_one(KeyBar)
        await pilot.hover(KeyBar, offset=(3, 0))
        assert bar.tooltip == "Does the first thing"
        await pilot.hover(KeyBar, offset=(12, 0))
        assert bar.tooltip is None
