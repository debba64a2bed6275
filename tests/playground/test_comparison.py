"""Tests of the comparison of a model with the learner's parts and the reference's."""

from __future__ import annotations

import pytest

from playground.assembly_messages import Comparison
from playground.host.comparison import compare
from playground.messages import LearnerFile
from tests.support.pocket_model import assembled, mistake_file, own_file


def compared(choices: dict[str, str], *files: LearnerFile) -> Comparison:
    result = compare(assembled({}), assembled(choices, *files), 1, "", 16, lambda: None)
    assert len(result.reference_text) == 16
    assert result.text_name == "held-out stories"
    assert result.text_tokens == 44
    return result


@pytest.mark.parametrize(
    ("part", "exercise"),
    [("attention", "multi-head-attention"), ("attention", "fused-sdpa"), ("cache", "kv-cache"), ("loss", "lm-loss"),
     ("loss", "cross-entropy"), ("embeddings", "input-embeddings"), ("softmax", "stable-softmax"),
     ("filter", "top-p-min-p")],
)  # fmt: skip
def test_a_correct_part_changes_nothing(part: str, exercise: str) -> None:
    result = compared({part: exercise}, own_file(exercise))
    assert result.same_tokens == 16
    assert result.yours_text == result.reference_text
    assert result.yours_loss == pytest.approx(result.reference_loss, abs=1e-3)
    assert result.kl_mean < 1e-6
    assert result.first is None
    assert all(layer.difference < result.tolerance for layer in result.layers)


@pytest.mark.parametrize(
    ("part", "exercise", "mistake", "first"),
    [
        ("attention", "multi-head-attention", "no-scale", "block 1, attention"),
        ("gelu", "gelu", "relu", "block 1, activation"),
        ("feed-forward", "feed-forward", "relu", "block 1, activation"),
        ("layer-norm", "layer-norm", "mean-kept", "block 1, first norm"),
        ("block", "transformer-block", "no-second-shortcut", "block 1, shortcuts"),
        ("embeddings", "input-embeddings", "positions-from-one", "embeddings"),
        ("model", "gpt-model", "no-final-norm", "final norm"),
    ],
)
def test_a_wrong_part_shows_where_the_models_part(part: str, exercise: str, mistake: str, first: str) -> None:
    result = compared({part: exercise}, mistake_file(exercise, mistake))
    assert result.kl_mean > 0
    assert result.yours_loss != result.reference_loss
    worst = result.kl_worst
    assert worst == sorted(worst, key=lambda token: -token.kl)
    assert 0 < len(worst) <= 5
    if first == "final norm":  # the model does not call it, so the output head is the first that differs
        assert result.first is not None and result.first.name == "output head"
        return
    assert result.first is not None
    assert result.first.name == first
    assert result.first.difference > result.tolerance
    assert result.layers[-1].name == "output head"


def test_the_scale_is_missed_where_and_by_how_much() -> None:
    result = compared({"attention": "multi-head-attention"}, mistake_file("multi-head-attention", "no-scale"))
    assert result.first is not None
    assert [layer.name for layer in result.layers[:3]] == ["embeddings", "block 1, first norm", "block 1, attention"]
    assert [layer.difference for layer in result.layers[:2]] == [0, 0]
    assert 0.01 < result.first.difference < 10
    assert abs(result.yours_loss - result.reference_loss) > 0.01
    assert result.kl_mean > 0.01
    assert result.same_tokens < 16
    assert [use.passed for use in result.parts if use.id == "attention"] == [False]


def test_a_wrong_loss_softmax_and_filter_are_seen() -> None:
    assert compared({"loss": "lm-loss"}, mistake_file("lm-loss", "sum")).yours_loss > 100
    softmax = "def softmax(x, dim=-1):\n    return (x * 0 + 1) / x.shape[dim]\n"
    assert compared({"softmax": "stable-softmax"}, own_file("stable-softmax", softmax)).kl_mean > 0.1
    wrong = mistake_file("top-p-min-p", "nucleus-removed")
    assert compared({"filter": "top-p-min-p"}, wrong).same_tokens < 16
