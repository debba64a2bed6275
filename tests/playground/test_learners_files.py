"""Tests of which parts a learner has: passed, changed since, never passed, or not written."""

from pathlib import Path

import pytest

from playground.own_parts import OwnParts, applicable
from playground.parts_catalogue import GPT, LLAMA, find_part
from tests.support.own_workspace import pass_exercises
from tests.support.solutions import ENDLESS_SOFTMAX


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> OwnParts:
    passed = ["gelu", "feed-forward", "multi-head-attention", "split-heads", "causal-attention", "kv-cache", "gqa",
              "quantize"]  # fmt: skip
    sources = {"gqa": "class GroupedQueryAttention: ...\n", "stable-softmax": ENDLESS_SOFTMAX}
    return OwnParts(pass_exercises(tmp_path_factory.mktemp("ws"), passed, sources))


def test_the_state_of_each_file_is_known(own: OwnParts) -> None:
    states = {id: own.state(id) for id in ("gelu", "gqa", "stable-softmax", "layer-norm")}
    assert states == {"gelu": "passed", "gqa": "changed", "stable-softmax": "written", "layer-norm": "none"}
    supplies = own.supplies(find_part(GPT, "attention"))
    assert [supply.exercise.id for supply in supplies][:2] == ["multi-head-attention", "fused-sdpa"]
    assert [supply.state for supply in supplies] == ["passed", "none", "none", "passed", "none", "none"]


def test_all_passed_parts_are_chosen_but_not_the_cache(own: OwnParts) -> None:
    chosen = {"gelu": "gelu", "feed-forward": "feed-forward", "attention": "multi-head-attention"}
    assert own.passed(GPT) == chosen
    assert own.passed(LLAMA) == {}
    assert applicable(GPT, chosen | {"swiglu": "rmsnorm-swiglu", "gelu": "reference"}) == {
        "feed-forward": "feed-forward",
        "attention": "multi-head-attention",
    }


@pytest.mark.parametrize(
    ("architecture", "name", "wanted", "exercise"),
    [
        (GPT, "attention", "mine", "multi-head-attention"),
        (GPT, "attention", "causal-attention", "causal-attention"),
        (GPT, "attention", "reference", "reference"),
        (LLAMA, "grouped-attention", "mine", "gqa"),
        (GPT, "softmax", "mine", "stable-softmax"),
    ],
)
def test_a_part_is_chosen_by_its_owner(own: OwnParts, architecture: str, name: str, wanted: str, exercise: str) -> None:
    assert own.choose(architecture, name, wanted) == (name, exercise)


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        ("atention", "mine", "This model has no part 'atention'. Its parts are tokenizer, "),
        ("attention", "gelu", "attention can be mine, reference, or one of multi-head-attention, fused-sdpa, "),
        ("layer-norm", "mine", "You have no layer-norm yet. Write one of these exercises: layer-norm."),
        ("attention", "fused-sdpa", "You have no attention yet. Write one of these exercises: "),
    ],
)
def test_a_choice_that_is_impossible_is_explained(own: OwnParts, name: str, wanted: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        own.choose(GPT, name, wanted)


def test_files_come_with_the_passed_ones_that_they_need(own: OwnParts) -> None:
    files = {file.exercise: file for file in own.files(["multi-head-attention"])}
    assert files.keys() == {"multi-head-attention", "split-heads", "causal-attention"}
    assert Path(files["split-heads"].path).read_bytes() == files["split-heads"].source
    assert [file.passed for file in own.files(["gqa"]) if file.exercise == "gqa"] == [False]


def test_files_of_passed_exercises_are_found_from_any_iterable(own: OwnParts) -> None:
    ids = ["gelu", "stable-softmax", "not-in-this-course"]
    found = [file.exercise for file in own.passed_files(iter(ids))]
    assert "gelu" in found and "stable-softmax" not in found  # the second is written, and has not passed
    assert own.files(iter(["gelu"])) == own.files(["gelu"]) != []
