"""Loads GPT-2 from a file: a safetensors, PyTorch or NumPy file with one of the usual four ways of naming its tensors.

the model hub's      h.0.attn.c_attn.weight, also with the prefix "transformer."
the book's params    blocks.0.attn.c_attn.w, nested dictionaries or names with dots or slashes
TensorFlow's         model/h0/attn/c_attn/w
a GPTModel's         trf_blocks.0.att.W_query.weight, as state_dict() gives them
"""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reference.gpt import GPTModel
from reference.gpt2_weights import load_weights_into_gpt
from reference.safetensors_file import SafetensorsError, read_safetensors

VOCAB_SIZE = 50257
HEAD_DIM = 64  # in all four sizes
SIZES = {(12, 768): "GPT-2 small (124M)", (24, 1024): "GPT-2 medium (355M)",
         (36, 1280): "GPT-2 large (774M)", (48, 1600): "GPT-2 XL (1,558M)"}  # fmt: skip
WRAPPERS = ("model_state_dict", "state_dict")  # keys of a checkpoint that holds more than the weights
# causal masks are no weights, and a GPTModel creates its own
MASKS = re.compile(r"(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)|trf_blocks\.\d+\.att\.mask")
TENSORFLOW_FILES = re.compile(r"checkpoint|.*\.(index|meta|ckpt|data-\d+-of-\d+)")


class GPT2FileError(ValueError):
    """The file has no weights of GPT-2; the message says what is wrong with it."""


def load_gpt2(path: Path) -> tuple[GPTModel, dict[str, Any]]:
    """Returns the model in float32, in evaluation mode, and its cfg. Its causal masks are on the "meta" device.

    Raises GPT2FileError if the file is not complete and right, OSError if it cannot be read.
    """
    tensors = {name: tensor for name, tensor in read_tensors(path).items() if not MASKS.fullmatch(name)}
    name_in_file = naming_of(tensors)
    if name_in_file is None:
        raise GPT2FileError(f"{path.name} has no weights of GPT-2: none of its tensors is named like wte or tok_emb.")
    cfg = read_cfg(tensors, name_in_file)
    with torch.device("meta"):  # allocates no memory; the weights replace those of the new model
        gpt = GPTModel(cfg)
    own = name_in_file is own_name
    layers = next((layers for layers, emb_dim in SIZES if emb_dim == cfg["emb_dim"]), cfg["n_layers"])
    if layers != cfg["n_layers"] and not own:  # a GPTModel of one's own may have any number of blocks
        raise GPT2FileError(f"The file has {cfg['n_layers']} blocks; GPT-2 with emb_dim {cfg['emb_dim']} has {layers}.")
    expected = {name: tuple(p.shape) for name, p in gpt.named_parameters()} if own else shapes_of_params(cfg)
    head = tensors.pop("lm_head.weight", None) if name_in_file("wte").endswith("wte.weight") else None
    weights = {name: _checked(tensors, name_in_file(name), shape) for name, shape in expected.items()}
    if unknown := next(iter(tensors.keys() - {name_in_file(name) for name in expected}), None):
        raise GPT2FileError(f"{path.name} has the tensor {unknown}, which GPT-2 does not have.")
    if own:
        gpt.load_state_dict(weights, strict=False, assign=True)  # all but the masks
        head = weights["out_head.weight"]
    else:
        load_weights_into_gpt(gpt, nested({name: weight.numpy() for name, weight in weights.items()}))
    if head is None or torch.equal(head.float(), gpt.tok_emb.weight):
        gpt.out_head.weight = gpt.tok_emb.weight
    else:  # fine-tuning may have separated the two tables
        gpt.out_head.weight = nn.Parameter(_checked({"lm_head.weight": head}, "lm_head.weight", head.shape))
    return gpt.eval(), cfg


