"""Tests of the X-ray of a learner's attention: the weights that it computes itself, or why there are none."""

from pathlib import Path
from typing import Any

import pytest
import torch

from playground.byte_bpe import ByteBPE
from playground.host import inspection
from playground.host.cached_gpt import CachedGPT
from playground.host.host_error import HostError
from playground.host.trace import anatomy_of, attention_weights, trace
from playground.messages import LearnerFile
from playground.xray_messages import Ablate, Attention, Describe
from tests.support.xray_host import IDS, host_of, small_gpt

OWN_ATTENTION = """
import torch
from torch import nn

class MultiHeadAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, num_heads, qkv_bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.W_query, self.W_key, self.W_value = (nn.Linear(d_in, d_out, bias=qkv_bias) for _ in range(3))
        self.out_proj = nn.Linear(d_out, d_out)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), 1).bool())

    def forward(self, x):
        T = x.shape[1]
        q, k, v = (w(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
                   for w in (self.W_query, self.W_key, self.W_value))
        {context}
        return self.out_proj(context.transpose(1, 2).flatten(2))
"""
NO_SCALE = "context = (q @ k.transpose(2, 3)).masked_fill(self.mask[:T, :T], -torch.inf).softmax(-1) @ v"
FUSED = "context = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)"
OPAQUE = """
import torch

class MultiHeadAttention(torch.nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, x):
        return x.cumsum(1)
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[CachedGPT, ByteBPE]:
    return small_gpt(tmp_path_factory.mktemp("trained") / "small")


def with_attention(small: tuple[CachedGPT, ByteBPE], source: str, tmp_path: Path) -> Any:
    """Returns a host of the small model with a learner's attention."""
    path = tmp_path / "attention.py"
    path.write_text(source)
    file = LearnerFile("multi-head-attention", str(path), source.encode())
    host = host_of(*small, {"attention": "multi-head-attention"}, [file])
    assert not host.loaded.assembly.faults
    return host


def test_ones_own_attention_shows_the_weights_that_it_computes(
    small: tuple[CachedGPT, ByteBPE], tmp_path: Path
) -> None:
    host = with_attention(small, OWN_ATTENTION.replace("{context}", NO_SCALE), tmp_path)
    weights = []
    with torch.inference_mode():
        for each in (host, host_of(*small)):
            anatomy = anatomy_of(each.loaded.assembly)
            weights.append(attention_weights(anatomy, trace(anatomy, IDS, lambda: None), 0))
    own, reference = weights
    assert not torch.allclose(own, reference, atol=1e-2)
    assert torch.allclose(own, (8**0.5 * reference.log()).softmax(-1), atol=1e-3)  # √D


def test_weights_inside_a_fused_function_are_recomputed(small: tuple[CachedGPT, ByteBPE], tmp_path: Path) -> None:
    host = with_attention(small, OWN_ATTENTION.replace("{context}", FUSED), tmp_path)
    (map,) = inspection.attention(host, Attention(ids=IDS, layer=1))
    (reference,) = inspection.attention(host_of(*small), Attention(ids=IDS, layer=1))
    assert torch.allclose(torch.tensor(map.weights), torch.tensor(reference.weights), atol=1e-3)
    host.sent.clear()
    inspection.ablate(host, Ablate(ids=IDS, layer=1))
    assert len(host.sent[-1].losses) == 3


def test_an_attention_that_shows_nothing_is_said_so(small: tuple[CachedGPT, ByteBPE], tmp_path: Path) -> None:
    host = with_attention(small, OPAQUE, tmp_path)
    with pytest.raises(HostError, match=r"^The attention weights of block 2 cannot be shown: MultiHeadAttention comp"):
        inspection.attention(host, Attention(ids=IDS, layer=1))
    (shape,) = inspection.describe(host, Describe())
    assert shape.ablation_note == "Heads cannot be switched off: this attention has no layer out_proj that joins them."
    with pytest.raises(HostError, match=r"^Heads cannot be switched off"):
        inspection.ablate(host, Ablate(ids=IDS))
