"""Small GPT-2s in files: random weights in GPT-2's own layout, under each of the usual names."""

import json
import struct
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reference.gpt import GPTModel
from reference.gpt2_file import VOCAB_SIZE, hub_name, nested, tensorflow_name
from reference.gpt2_weights import load_weights_into_gpt

torch.set_num_threads(1)  # the models are tiny, and the tests share the machine

EMB, LAYERS, CONTEXT = 128, 2, 48
CFG = {"vocab_size": VOCAB_SIZE, "context_length": CONTEXT, "emb_dim": EMB, "n_heads": 2, "n_layers": LAYERS,
       "drop_rate": 0.0, "qkv_bias": True}  # fmt: skip


@cache
def arrays(seed: int = 0, emb: int = EMB, layers: int = LAYERS) -> dict[str, np.ndarray]:
    """The params by dotted names, such as "blocks.0.attn.c_attn.w"; callers must not change them."""
    random = np.random.default_rng(seed)

    def array(*shape: int, mean: float = 0.0) -> np.ndarray:
        return (random.normal(size=shape) * 0.1 + mean).astype(np.float32)

    found = {"wte": array(VOCAB_SIZE, emb), "wpe": array(CONTEXT, emb), "g": array(emb, mean=1.0), "b": array(emb)}
    for i in range(layers):
        for name, inputs, outputs in (
            ("attn.c_attn", emb, 3 * emb), ("attn.c_proj", emb, emb), ("mlp.c_fc", emb, 4 * emb),
            ("mlp.c_proj", 4 * emb, emb),
        ):  # fmt: skip
            found |= {f"blocks.{i}.{name}.w": array(inputs, outputs), f"blocks.{i}.{name}.b": array(outputs)}
        for norm in ("ln_1", "ln_2"):
            found |= {f"blocks.{i}.{norm}.g": array(emb, mean=1.0), f"blocks.{i}.{norm}.b": array(emb)}
    return found


def model(seed: int = 0) -> GPTModel:
    """The book's GPTModel with these weights."""
    gpt = GPTModel(CFG)
    load_weights_into_gpt(gpt, nested(arrays(seed)))
    return gpt.eval()


def hub_tensors(prefix: str = "", seed: int = 0, **options: Any) -> dict[str, Tensor]:
    """The tensors by the hub's names, with the causal masks that its files contain."""
    tensors = {f"{prefix}{hub_name(name)}": torch.tensor(array) for name, array in arrays(seed, **options).items()}
    mask = torch.ones(1, 1, CONTEXT, CONTEXT).tril()
    return tensors | {f"{prefix}h.{i}.attn.bias": mask for i in range(LAYERS)}


def write_safetensors(path: Path, tensors: dict[str, Tensor], padding: str = "") -> Path:
    """Writes a file as the safetensors package does; `padding` are spaces after the header."""
    kinds = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    parts, at = [], 0
    for name, tensor in tensors.items():
        data = tensor.contiguous().view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": kinds[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode() + padding.encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))
    return path


def write_every_form(folder: Path) -> dict[str, Path]:
    """The same weights in every form that can be read."""
    paths = {
        "hub": write_safetensors(folder / "hub.safetensors", hub_tensors(), padding="   "),
        "hub with prefix": write_safetensors(folder / "prefix.safetensors", hub_tensors("transformer.")),
        "params": folder / "params.pth",
        "params as tensors": folder / "tensors.pth",
        "params of NumPy": folder / "params.npz",
        "TensorFlow's names": folder / "tensorflow.npz",
        "GPTModel": folder / "gpt.pth",
        "checkpoint": folder / "checkpoint.pth",
        "oldest form": folder / "old.bin",
    }
    params = arrays()
    torch.save(nested(params), paths["params"])
    torch.save(nested({name: torch.tensor(array) for name, array in params.items()}), paths["params as tensors"])
    np.savez(paths["params of NumPy"], **{name.replace(".", "/"): array for name, array in params.items()})
    tensorflow = {tensorflow_name(name).replace(".", "/"): array for name, array in params.items()}
    convolutions = {name: array[None] if name.endswith("/w") else array for name, array in tensorflow.items()}
    np.savez(paths["TensorFlow's names"], **convolutions)
    torch.save(model().state_dict(), paths["GPTModel"])
    torch.save({"model_state_dict": model().state_dict(), "optimizer_state_dict": {"step": 3}}, paths["checkpoint"])
    torch.save(hub_tensors("transformer."), paths["oldest form"], _use_new_zipfile_serialization=False)
    return paths
