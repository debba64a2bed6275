"""Tests of loading GPT-2 from files: every form gives the same model, and what is wrong with a file is named."""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from reference.gpt2_file import GPT2FileError, load_gpt2, nested, read_tensors, title_of
from reference.safetensors_file import SafetensorsError, read_safetensors
from tests.support.gpt2_files import (
    CFG,
    EMB,
    arrays,
    hub_tensors,
    model,
    write_every_form,
    write_safetensors,
)

IDS = torch.tensor([[15496, 11, 995, 50256, 0]])


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_every_form(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="module")
def expected() -> Tensor:
    with torch.no_grad():
        return model()(IDS)


FORMS = ["hub", "hub with prefix", "params", "params as tensors", "params of NumPy", "TensorFlow's names", "GPTModel",
         "checkpoint", "oldest form"]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_model(form: str, forms: dict[str, Path], expected: Tensor) -> None:
    assert set(forms) == set(FORMS)
    gpt, cfg = load_gpt2(forms[form])
    assert cfg == CFG
    assert not gpt.training
    assert gpt.out_head.weight is gpt.tok_emb.weight
    for block in gpt.trf_blocks:  # the only tensors that a file does not give
        block.att.mask = torch.triu(torch.ones(48, 48), diagonal=1).bool()
    with torch.no_grad():
        assert torch.allclose(gpt(IDS), expected, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_float32(dtype: torch.dtype, tmp_path: Path) -> None:
    tensors = {name: tensor.to(dtype) for name, tensor in hub_tensors().items()}
    gpt, _ = load_gpt2(write_safetensors(tmp_path / "half.safetensors", tensors))
    assert {parameter.dtype for parameter in gpt.parameters()} == {torch.float32}


def test_a_fine_tuned_head_of_its_own_is_kept(tmp_path: Path) -> None:
    tensors = hub_tensors("transformer.")
    tied, _ = load_gpt2(
        write_safetensors(tmp_path / "a.safetensors", tensors | {"lm_head.weight": tensors["transformer.wte.weight"]})
    )
    assert tied.out_head.weight is tied.tok_emb.weight
    own = tensors | {"lm_head.weight": tensors["transformer.wte.weight"] + 1}
    gpt, _ = load_gpt2(write_safetensors(tmp_path / "b.safetensors", own))
    assert torch.equal(gpt.out_head.weight, gpt.tok_emb.weight + 1)


@pytest.mark.parametrize(
    ("layers", "emb_dim", "title"),
    [
        (12, 768, "GPT-2 small (124M)"),
        (24, 1024, "GPT-2 medium (355M)"),
        (36, 1280, "GPT-2 large (774M)"),
        (48, 1600, "GPT-2 XL (1,558M)"),
        (2, 128, "GPT-2 with 2 blocks and emb_dim 128"),
    ],
)
def test_the_size_is_recognized(layers: int, emb_dim: int, title: str) -> None:
    assert title_of({"n_layers": layers, "emb_dim": emb_dim}) == title


def without(name: str) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    return lambda tensors: {key: tensor for key, tensor in tensors.items() if key != name}


def with_tensor(name: str, tensor: Tensor) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    return lambda tensors: tensors | {name: tensor}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("h.1.ln_1.bias"), "The file has no tensor h.1.ln_1.bias, so it is not a complete GPT-2."),
        (without("wpe.weight"), "The file has no tensor wpe.weight, so it is not a complete GPT-2."),
        (without("wte.weight"), "x.safetensors has no weights of GPT-2: none of its tensors is named like wte or "
         "tok_emb."),
        (with_tensor("h.0.x", torch.zeros(2)), "x.safetensors has the tensor h.0.x, which GPT-2 does not have."),
        (with_tensor("h.0.mlp.c_fc.weight", torch.zeros(4 * EMB, EMB)), "h.0.mlp.c_fc.weight has the shape (512, 128); "
         "in GPT-2 of this size it is (128, 512)."),
        (with_tensor("h.0.ln_1.bias", torch.zeros(EMB, dtype=torch.int64)), "h.0.ln_1.bias has the type int64; weights "
         "are floats."),
        (with_tensor("wte.weight", torch.zeros(100, EMB)), "wte.weight has the shape (100, 128); GPT-2 has 50,257 "
         "tokens."),
        (with_tensor("wte.weight", torch.zeros(50257, 96)), "emb_dim is 96; in GPT-2 it is a multiple of 64, the size "
         "of a head."),
        (with_tensor("wte.weight", torch.zeros(50257, 768)), "The file has 2 blocks; GPT-2 with emb_dim 768 has 12."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(change: Callable[[Any], Any], message: str, tmp_path: Path) -> None:
    path = write_safetensors(tmp_path / "x.safetensors", change(hub_tensors()))
    with pytest.raises(GPT2FileError, match=f"^{re.escape(message)}$"):
        load_gpt2(path)


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("executed"),))


def test_a_pickle_never_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.pkl").write_bytes(pickle.dumps({"wte": Exploit()}))
    torch.save({"wte": Exploit()}, "gpt2.pth")
    np.savez("gpt2.npz", params=np.array([{"wte": Exploit()}], dtype=object))
    for name in ("params.pkl", "gpt2.pth"):
        with pytest.raises(GPT2FileError, match=rf"^{name} is a Python pickle, which could run any code"):
            read_tensors(Path(name))
    with pytest.raises(GPT2FileError, match=r"^gpt2\.npz is cut short or damaged, or it holds Python objects\.$"):
        read_tensors(Path("gpt2.npz"))
    assert not Path("executed").exists()


def test_the_params_as_a_pickle_are_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "params.pkl").write_bytes(pickle.dumps(nested({"wte": arrays()["wpe"]})))
    with pytest.raises(GPT2FileError, match=r'save the params with torch\.save\(params, "gpt2\.pth"\)\.$'):
        load_gpt2(tmp_path / "params.pkl")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.00001, 0.5, 0.999])
def test_a_file_cut_short_is_reported(form: str, share: float, forms: dict[str, Path], tmp_path: Path) -> None:
    data = forms[form].read_bytes()
    path = tmp_path / forms[form].name
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(GPT2FileError) as raised:
        load_gpt2(path)
    message = str(raised.value)
    assert path.name in message
    assert "cut short" in message or "neither a safetensors file" in message


@pytest.mark.parametrize("name", ["checkpoint", "model.ckpt.index", "model.ckpt.data-00000-of-00001"])
def test_tensorflows_checkpoint_is_explained(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"anything, in a format of its own")
    with pytest.raises(GPT2FileError, match="belongs to a TensorFlow checkpoint"):
        load_gpt2(tmp_path / name)


@pytest.mark.parametrize("text", ["", "hello, this is a text of some length", "{}"])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(text)
    with pytest.raises(GPT2FileError, match=r"^notes\.txt "):
        load_gpt2(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"[]", "no safetensors file that can be read"),
        (b'{"a": 3}', "no safetensors file that can be read"),
        (b'{"a": {"dtype": "F8", "shape": [1], "data_offsets": [0, 1]}}', "a has the type F8, which cannot be read"),
        (b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}', "a has 4 bytes, which do not fit its shape"),
        (b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}', "a has 8 bytes, which do not fit"),
        (b'{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}', "is cut short: it has 78 of 86 bytes"),
    ],
)
def test_a_damaged_safetensors_file(header: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(SafetensorsError, match=re.escape(message)):
        read_safetensors(path)
