"""Tests that the fused model computes what the reference's computes."""

import pytest
import torch
import torch.nn.functional as F

from playground.training import fused_gpt
from playground.training.fused_gpt import fuse, initialize, loss_of
from reference.gpt import GPTModel

CFG = {"vocab_size": 300, "context_length": 16, "emb_dim": 24, "n_heads": 3, "n_layers": 2, "drop_rate": 0.0}


@pytest.mark.parametrize("qkv_bias", [False, True])
@pytest.mark.parametrize("short", [fused_gpt.SHORT, 0])
def test_loss_and_gradients_are_the_references(qkv_bias: bool, short: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused_gpt, "SHORT", short)
    monkeypatch.setattr(fused_gpt, "ROWS", 7)  # several pieces, the last one smaller
    torch.manual_seed(0)
    plain, fused = (GPTModel({**CFG, "qkv_bias": qkv_bias}) for _ in range(2))
    initialize(plain)
    fused.load_state_dict(plain.state_dict())
    fuse(fused)
    inputs, targets = torch.randint(0, 300, (2, 3, 12))
    expected = F.cross_entropy(plain(inputs).flatten(0, 1), targets.flatten())
    loss = loss_of(fused, inputs, targets)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(fused(inputs), plain(inputs), rtol=1e-4, atol=1e-6)
    (2 * loss).backward()
    (2 * expected).backward()
    gradients = dict(plain.named_parameters())
    for name, parameter in fused.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[name].grad, rtol=1e-4, atol=1e-7, msg=name)
    mixed = loss_of(fused, inputs, targets, "bfloat16")
    torch.testing.assert_close(mixed, expected, rtol=5e-3, atol=0)


def test_a_model_of_other_parts_is_trained_as_it_is() -> None:
    class Mine(GPTModel):
        def forward(self, in_idx: torch.Tensor) -> torch.Tensor:
            return super().forward(in_idx) * 0

    model = Mine({**CFG, "qkv_bias": False})
    inputs = torch.zeros(1, 4, dtype=torch.int64)
    assert loss_of(model, inputs, inputs).item() == pytest.approx(torch.log(torch.tensor(300.0)).item())
