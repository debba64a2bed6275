"""Tests helpers of the screens: editors, browsers, formatting, the reference solution."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual.content import Content

from exercises.load import load_course
from grader.source.reference_source import as_solution
from grader.verdict import Check, Stage, UsedPart, Verdict
from tests.support.tui import NOW
from tui.browser import find_opener
from tui.editor import find_editor
from tui.formatting import clean, duration, plural, size, time_ago, visible_token
from tui.widgets import result_cards


def program(folder: Path, name: str) -> Path:
    """Creates an executable file."""
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_chosen_editor_comes_first() -> None:
    environ = {"VISUAL": "emacs -nw", "EDITOR": "nano", "PATH": ""}
    for chosen, expected in (("hx", ("hx",)), (None, ("emacs", "-nw"))):
        editor = find_editor(chosen, environ)
        assert editor is not None and editor.command == expected and not editor.window
    editor = find_editor(None, {"EDITOR": "'/my tools/ed it' --fast", "PATH": ""})
    assert editor is not None and editor.command == ("/my tools/ed it", "--fast")


def test_an_editor_is_found_on_the_path(tmp_path: Path) -> None:
    assert find_editor(None, {"PATH": str(tmp_path)}) is None
    program(tmp_path, "code")
    assert find_editor(None, {"PATH": str(tmp_path)}) is None  # there is no display for its window
    editor = find_editor(None, {"PATH": str(tmp_path), "DISPLAY": ":0"})
    assert editor is not None and editor.window
    program(tmp_path, "nano")
    editor = find_editor(None, {"PATH": str(tmp_path), "DISPLAY": ":0"})
    assert editor is not None and editor.name == "nano" and not editor.window


def test_a_window_is_not_waited_for_and_lines_are_named() -> None:
    window = find_editor("code --wait", {})
    assert window is not None and window.arguments(Path("a.py"), 7) == ["code", "a.py"]
    vim = find_editor("vim -p", {})
    assert vim is not None and vim.arguments(Path("a.py"), 7) == ["vim", "-p", "+7", "a.py"]
    assert vim.arguments(Path("a.py")) == ["vim", "-p", "a.py"]


def test_browsers_that_would_take_the_terminal_are_left_alone(tmp_path: Path) -> None:
    for name in ("lynx", "firefox"):
        program(tmp_path, name)
    path = {"PATH": str(tmp_path)}
    assert find_opener({**path, "BROWSER": "lynx"}) is None
    assert find_opener(path) is None
    assert find_opener({**path, "DISPLAY": ":0"}) == [str(tmp_path / "firefox")]
    assert find_opener({**path, "BROWSER": "firefox --new-window"}) == [str(tmp_path / "firefox"), "--new-window"]


def test_untrusted_text_cannot_control_the_terminal() -> None:
    shown = clean("\x1b[31mred\x1b[0m\x00\u202etxt.exe")
    assert shown == "redtxt.exe"
    assert "\x1b" not in clean("\x1b]52;c;aGk=\x07")


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=13), "1 week ago"),
        (timedelta(days=70), "2 months ago"),
    ],
)
def test_how_long_ago(passed: timedelta, words: str) -> None:
    assert time_ago(NOW - passed, NOW) == words


def test_counts_times_and_sizes() -> None:
    assert (plural(1, "hint"), plural(3, "hint")) == ("1 hint", "3 hints")
    assert (duration(50), duration(120), duration(125)) == ("50 min", "2 h", "2 h 5 min")
    assert (size(92_871_040), size(835_554), size(2_500_000_000)) == ("93 MB", "0.8 MB", "2.5 GB")


def test_every_exercise_has_a_solution_to_show() -> None:
    for exercise in load_course().exercises:
        text = as_solution(exercise)
        compile(text, exercise.id, "exec")
        for symbol in exercise.symbols:
            assert f"def {symbol}" in text or f"class {symbol}" in text or f"{symbol} =" in text


def test_tokens_show_whitespace() -> None:
    assert visible_token(" the") == "·the"
    assert visible_token("\n\n") == "↵↵"
    assert visible_token("\x1b") == "∅"


def diagnosed(**values: object) -> str:
    check = Check("test_output", "failed", "The first value is 2 and should be 1.", 0.1, "The output is right")
    verdict = Verdict("causal-attention", "failed", [check], **values)  # type: ignore[arg-type]
    content = result_cards.diagnosis(verdict)
    assert isinstance(content, Content)
    return content.plain


def test_the_diagnosis_says_each_thing_once() -> None:
    said = diagnosed(message="The first value is 2 and should be 1.", line=7, line_text="    return x")
    assert said.count("The first value is 2") == 1
    assert "7 │     return x" in said


def test_stages_end_at_the_first_that_is_missing() -> None:
    stages = [Stage("queries", True), Stage("scores", False), Stage("weights", False)]
    said = diagnosed(message="It is not right.", stages=stages, missing_stage="scores")
    assert "queries ✓  scores ✗" in said
    assert "weights" not in said


def test_the_cards_say_whose_the_parts_are() -> None:
    parts = [UsedPart("GELU", "yours"), UsedPart("LayerNorm", "reference")]
    says = "Parts: yours: GELU; the reference's: LayerNorm."
    assert says in diagnosed(message="It is not right.", parts=parts)
    passed = Verdict("causal-attention", "passed", [], parts=parts)
    card = result_cards.celebration(passed, 1, 1, 2, None)
    assert isinstance(card, Content) and says in card.plain
