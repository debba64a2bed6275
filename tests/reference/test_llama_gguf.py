"""Reading GGUF files: against the gguf package's own reader and dequantizers, and damaged files."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize as gguf_dequantize
from gguf.quants import quantize

from reference.gguf_file import GGUFError, GGUFFile, dequantize
from reference.llama_gguf import load_llama
from tests.support.tiny_llama import CONTEXT, EMB, GROUPS, HEADS, tensors, write_gguf


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_values_and_tensors_are_those_that_the_gguf_package_reads(tiny: Path) -> None:
    ours, theirs = GGUFFile(tiny), GGUFReader(tiny)
    named = {name: field.contents() for name, field in theirs.fields.items() if not name.startswith("GGUF.")}
    assert ours.values == named
    assert set(ours.tensors) == {tensor.name for tensor in theirs.tensors}
    for tensor in theirs.tensors:
        expected = gguf_dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(ours.tensor(tensor.name).numpy(), expected)


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_1", "Q8_0"])
def test_every_stored_type_comes_back_as_the_gguf_package_has_it(kind: str) -> None:
    stored = GGMLQuantizationType[kind]
    weights = np.random.default_rng(0).standard_normal((6, 64)).astype(np.float32)
    data = quantize(weights, stored)
    expected = gguf_dequantize(data, stored)
    found = dequantize(torch.from_numpy(data.view(np.uint8).reshape(-1).copy()), stored)
    np.testing.assert_array_equal(found.numpy().reshape(6, 64), expected)


def test_a_cut_file_is_refused_wherever_it_is_cut(tiny: Path, tmp_path: Path) -> None:
    whole = tiny.read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in [0, 3, 10, 23, 24, 100, 1000, *range(2000, len(whole), len(whole) // 40), len(whole) - 40]:
        cut.write_bytes(whole[:length])
        with pytest.raises(GGUFError, match=r"cut\.gguf"):
            GGUFFile(cut)


def test_what_is_no_gguf_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(GGUFError, match="does not start with GGUF"):
        GGUFFile(path)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 99, 0, 0) + bytes(100))
    with pytest.raises(GGUFError, match="version 99"):
        GGUFFile(path)


def test_a_model_loads_with_its_configuration_and_speaks(tiny: Path) -> None:
    loaded = load_llama(tiny)
    assert loaded.name == "Tiny"
    cfg = loaded.model.cfg
    assert (cfg.context_length, cfg.emb_dim, cfg.n_heads, cfg.n_kv_groups) == (CONTEXT, EMB, HEADS, GROUPS)
    stored = tensors()["blk.1.ffn_norm.weight"][0]
    np.testing.assert_array_equal(loaded.model.blocks[1].norm2.scale.numpy(), stored)
    with torch.inference_mode():
        logits = loaded.model(torch.tensor([[1, 5, 9]]))
    assert logits.shape == (1, 3, loaded.tokenizer.vocab_size)
    assert torch.isfinite(logits).all()


def test_the_head_is_the_embedding_table(tiny: Path) -> None:
    model = load_llama(tiny).model
    names = dict(model.named_parameters())
    assert sum(weight.shape[0] == model.cfg.vocab_size for weight in names.values()) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"leave_out": "blk.1.attn_k.weight"}, r"no tensor named blk\.1\.attn_k\.weight"),
        ({"hidden": 128}, r"ffn_gate has the shape"),
        ({"architecture": "qwen2"}, "qwen2"),
        ({"ggml.pre": "tekken"}, "tekken"),
        ({"ggml.model": "llama"}, "byte-level BPE"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    path = write_gguf(tmp_path / "other.gguf", **changes)
    with pytest.raises(GGUFError, match=says):
        load_llama(path)
