"""Tests that a finished training becomes a model that is shipped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from playground.host.text_loss import loss_of_ids, sample_ids
from playground.host.trained_model import load_trained
from playground.training import publish
from tests.support.training import Run, recipe


def test_a_published_model_has_the_losses_that_its_card_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "LENGTH", 5)
    Run().start(tmp_path / "run", recipe(Path("stories:0.02MB:5"), steps=5))
    published = publish.publish(tmp_path / "run", tmp_path / "tiny", "fromscratch train stories:0.02MB:5 --out run\n")
    loaded = load_trained(tmp_path / "tiny")
    assert all(weight.isfinite().all() for weight in loaded.gpt.parameters())
    with torch.inference_mode():
        loss = loss_of_ids(loaded.gpt, sample_ids(loaded.tokenizer), 16)
    assert published.sample_loss == pytest.approx(loss, abs=2e-3)
    card = (tmp_path / "tiny" / "CARD.md").read_text("utf-8")
    assert f"{loss:.3f}" in card and f"{published.validation_loss:.3f}" in card
    assert "fromscratch train stories:0.02MB:5 --out run" in card
    assert len(re.findall(r"^> \*\*", card, flags=re.MULTILINE)) == len(publish.PROMPTS)
    assert str(tmp_path) not in card + (tmp_path / "tiny" / "config.json").read_text()
