"""Tests of `fromscratch chat` with lines from a pipe and from a terminal."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import invoke, start_command
from tests.support.terminal import Terminal
from tests.support.tiny_llama import write_endless


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_endless(tmp_path_factory.mktemp("models") / "tiny.gguf")


def test_lines_of_a_pipe_are_answered_and_ctrl_c_stops_an_answer(endless: Path) -> None:
    with start_command("chat", "--model", endless, "--greedy", "--max-tokens", "7000", "--system", "Be kind",
                       stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("the abc\n")
        process.stdin.flush()
        assert process.stdout.read(10)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate("\n/new\n")
    assert process.returncode == 0
    assert errors.splitlines() == [" [stopped]"]


def test_a_terminal_shows_the_prompt_and_how_full_the_context_is(endless: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, 80, 24)
    try:
        terminal.open("chat", "--model", str(endless), "--greedy", "--max-tokens", "4")
        terminal.shows("›")
        terminal.type("the abc")
        terminal.press("Enter")
        terminal.shows("of 8,192 tokens)")
        terminal.press("C-c")
        terminal.shows("Ctrl-D ends the conversation.")
        terminal.press("C-d")
        terminal.shows("exited with 0")
    finally:
        terminal.close()


def test_a_model_that_is_not_installed_is_an_error(tmp_path: Path) -> None:
    result = invoke("chat", env={"FROMSCRATCH_DATA": str(tmp_path)})
    assert result.exit_code == 1
    assert "fromscratch models add smollm2" in result.stderr
