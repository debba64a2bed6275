"""Tests of the words for what a learner's parts change."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.comparisons import RIGHT, WRONG
from tui import comparison as words


def test_a_wrong_part_is_worded() -> None:
    assert words.headline(WRONG) == (
        "With your attention and GELU the text is the reference's for 1 token, and then differs."
    )
    assert words.loss_line(WRONG) == (
        "Loss on held-out stories (188 tokens): reference 2.000, yours 2.500 (+0.500 nats a token)."
    )
    assert words.kl_line(WRONG) == "KL divergence of the next token: 0.4 nats on average, 1.25 at most."
    assert words.worst_line(WRONG.kl_worst[0]) == "1.25 after “↵”: the reference expects “ dog”, yours “ cat”"
    assert words.layer_line(WRONG) == "The models part in block 3, attention: its output differs by 38 %."
    shown = [layer.name for layer in words.shown_layers(WRONG, 5)]
    assert shown == ["block 1, attention", "block 2, attention", "block 3, attention", "block 4, attention",
                     "output head"]  # fmt: skip


def test_a_right_part_is_worded() -> None:
    assert words.is_same(RIGHT)
    assert words.headline(RIGHT).endswith("the text is the reference's, token for token (3 tokens).")
    assert words.loss_line(RIGHT).endswith("(the same).")
    assert words.kl_line(RIGHT) == "KL divergence: 0 at every token."
    assert words.layer_line(RIGHT) == "No layer's output differs by more than 0.01 %."
    assert words.headline(msgspec.structs.replace(RIGHT, yours_loss=3.0)).endswith("The numbers differ.")
    assert words.headline(msgspec.structs.replace(RIGHT, parts=[])) == "All parts are the reference's."


@pytest.mark.parametrize(
    ("difference", "text", "bar"),
    [(0.0, "0 %", ""), (0.00005, "0.005 %", ""), (0.003, "0.3 %", "█"), (0.5, "50 %", "█████"),
     (1.7, "170 %", "██████████"), (float("inf"), "more than it can be measured", "██████████")],
)  # fmt: skip
def test_differences_have_a_text_and_a_bar(difference: float, text: str, bar: str) -> None:
    assert words.percent(difference) == text
    assert words.bar(difference, 10) == bar
