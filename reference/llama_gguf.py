"""Loads a Llama model and its tokenizer from a GGUF file, such as SmolLM2-135M-Instruct.Q4_1.gguf."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from reference.gguf_file import GGUFError, GGUFFile
from reference.gguf_tokenizer import GGUFTokenizer
from reference.llama import Llama, LlamaConfig
from reference.llama_fused import FusedBlock, column_major


@dataclass(frozen=True)
class LoadedLlama:
    model: Llama
    tokenizer: GGUFTokenizer
    name: str


def load_llama(path: Path) -> LoadedLlama:
    """Loads the model in float32, in evaluation mode. Raises OSError, or GGUFError if the file is not a Llama."""
    return load_llama_file(GGUFFile(path))


def load_llama_file(file: GGUFFile) -> LoadedLlama:
    """Loads the model of an open file as `load_llama` does."""
    empty = read_llama(file)
    load_weights(empty.model, file)
    return empty


def read_llama(file: GGUFFile) -> LoadedLlama:
    """Returns the model of a file without its weights, on the meta device. Raises GGUFError."""
    try:
        cfg = read_config(file.values)
        tokenizer = GGUFTokenizer(file.values)
    except KeyError as error:
        raise GGUFError(f"{file.path.name} has no value {error}") from error
    with torch.device("meta"):  # allocates no memory
        model = Llama(cfg, FusedBlock)
    return LoadedLlama(model.eval(), tokenizer, str(file.values.get("general.name", file.path.stem)))


def read_config(values: dict[str, Any]) -> LlamaConfig:
    architecture = values["general.architecture"]
    if architecture != "llama":
        raise GGUFError(f"this is a model of the {architecture} architecture; only llama can be loaded")
    if any(name.startswith("llama.rope.scaling") for name in values):
        raise GGUFError("models with scaled rotary positions cannot be loaded")
    heads = values["llama.attention.head_count"]
    return LlamaConfig(
        vocab_size=len(values["tokenizer.ggml.tokens"]),
        context_length=values["llama.context_length"],
        emb_dim=values["llama.embedding_length"],
        hidden_dim=values["llama.feed_forward_length"],
        n_layers=values["llama.block_count"],
        n_heads=heads,
        n_kv_groups=values.get("llama.attention.head_count_kv", heads),
        rope_base=values.get("llama.rope.freq_base", 10_000.0),
        norm_eps=values["llama.attention.layer_norm_rms_epsilon"],
    )


def load_weights(model: Llama, file: GGUFFile) -> None:
    """Copies the file's dequantized tensors to the model. Raises GGUFError if one is missing or has a wrong shape."""
    refuse_unsupported(file)

    def set_weight(module: nn.Module, attribute: str, name: str, heads: int = 0) -> None:
        weight = file.tensor(f"{name}.weight")
        shape, expected = tuple(weight.shape), tuple(getattr(module, attribute).shape)
        if shape != expected:
            raise GGUFError(f"{name} has the shape {shape}; the model expects {expected}")
        if heads:
            weight = separate_pairs(weight, heads)
        setattr(module, attribute, nn.Parameter(fast_layout(weight), requires_grad=False))

    set_weight(model.out_head, "weight", "token_embd")
    set_weight(model.final_norm, "scale", "output_norm")
    for i, block in enumerate(cast(list[FusedBlock], model.blocks)):
        set_weight(block.norm1, "scale", f"blk.{i}.attn_norm")
        set_weight(block.att.W_query, "weight", f"blk.{i}.attn_q", heads=model.cfg.n_heads)
        set_weight(block.att.W_key, "weight", f"blk.{i}.attn_k", heads=model.cfg.n_kv_groups)
        set_weight(block.att.W_value, "weight", f"blk.{i}.attn_v")
        block.att.merge_weights()
        set_weight(block.att.out_proj, "weight", f"blk.{i}.attn_output")
        set_weight(block.norm2, "scale", f"blk.{i}.ffn_norm")
        set_weight(block.ff.fc1, "weight", f"blk.{i}.ffn_gate")
        set_weight(block.ff.fc2, "weight", f"blk.{i}.ffn_up")
        set_weight(block.ff.fc3, "weight", f"blk.{i}.ffn_down")


def refuse_unsupported(file: GGUFFile) -> None:
    """Raises GGUFError if the file has tensors that `Llama` has no place for."""
    if "output.weight" in file.tensors:
        raise GGUFError("models with an output head separate from the embedding cannot be loaded")
    if "rope_freqs.weight" in file.tensors:
        raise GGUFError("models with scaled rotary positions cannot be loaded")


def separate_pairs(weight: Tensor, heads: int) -> Tensor:
    """Reorders the rows of each head from GGUF's RoPE pairs, 2i and 2i + 1, to those of `apply_rope`, i and i + D/2."""
    return weight.view(heads, -1, 2, weight.shape[1]).transpose(1, 2).reshape(weight.shape)


def join_pairs(weight: Tensor, heads: int) -> Tensor:
    """Undoes `separate_pairs`."""
    return weight.view(heads, 2, -1, weight.shape[1]).transpose(1, 2).reshape(weight.shape)


def fast_layout(weight: Tensor) -> Tensor:
    """Returns the (out, in) matrix in column-major order if it has at least as many rows as columns."""
    if weight.dim() == 2 and weight.shape[0] >= weight.shape[1]:
        return column_major(weight)
    return weight
