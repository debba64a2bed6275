"""Tests that models are trained with the learner's parts, in a process that can write only to its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from engine.sandbox import landlock
from playground.host.own_code import PartError
from playground.parts_catalogue import BY_ID
from playground.training.fused_gpt import FusedAttention, FusedGELU, FusedLayerNorm, loss_of
from playground.training.model_building import build_model
from playground.training_recipe import TRAINABLE
from tests.support.command_line import run_command
from tests.support.own_workspace import pass_exercises
from tests.support.pocket_model import own_file
from tests.support.training import SIZES, recipe

OPTIONS = [f"--{name.replace('_', '-')}={value}" for name, value in SIZES.items() if name != "documents"]


@pytest.mark.parametrize(
    ("part", "exercise"),
    [(part, supplier.exercise) for part in TRAINABLE for supplier in BY_ID[part].suppliers
     if not supplier.alters and not supplier.other_weights and supplier.exercise != "gpt-from-parts"],
)  # fmt: skip
def test_a_part_of_the_learners_trains_as_the_references(part: str, exercise: str) -> None:
    settings = recipe(Path("text"), drop_rate=0.0)
    losses = []
    for choices in ({}, {part: exercise}):
        torch.manual_seed(3)
        trained = build_model(settings, 300, choices, [own_file(exercise) for exercise in choices.values()])
        inputs, targets = torch.randint(0, 300, (2, 4, 16), generator=torch.Generator().manual_seed(4))
        optimizer = torch.optim.SGD(trained.model.parameters(), lr=0.5)
        for _ in range(3):
            optimizer.zero_grad()
            loss_of(trained.model.train(), inputs, targets).backward()
            optimizer.step()
        # the weights are the reference's too
        losses.append(F.cross_entropy(trained.base(inputs).flatten(0, 1), targets.flatten()))
        assert ((part, "yours") in trained.parts) == bool(choices)
    torch.testing.assert_close(losses[1], losses[0], rtol=1e-4, atol=0)
    assert losses[0] < 5.6  # it has learned


def test_a_window_is_trained_with_the_references_weights() -> None:
    torch.manual_seed(3)
    choices = {"attention": "sliding-window"}
    trained = build_model(recipe(Path("text")), 300, choices, [own_file("sliding-window")])
    assert trained.notes == [
        "Your sliding-window attention sees 2 tokens of the 16 in the context.",
        "The model is trained with it: use it with `--part attention=sliding-window`, too.",
    ]
    before = trained.base.trf_blocks[0].att.W_key.weight.clone()
    inputs = torch.randint(0, 300, (2, 16))
    loss_of(trained.model, inputs, inputs).backward()
    torch.optim.SGD(trained.model.parameters(), lr=0.5).step()
    assert not torch.equal(trained.base.trf_blocks[0].att.W_key.weight, before)


def test_the_references_parts_beside_the_learners_are_the_fast_ones() -> None:
    trained = build_model(recipe(Path("text")), 300, {"gelu": "gelu"}, [own_file("gelu")])
    kinds = {type(module) for module in trained.model.modules()}
    assert {FusedAttention, FusedLayerNorm} <= kinds and FusedGELU not in kinds
    assert {module.p for module in trained.model.modules() if isinstance(module, torch.nn.Dropout)} == {0.1}


def test_a_part_that_returns_a_wrong_shape_is_named() -> None:
    source = "from torch import nn\nclass GELU(nn.Module):\n    def forward(self, x):\n        return x[:1]\n"
    trained = build_model(recipe(Path("text")), 300, {"gelu": "gelu"}, [own_file("gelu", source)])
    with pytest.raises(PartError, match=r"Your GELU returned shape"):
        loss_of(trained.model, *torch.zeros(2, 4, 16, dtype=torch.int64))


def test_own_parts_on_the_command_line(tmp_path: Path) -> None:
    root, out = tmp_path / "workspace", tmp_path / "out"
    spy = (
        "import torch\nfrom torch import nn\n"
        f"try:\n    open({str(tmp_path / 'stolen')!r}, 'w')\nexcept OSError:\n    pass\n"
        "class GELU(nn.Module):\n    def forward(self, x):\n"
        "        return x * 0.5 * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x**3)))\n"
    )
    pass_exercises(root, ["layer-norm", "mla"], {"gelu": spy})
    command = ["--workspace", root, "train", "stories:0.02MB", "--out", out, *OPTIONS, "--parts", "mine"]
    done = run_command(*command, "--steps", 3, "--part", "gelu=mine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "your layer-norm, gelu, the rest from the reference" in done.stdout
    assert json.loads((out / "config.json").read_text())["recipe"]["parts"] == {
        "layer-norm": "layer-norm", "gelu": "gelu"
    }  # fmt: skip
    if landlock.version():
        assert not (tmp_path / "stolen").exists()
    refused = run_command(*command[:4], "--out", tmp_path / "other", "--part", "attention=mla")
    assert refused.returncode == 2 and "The weights of mla are not those" in refused.stderr
    more = run_command("--workspace", root, "train", "--resume", out, "--steps", 5)
    assert "your layer-norm, gelu" in more.stdout and "Finished after 5 steps" in more.stdout
