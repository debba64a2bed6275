"""Tests of `fromscratch parts` and `fromscratch compare`, and of `generate --part`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exercises.load import load_course
from tests.support.command_line import invoke
from tests.support.own_workspace import pass_exercises
from tests.support.solutions import mistaken
from tests.support.tiny_llama import write_gguf


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def workspace(workspace_root: Path) -> None:
    no_scale = mistaken(load_course().exercise("gqa"), "no-scale")
    pass_exercises(workspace_root, ["rmsnorm-swiglu", "gqa"], {"gqa": no_scale})


def test_parts_are_listed_with_their_exercises(workspace: None) -> None:
    text = invoke("parts").stdout
    assert "attention          reference  lets each token read the earlier ones, in every block" in text
    assert "    multi-head-attention       not written yet" in text
    data = json.loads(invoke("parts", "--model", "smollm2", "--json").stdout)
    parts = {part["id"]: part for part in data["parts"]}
    assert (data["version"], parts["swiglu"]["owner"]) == (1, "reference")
    assert parts["grouped-attention"]["suppliers"] == [
        {"exercise": "gqa", "title": "Grouped-query attention", "state": "changed"}
    ]


def test_a_part_that_computes_the_same_is_shown_as_such(workspace: None, tiny: Path) -> None:
    result = invoke("compare", "swiglu", "rms-norm=mine", "--model", tiny, "--max-tokens", "5", "--prompt", "the")
    assert result.exit_code == 0
    same = "With your RMSNorm and SwiGLU feed-forward the text is the reference's, token for token (5 tokens)."
    assert same in result.stdout
    assert "No layer's output differs by more than 0.01 %." in result.stdout


def test_a_wrong_part_shows_what_differs(workspace: None, tiny: Path) -> None:
    result = invoke("compare", "grouped-attention", "--model", tiny, "--json")
    assert "Your grouped-attention is gqa, not passed as it is now." in result.stderr
    data = json.loads(result.stdout)
    assert data["first"]["name"] == "block 1, attention"
    assert data["kl_mean"] > 0 and data["yours_loss"] != data["reference_loss"]


def test_generate_takes_single_parts(workspace: None, tiny: Path) -> None:
    options = ("the", "--model", tiny, "--greedy", "--max-tokens", "5")
    result = invoke("generate", *options, "--part", "swiglu=mine", "--part", "rms-norm")
    assert result.stderr == "Your parts: rms-norm, swiglu. The other parts are the reference's.\n"
    wrong = invoke("generate", *options, "--part", "attention=mine")
    assert wrong.exit_code == 2
    assert "This model has no part 'attention'." in wrong.stderr
