"""Tests of `fromscratch generate` without its command line: the answer, the notices and the exit code."""

from pathlib import Path

import pytest

from playground.command import stream
from playground.messages import LearnerFile, Sampling

GREEDY = Sampling(greedy=True, max_tokens=10)


async def test_the_answer_is_streamed(tiny: Path) -> None:
    written: list[str] = []
    notices: list[str] = []
    assert await stream("the", str(tiny), GREEDY, {}, list, written.append, notices.append) == 0
    assert len(written) > 2
    assert written[-1] == "\n"
    assert notices == []


async def test_the_learners_parts_are_named(tiny: Path) -> None:
    files = [
        LearnerFile("stable-softmax", "/home/ana/stable_softmax.py", b"def softmax(x, dim=-1):\n    return x\n"),
        LearnerFile("sample-generate", "/home/ana/sample_generate.py", b"def generate(:"),
    ]
    choices = {"softmax": "stable-softmax", "sampler": "sample-generate"}
    notices: list[str] = []
    assert await stream("the", str(tiny), GREEDY, choices, lambda: files, lambda text: None, notices.append) == 0
    assert notices[0] == "Your parts: softmax. The other parts are the reference's."
    assert notices[1].startswith("Your sample_generate.py could not be loaded: SyntaxError: ")
    assert notices[1].endswith("(line 1 of sample_generate.py). The reference's takes its place.")
    assert len(notices) == 2


async def test_a_model_that_is_not_installed_is_an_error_on_stderr(
    data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[str] = []
    assert await stream("Hi", "smollm2", GREEDY, {}, list, written.append) == 1
    assert written == []
    assert "fromscratch models add smollm2" in capsys.readouterr().err
