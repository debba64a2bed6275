"""The Llama reference: each piece against its formula, and the cache against the whole computation."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reference.llama import CachedAttention, KVCache, Llama, LlamaConfig
from reference.llama_fused import FusedAttention, FusedBlock
from reference.llama_gguf import separate_pairs
from reference.llama_layers import FeedForward, RMSNorm
from reference.llama_model import Llama3Model
from reference.rope import apply_rope, compute_rope_params

CFG = LlamaConfig(vocab_size=50, context_length=24, emb_dim=32, hidden_dim=48, n_layers=2, n_heads=4, n_kv_groups=2)


@pytest.fixture(scope="module")
def model() -> Llama:
    torch.manual_seed(0)
    return Llama(CFG).double().eval()


@pytest.fixture(autouse=True)
def no_gradients() -> object:
    with torch.no_grad():
        yield


def turn(x: Tensor, position: int, base: float, neighbors: bool) -> Tensor:
    """RoPE by its definition: one 2x2 rotation matrix for each pair of features, D/2 apart or neighbors."""
    out = x.clone()
    for j in range(len(x) // 2):
        angle = position * base ** (-2 * j / len(x))
        c, s = math.cos(angle), math.sin(angle)
        pair = [2 * j, 2 * j + 1] if neighbors else [j, j + len(x) // 2]
        out[pair] = torch.tensor([[c, -s], [s, c]], dtype=x.dtype) @ x[pair]
    return out


def test_rotation_is_that_of_the_definition() -> None:
    x = torch.randn(1, 1, 7, 8)
    cos, sin = compute_rope_params(head_dim=8, theta_base=100.0, context_length=7)
    expected = torch.stack([turn(x[0, 0, t], t, 100.0, neighbors=False) for t in range(7)])
    torch.testing.assert_close(apply_rope(x, cos, sin)[0, 0], expected)


def test_reordered_weights_give_the_scores_of_neighboring_pairs() -> None:
    x, W_query, W_key = torch.randn(7, 12), torch.randn(16, 12), torch.randn(16, 12)
    cos, sin = compute_rope_params(head_dim=8, theta_base=100.0, context_length=7)
    queries, keys = (
        apply_rope((x @ separate_pairs(weight, heads=2).T).view(1, 7, 2, 8).transpose(1, 2), cos, sin)
        for weight in (W_query, W_key)
    )
    for head in range(2):
        rows = slice(8 * head, 8 * head + 8)
        q, k = (
            torch.stack([turn(vector, t, 100.0, neighbors=True) for t, vector in enumerate(x @ weight[rows].T)])
            for weight in (W_query, W_key)
        )
        torch.testing.assert_close((queries @ keys.mT)[0, head], q @ k.T, atol=1e-4, rtol=1e-4)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 600))
@settings(max_examples=50, deadline=None)
def test_turned_vectors_know_only_their_distance(m: int, n: int, shift: int) -> None:
    cos, sin = compute_rope_params(head_dim=16, context_length=1001, dtype=torch.float64)
    q, k = torch.randn(2, 1, 1, 1, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(m))

    def score(at: int, of: int) -> Tensor:
        query, key = (apply_rope(x, cos[i : i + 1], sin[i : i + 1]) for x, i in ((q, at), (k, of)))
        return (query * key).sum()

    torch.testing.assert_close(score(m, n), score(m + shift, n + shift))


def test_rms_norm_divides_by_the_root_mean_square() -> None:
    x = torch.tensor([[3.0, -4.0, 0.0, 0.0]])
    norm = RMSNorm(4, eps=0.0)
    norm.scale.copy_(torch.tensor([1.0, 2.0, 1.0, 1.0]))
    torch.testing.assert_close(norm(x), torch.tensor([[3.0, -8.0, 0.0, 0.0]]) / 2.5)


def test_swiglu_gates_one_half_with_the_other() -> None:
    ff, x = FeedForward({"emb_dim": 32, "hidden_dim": 48, "dtype": None}), torch.randn(1, 3, 32)
    z = x @ ff.fc1.weight.T
    expected = (z * torch.sigmoid(z) * (x @ ff.fc2.weight.T)) @ ff.fc3.weight.T
    torch.testing.assert_close(ff(x), expected)


def test_grouped_attention_equals_full_attention_with_repeated_heads() -> None:
    attention, x = CachedAttention(CFG, layer=0), torch.randn(2, 5, 32)
    cos, sin = compute_rope_params(8, context_length=5)
    future = torch.ones(5, 5, dtype=torch.bool).triu(1)
    found = attention(x, cos, sin, ~future.repeat(2, 1), cache=None)

    queries, keys, values = attention.W_query(x), attention.W_key(x), attention.W_value(x)
    heads = []
    for head in range(4):
        own, shared = slice(8 * head, 8 * head + 8), slice(8 * (head // 2), 8 * (head // 2) + 8)
        q = apply_rope(queries[:, None, :, own], cos, sin)[:, 0]
        k = apply_rope(keys[:, None, :, shared], cos, sin)[:, 0]
        scores = (q @ k.mT / math.sqrt(8)).masked_fill(future, float("-inf"))
        heads.append(F.softmax(scores, dim=-1) @ values[..., shared])
    torch.testing.assert_close(found, attention.out_proj(torch.cat(heads, dim=-1)))


def test_at_position_0_attention_is_that_of_the_exercise() -> None:
    attention, x = CachedAttention(CFG, layer=0), torch.randn(2, 1, 32)
    cos, sin = compute_rope_params(8, context_length=1)
    torch.testing.assert_close(attention(x, cos, sin, None, None), super(CachedAttention, attention).forward(x))


def test_a_fused_model_equals_the_plain_one() -> None:
    plain, fused = Llama(CFG).eval(), Llama(CFG, FusedBlock).eval()
    fused.load_state_dict(plain.state_dict())
    for block in fused.blocks:
        assert isinstance(block.att, FusedAttention)
        block.att.merge_weights()
    ids, caches = torch.randint(0, 50, (1, 9)), (KVCache(CFG), KVCache(CFG))
    for chunk in ids.split([4, 1, 1, 3], dim=1):
        torch.testing.assert_close(fused(chunk, caches[1]), plain(chunk, caches[0]))
    assert fused.state_dict().keys() == plain.state_dict().keys()


@given(st.lists(st.integers(1, 9), min_size=1, max_size=10))
@settings(max_examples=25, deadline=None)
def test_chunks_through_the_cache_equal_the_whole_at_once(model: Llama, chunks: list[int]) -> None:
    lengths = [n for i, n in enumerate(chunks) if sum(chunks[: i + 1]) <= CFG.context_length]
    ids = torch.randint(0, 50, (2, sum(lengths)), generator=torch.Generator().manual_seed(1))
    cache, found = KVCache(CFG, batch=2), []
    cache.keys = [keys.double() for keys in cache.keys]
    cache.values = [values.double() for values in cache.values]
    for chunk in ids.split(lengths, dim=1):
        found.append(model(chunk, cache))
    assert cache.length == ids.shape[1]
    torch.testing.assert_close(torch.cat(found, dim=1), model(ids), atol=1e-6, rtol=1e-5)


def test_a_shortened_cache_forgets_what_came_after(model: Llama) -> None:
    small = Llama(CFG).eval()
    ids, cache = torch.randint(0, 50, (1, 12)), KVCache(CFG)
    small(ids, cache)
    cache.length = 5
    torch.testing.assert_close(small(ids[:, 5:9], cache), small(ids[:, :9])[:, 5:])


def test_later_tokens_change_nothing_before_them(model: Llama) -> None:
    ids = torch.randint(0, 49, (1, 10))
    changed = ids.clone()
    changed[0, 7:] += 1
    torch.testing.assert_close(model(ids)[:, :7], model(changed)[:, :7])


def test_last_only_gives_the_last_row(model: Llama) -> None:
    ids = torch.randint(0, 50, (2, 6))
    torch.testing.assert_close(model(ids, last_only=True), model(ids)[:, -1:])


def test_a_text_longer_than_the_context_is_refused(model: Llama) -> None:
    with pytest.raises(ValueError, match="25 tokens exceed the context length of 24"):
        model(torch.zeros(1, 25, dtype=torch.long))
    cache = KVCache(CFG)
    cache.length = 20
    with pytest.raises(ValueError, match="exceed the context"):
        model(torch.zeros(1, 5, dtype=torch.long), cache)


def test_the_exercises_model_is_the_one_with_a_cache(model: Llama) -> None:
    names = "vocab_size", "context_length", "emb_dim", "hidden_dim", "n_layers", "n_heads", "n_kv_groups", "rope_base"
    plain = Llama3Model({name: getattr(CFG, name) for name in names} | {"dtype": torch.float64})
    weights = {name.replace("blocks.", "trf_blocks.", 1): weight for name, weight in model.state_dict().items()}
    plain.load_state_dict({**weights, "tok_emb.weight": model.out_head.weight})
    ids = torch.randint(0, 50, (2, 9))
    torch.testing.assert_close(plain(ids), model(ids), rtol=1e-5, atol=1e-5)
