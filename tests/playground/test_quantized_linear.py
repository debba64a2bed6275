"""Tests of a learner's quantized layers in a GPT and in a Llama: 8 bits change the logits a little, and never more."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from exercises.load import load_course
from playground.host import fast_llama
from playground.host.assembly import Assembly, assemble
from playground.host.own_code import PartError
from playground.messages import LearnerFile
from playground.parts_catalogue import GPT, LLAMA
from tests.support.pocket_model import assembled, own_file

CHOICE = {"linear": "quantize"}
IDS = [5 + 7 * i % 200 for i in range(9)]


def logits(assembly: Assembly) -> torch.Tensor:
    with torch.inference_mode():
        return torch.stack([assembly.runner.logits(IDS[:end], lambda: None) for end in (3, 4, 9)])


def own_style(name: str | None) -> LearnerFile:
    folder = load_course().exercise("quantize").folder / "other_styles"
    return own_file("quantize", (folder / f"{name}.py").read_text("utf-8") if name else None)


@pytest.mark.parametrize("style", [None, "loops", "masked"])
@pytest.mark.parametrize("architecture", [GPT, LLAMA])
def test_eight_bits_change_the_logits_a_little(architecture: str, style: str | None, tiny: Path) -> None:
    if architecture == GPT:
        right, own = assembled({}), assembled(CHOICE, own_style(style))
        blocks = own.built.full().trf_blocks
    else:
        model, tokenizer, _ = fast_llama.load(tiny, exact=True)
        right = assemble(model, tokenizer, {}, [], tiny)
        own = assemble(model, tokenizer, CHOICE, [own_style(style)], tiny)
        blocks = own.built.full().blocks
    assert own.faults == []
    assert own.yours() == ["linear"]
    assert not any(isinstance(module, nn.Linear) for module in blocks.modules())
    expected = logits(right)
    difference = (logits(own) - expected).abs().max() / expected.abs().max()
    assert 0 < difference < 0.05


def test_a_wrong_shape_names_the_part_and_the_place() -> None:
    source = own_style("masked").source.decode().replace("return nn.functional", "return 0 * x[..., :1] + x[0, 0, 0] #")
    with pytest.raises(
        PartError, match=r"Your quantized linear returned shape .* \(line \d+ of .*, in block 1"
    ) as error:
        logits(assembled(CHOICE, own_file("quantize", source)))
    assert error.value.part == "linear"