def title_of(cfg: dict[str, Any]) -> str:
    """Returns the name of the size, or a description of a size that OpenAI did not publish."""
    layers, emb_dim = cfg["n_layers"], cfg["emb_dim"]
    return SIZES.get((layers, emb_dim), f"GPT-2 with {layers} blocks and emb_dim {emb_dim}")


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Returns every tensor of a file by its name; nested dictionaries give names with dots. Never runs a pickle's code.

    Raises GPT2FileError or OSError.
    """
    with path.open("rb") as file:
        beginning = file.read(9)
    if TENSORFLOW_FILES.fullmatch(path.name):
        raise GPT2FileError(
            f"{path.name} belongs to a TensorFlow checkpoint, which only TensorFlow can read: load it with the book's "
            'code there, and save its params with torch.save(params, "gpt2.pth").'
        )
    try:
        # a header of less than 100 MB; read as its length, the beginning of a zip archive or a pickle is far larger
        if beginning[8:9] == b"{" and int.from_bytes(beginning[:8], "little") < 10**8:
            return _flat(dict(read_safetensors(path)))
        if beginning.startswith(b"PK"):
            with zipfile.ZipFile(path) as archive:
                is_numpy = all(name.endswith(".npy") for name in archive.namelist())
            return _flat(dict(np.load(path, allow_pickle=False)) if is_numpy else _load_torch(path))
        if beginning[:1] == b"\x80":  # a pickle; PyTorch's oldest files are several
            return _flat(_load_torch(path))
    except pickle.UnpicklingError as error:
        raise GPT2FileError(
            f"{path.name} is a Python pickle, which could run any code, so it is not opened: save the params with "
            'torch.save(params, "gpt2.pth").'
        ) from error
    except SafetensorsError as error:
        raise GPT2FileError(f"{error}.") from error
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError, KeyError, IndexError) as error:
        if isinstance(error, GPT2FileError):
            raise
        raise GPT2FileError(f"{path.name} is cut short or damaged, or it holds Python objects.") from error
    raise GPT2FileError(f"{path.name} is neither a safetensors file nor a PyTorch or NumPy file with weights.")


def _load_torch(path: Path) -> Any:
    """Returns the data of a PyTorch file, in which only tensors, arrays, containers and numbers are allowed."""
    make = np._core.multiarray._reconstruct  # type: ignore[attr-defined]
    kinds = [type(np.dtype(kind)) for kind in (np.float16, np.float32, np.float64)]
    # NumPy 1 wrote a different name of the same function
    arrays = [np.ndarray, np.dtype, make, (make, "numpy.core.multiarray._reconstruct"), *kinds]
    with torch.serialization.safe_globals(arrays):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


def _flat(data: Any, prefix: str = "") -> dict[str, Tensor]:
    """Returns the tensors and arrays of nested dictionaries and lists by their joined keys."""
    if isinstance(data, dict):
        data = next((data[key] for key in WRAPPERS if key in data), data)
    if isinstance(data, Tensor | np.ndarray):
        tensor = torch.from_numpy(data) if isinstance(data, np.ndarray) else data
        return {prefix.replace("/", "."): tensor}
    if not isinstance(data, dict | list):
        raise GPT2FileError(f"The file has {prefix or 'an object'} of the type {type(data).__name__}, no tensor.")
    flat: dict[str, Tensor] = {}
    for key, item in data.items() if isinstance(data, dict) else enumerate(data):
        flat |= _flat(item, f"{prefix}.{key}" if prefix else str(key))
    return flat


def own_name(name: str) -> str:
    """Returns a GPTModel's name of a parameter as it is; "wte" and "wpe" are its tables."""
    return {"wte": "tok_emb.weight", "wpe": "pos_emb.weight"}.get(name, name)


def hub_name(name: str) -> str:
    """Returns the model hub's name for one of the params, such as "blocks.0.ln_1.g"."""
    if name in ("g", "b"):
        name = f"ln_f.{name}"
    name = re.sub(r"^blocks", "h", name)
    name = re.sub(r"\.[wg]$", ".weight", re.sub(r"\.b$", ".bias", name))
    return f"{name}.weight" if name in ("wte", "wpe") else name


def tensorflow_name(name: str) -> str:
    """Returns TensorFlow's name for one of the params, with dots for slashes."""
    return "model." + re.sub(r"^blocks\.", "h", f"ln_f.{name}" if name in ("g", "b") else name)


