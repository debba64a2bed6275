"""FastLlama against the same model in float32: on small generated files, part by part, and on SmolLM2."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from playground import store
from playground.host import fast_llama, int4_linear
from playground.host.fast_llama import TOLERANCE, FastLlama
from playground.host.fast_parts import FastAttention, FastFeedForward, FastRMSNorm, read_linear
from reference.chat_template import render_chat
from reference.gguf_file import GGUFError, GGUFFile
from reference.llama import Block, CachedAttention, Llama
from reference.llama_gguf import load_llama
from reference.rope import apply_rope
from tests.support.tiny_llama import CONTEXT, EMB, HIDDEN, write_gguf

pytestmark = pytest.mark.skipif(not int4_linear.is_supported(), reason="PyTorch has no vectorized 4-bit kernel here")
PROMPT = "List three uses of a paperclip."


@pytest.fixture(scope="module", params=[True, False], ids=["all in Q4_1", "mixed types"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("fast") / "tiny.gguf", all_q4_1=request.param)


@pytest.fixture(autouse=True)
def inference() -> object:
    with torch.inference_mode():
        yield


def load_fast(path: Path) -> FastLlama:
    model, _, _ = fast_llama.load(path)
    assert isinstance(model, FastLlama)
    return model


def assert_close(fast: Tensor, exact: Tensor) -> None:
    """Logits (..., V) are within the stated tolerance, and the most likely token differs only within it."""
    limit = TOLERANCE * exact.abs().amax(-1)
    assert ((fast - exact).abs().amax(-1) <= limit).all()
    chosen = exact.gather(-1, fast.argmax(-1, keepdim=True)).squeeze(-1)
    assert (exact.amax(-1) - chosen <= limit).all()


def test_a_layer_in_four_bits_is_that_of_the_dequantized_weights(path: Path) -> None:
    file, x = GGUFFile(path), torch.randn(5, EMB)
    layer = read_linear(file, EMB, {"blk.0.attn_q": EMB, "blk.0.attn_k": EMB // 2})
    assert isinstance(layer, int4_linear.Int4Linear)
    expected = x @ torch.cat([file.tensor(f"blk.0.{name}.weight") for name in ("attn_q", "attn_k")]).T
    assert (layer(x) - expected).norm() / expected.norm() < 0.01
    assert read_linear(file, HIDDEN, {"blk.1.ffn_down": EMB})(torch.randn(1, HIDDEN)).shape == (1, EMB)


def test_logits_are_those_of_float32_within_the_tolerance(path: Path) -> None:
    fast, exact = load_fast(path), load_llama(path).model
    ids = torch.randint(0, exact.cfg.vocab_size, (1, CONTEXT))
    expected = exact(ids)
    assert_close(fast(ids, fast.new_cache()), expected)
    cache = fast.new_cache()
    for start, end in ((0, 1), (1, 40), (40, 41), (41, CONTEXT)):
        assert_close(fast(ids[:, start:end], cache, last_only=True)[:, -1], expected[:, end - 1])
    with pytest.raises(ValueError, match="97 tokens exceed the context length of 96"):
        fast(ids[:, :1], cache)
    cache.length = 30  # discards the last tokens
    assert_close(fast(ids[:, 30:50], cache), expected[:, 30:50])


def test_the_exact_model_is_loaded_on_request(path: Path) -> None:
    ids, fast = torch.tensor([[1, 5, 9]]), load_fast(path)
    expected = load_llama(path).model(ids)
    assert torch.equal(fast.exact(ids), expected)
    exact, _, name = fast_llama.load(path, exact=True)
    assert torch.equal(exact(ids), expected)  # type: ignore[call-arg, arg-type]
    assert name == "Tiny"


@pytest.mark.parametrize("missing", ["the kernel", "vector instructions", "the layout"])
def test_without_the_kernel_all_is_float32(path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    if missing == "the kernel":
        monkeypatch.setattr(int4_linear, "KERNELS", ("_weight_int3pack_mm_for_cpu",))
    elif missing == "the layout":
        of_float32 = int4_linear.Int4Linear.__call__
        monkeypatch.setattr(int4_linear.Int4Linear, "__call__", lambda self, x: of_float32(self, x).flip(1))
    else:
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    assert type(fast_llama.load(path)[0]) is Llama


class Own(nn.Module):
    """A part of a learner's: it calls the reference's, counts its calls, and can be wrong by a factor."""

    def __init__(self, part: nn.Module, factor: float = 1.0) -> None:
        super().__init__()
        self.part, self.factor, self.calls = part, factor, 0

    def forward(self, x: Tensor, *args: object) -> Tensor:
        assert x.dim() == 3
        self.calls += 1
        return self.factor * self.part(x, *args)


@pytest.mark.parametrize("name", ["norm1", "att", "norm2", "ff", "rotate", "angles"])
def test_only_the_own_part_is_called_as_it_is(path: Path, name: str) -> None:
    def run(factor: float) -> tuple[Llama, FastLlama, int]:
        model = load_llama(path).model
        calls = 0

        def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
            nonlocal calls
            calls += 1
            return apply_rope(x, cos, factor * sin)

        for block in model.blocks:
            assert isinstance(block, Block)
            if name == "rotate":
                block.att.rotate = rotate
            elif name != "angles":
                setattr(block, name, Own(getattr(block, name), factor))
        if name == "angles":
            model.sin = torch.cat((model.sin[:, :8], factor * model.sin[:, 8:]), dim=1)
        fast = FastLlama(model, GGUFFile(path))
        ids = torch.randint(0, model.cfg.vocab_size, (1, 20), generator=torch.Generator().manual_seed(0))
        expected, cache = model(ids), fast.new_cache()
        calls = 0
        assert_close(fast(ids[:, :15], cache), expected[:, :15])
        for at in range(15, 20):
            assert_close(fast(ids[:, at : at + 1], cache), expected[:, at : at + 1])
        kinds = {"norm1": FastRMSNorm, "att": FastAttention, "norm2": FastRMSNorm, "ff": FastFeedForward}
        for layer in fast.layers:
            for (part, kind), used in zip(kinds.items(), layer, strict=True):
                assert isinstance(used, kind) == (part != name)
        own = [block.get_submodule(name) for block in model.blocks] if name in kinds else []
        return model, fast, sum(part.calls for part in own) if own else calls

    _, right, calls = run(1.0)
    model, wrong, _ = run(0.5)  # shows that the part has an effect
    assert calls >= 12 or name == "angles"
    ids = torch.arange(10)[None]
    difference = (right(ids, right.new_cache()) - wrong(ids, wrong.new_cache())).abs().max()
    assert difference > 1e-3
    assert isinstance(model.blocks[0].att, CachedAttention) == (name != "att")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"leave_out": "blk.1.attn_k.weight"}, r"no tensor named blk\.1\.attn_k\.weight"),
        ({"leave_out": "token_embd.weight"}, r"no tensor named token_embd\.weight"),
        ({"leave_out": "blk.0.ffn_norm.weight"}, r"no tensor named blk\.0\.ffn_norm\.weight"),
        ({"hidden": 128}, r"blk\.0\.ffn_gate has the shape \(96, 64\); the model expects \(128, 64\)"),
        ({"architecture": "qwen2"}, "qwen2"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    path = write_gguf(tmp_path / "other.gguf", **changes)  # type: ignore[arg-type]
    with pytest.raises(GGUFError, match=says):
        fast_llama.load(path)


def test_smollm2_answers_as_in_float32_within_the_tolerance() -> None:
    fast, tokenizer, _ = fast_llama.load(store.path_of("smollm2") or store.add("smollm2"))
    assert isinstance(fast, FastLlama)
    ids = tokenizer.encode(render_chat(tokenizer.chat_template or "", [{"role": "user", "content": PROMPT}]))
    cache, logits, new = fast.new_cache(), [], ids
    for _ in range(24):
        logits.append(fast(torch.tensor([new]), cache, last_only=True)[0, -1])
        new = [int(logits[-1].argmax())]
        ids = [*ids, *new]
    found, expected = torch.stack(logits), fast.exact(torch.tensor([ids]))[0, -25:-1]
    assert_close(found, expected)
    divergence = F.kl_div(found.log_softmax(-1), expected.log_softmax(-1), log_target=True, reduction="batchmean")
    assert divergence < 0.001  # nats per token
