"""Tests the X-ray's widgets: steps of the settings, wrapped tokens, bars, and tokens without colours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tests.support.tui import screen_text
from tui.widgets.candidate_bars import bar
from tui.widgets.sampling_dials import DIALS, next_step
from tui.widgets.token_text import TokenText, wrap_tokens

SPECS = {spec.name: spec for spec in DIALS}


@pytest.mark.parametrize(
    ("name", "number", "step", "expected"),
    [
        ("temperature", None, 1, 1.1),
        ("temperature", 0.0, -1, 0.0),
        ("temperature", 0.85, -1, 0.8),
        ("top_k", None, -1, 500),
        ("top_k", None, 1, None),
        ("top_k", 12, 1, 15),
        ("top_k", 500, 1, None),
        ("top_k", 1, -1, 1),
        ("top_p", 1.0, 1, None),
        ("min_p", None, 1, 0.005),
        ("min_p", 0.005, -1, None),
        ("min_p", None, -1, None),
    ],
)
def test_a_setting_is_turned(name: str, number: float | None, step: int, expected: float | None) -> None:
    assert next_step(SPECS[name], number, step) == expected


@given(st.lists(st.text(max_size=12), max_size=20), st.integers(2, 30))
def test_wrapped_lines_have_every_token_and_fit(pieces: list[str], width: int) -> None:
    lines = wrap_tokens(pieces, width, "│")
    assert [index for line in lines for index, _ in line.pieces] == list(range(len(pieces)))
    for line in lines:
        length = sum(cell_len(shown) for _, shown in line.pieces)
        assert length + len(line.pieces) <= width or len(line.pieces) == 1
        assert length <= width


def test_a_bar_has_eighths_and_never_vanishes() -> None:
    assert bar(0.5, 4) == "██  " and bar(0.53125, 4) == "██▏ " and bar(1e-9, 4) == "▏   " and bar(0, 2) == "  "
    assert bar(7.0, 3) == "███"


class Texts(App[None]):
    def compose(self) -> ComposeResult:
        yield TokenText()

    def on_mount(self) -> None:
        self.query_one(TokenText).show(["Hel", "lo", " wor", "ld\n", "\x1b[31m", "!"], 2)


@pytest.mark.parametrize("colours", [True, False])
async def test_tokens_without_colours_are_separated(monkeypatch: pytest.MonkeyPatch, colours: bool) -> None:
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    app = Texts()
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        expected = "Hello·world↵\n∅!" if colours else "Hel│lo│·wor│ld↵│\n∅│!│"
        assert screen_text(app).strip() == expected