def naming_of(tensors: dict[str, Tensor]) -> Callable[[str], str] | None:
    """Returns the function from the params' names to those in the file; None if none fits."""
    namings: tuple[Callable[[str], str], ...] = (
        hub_name, lambda name: f"transformer.{hub_name(name)}", str, tensorflow_name, own_name,
    )  # fmt: skip
    return next((naming for naming in namings if naming("wte") in tensors), None)


def read_cfg(tensors: dict[str, Tensor], name_in_file: Callable[[str], str]) -> dict[str, Any]:
    """Returns the cfg of the model, read from the shapes and names. Raises GPT2FileError."""
    token_table, position_name = tensors[name_in_file("wte")], name_in_file("wpe")
    if token_table.dim() != 2 or token_table.shape[0] != VOCAB_SIZE:
        shape = tuple(token_table.shape)
        raise GPT2FileError(f"{name_in_file('wte')} has the shape {shape}; GPT-2 has {VOCAB_SIZE:,} tokens.")
    if position_name not in tensors:
        raise GPT2FileError(f"The file has no tensor {position_name}, so it is not a complete GPT-2.")
    emb_dim = token_table.shape[1]
    if emb_dim % HEAD_DIM:
        raise GPT2FileError(f"emb_dim is {emb_dim}; in GPT-2 it is a multiple of {HEAD_DIM}, the size of a head.")
    blocks = [int(match[1]) for name in tensors if (match := re.search(r"\b(?:h|blocks|trf_blocks)\.?(\d+)\.", name))]
    return {
        "vocab_size": VOCAB_SIZE,
        "context_length": tensors[position_name].shape[0],
        "emb_dim": emb_dim,
        "n_heads": emb_dim // HEAD_DIM,
        "n_layers": max(blocks, default=-1) + 1,
        "drop_rate": 0.0,
        "qkv_bias": True,
    }


def shapes_of_params(cfg: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Returns the shape of every array of the params by its dotted name."""
    d = cfg["emb_dim"]
    linear = {"attn.c_attn": (d, 3 * d), "attn.c_proj": (d, d), "mlp.c_fc": (d, 4 * d), "mlp.c_proj": (4 * d, d)}
    block: dict[str, tuple[int, ...]] = {f"{norm}.{key}": (d,) for norm in ("ln_1", "ln_2") for key in "gb"}
    for name, shape in linear.items():
        block |= {f"{name}.w": shape, f"{name}.b": shape[1:]}
    shapes = {f"blocks.{i}.{name}": shape for i in range(cfg["n_layers"]) for name, shape in block.items()}
    return {"wte": (cfg["vocab_size"], d), "wpe": (cfg["context_length"], d), "g": (d,), "b": (d,)} | shapes


def nested(arrays: dict[str, Any]) -> dict[str, Any]:
    """Returns the params as the book's nested dictionaries, from arrays by dotted names."""
    params: dict[str, Any] = {"blocks": []}
    for name, array in arrays.items():
        *keys, last = name.split(".")
        place = params
        if keys[:1] == ["blocks"]:
            index = int(keys[1])
            while len(params["blocks"]) <= index:
                params["blocks"].append({})
            place, keys = params["blocks"][index], keys[2:]
        for key in keys:
            place = place.setdefault(key, {})
        place[last] = array
    return params


def _checked(tensors: dict[str, Tensor], name: str, shape: tuple[int, ...]) -> Tensor:
    """Returns a tensor as float32. Raises GPT2FileError if it is missing or has a different shape or no floats."""
    if name not in tensors:
        raise GPT2FileError(f"The file has no tensor {name}, so it is not a complete GPT-2.")
    tensor = tensors[name]
    if tensor.dim() == len(shape) + 1 and tensor.shape[0] == 1:
        tensor = tensor[0]  # TensorFlow stores a linear layer as a convolution of size 1
    if tuple(tensor.shape) != tuple(shape):
        raise GPT2FileError(f"{name} has the shape {tuple(tensor.shape)}; in GPT-2 of this size it is {tuple(shape)}.")
    if not tensor.is_floating_point():
        raise GPT2FileError(f"{name} has the type {str(tensor.dtype).removeprefix('torch.')}; weights are floats.")
    return tensor.float()
