"""A tiny Llama model in a GGUF file, made by the gguf package's own writer."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from gguf.quants import quantize

from reference.gguf_tokenizer import byte_characters

torch.set_num_threads(1)  # the models are tiny, and the tests share the machine

EMB, HIDDEN, LAYERS, HEADS, GROUPS, CONTEXT = 64, 96, 2, 4, 2, 96
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["Ġ t", "h e", "i n", "Ġt he", "r e", "o n", "a b", "ab c", "Ġ Ġ", "ĠĠ ĠĠ", "Ã ©"]
TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nBe kind<|im_end|>\\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
# rows of these are multiples of 32, as the block formats need
Q8_0, Q4_1, F32 = GGMLQuantizationType.Q8_0, GGMLQuantizationType.Q4_1, GGMLQuantizationType.F32


def vocabulary(shuffled: bool = False, without: bytes = b"") -> list[str]:
    """Specials, bytes, then merged tokens; `shuffled` numbers the merged tokens in another order."""
    of_byte = {byte: character for character, byte in byte_characters().items()}
    merged = [merge.replace(" ", "") for merge in MERGES]
    if shuffled:
        merged.reverse()
    return SPECIALS + [of_byte[byte] for byte in range(256) if byte not in without] + merged


def tokenizer_values(tokens: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """The tokenizer's entries of GGUFFile.values."""
    tokens = tokens or vocabulary()
    control, normal = int(TokenType.CONTROL), int(TokenType.NORMAL)
    values = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [control if token in SPECIALS else normal for token in tokens],
        "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": TEMPLATE,
    }
    return values | {f"tokenizer.{name}": value for name, value in changes.items()}


def tensors(seed: int = 0, all_q4_1: bool = False) -> dict[str, tuple[np.ndarray, GGMLQuantizationType]]:
    """Random weights by their GGUF names, each with the type it is stored as.

    The types of the blocks' matrices differ unless `all_q4_1`; then they are those of SmolLM2's file. The weights are
    small enough then that rounding does not grow from layer to layer.
    """
    random = np.random.default_rng(seed)
    head_dim = EMB // HEADS
    shapes: dict[str, tuple[tuple[int, ...], GGMLQuantizationType]] = {
        "token_embd": ((len(vocabulary()), EMB), Q8_0),
        "output_norm": ((EMB,), F32),
    }
    for i in range(LAYERS):
        shapes |= {
            f"blk.{i}.attn_norm": ((EMB,), F32),
            f"blk.{i}.attn_q": ((HEADS * head_dim, EMB), Q4_1),
            f"blk.{i}.attn_k": ((GROUPS * head_dim, EMB), Q4_1),
            f"blk.{i}.attn_v": ((GROUPS * head_dim, EMB), F32),
            f"blk.{i}.attn_output": ((EMB, HEADS * head_dim), Q4_1),
            f"blk.{i}.ffn_norm": ((EMB,), F32),
            f"blk.{i}.ffn_gate": ((HIDDEN, EMB), Q4_1),
            f"blk.{i}.ffn_up": ((HIDDEN, EMB), Q8_0),
            f"blk.{i}.ffn_down": ((EMB, HIDDEN), GGMLQuantizationType.Q4_0),
        }
    spread = 0.5
    if all_q4_1:
        spread = 0.2
        shapes |= {n: (shape, Q4_1) for n, (shape, _) in shapes.items() if n.startswith("blk") and len(shape) == 2}
    return {
        # small embeddings, or the tied head would only ever repeat the last token
        f"{name}.weight": (random.normal(0, 0.1 if name == "token_embd" else spread, shape).astype(np.float32), kind)
        for name, (shape, kind) in shapes.items()
    }


def write_gguf(path: Path, leave_out: str = "", all_q4_1: bool = False, **changes: Any) -> Path:
    """The tiny model as a file. `changes` are values to set otherwise, `leave_out` the name of a tensor."""
    writer = GGUFWriter(path, changes.pop("architecture", "llama"))
    writer.add_name("Tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMB)
    writer.add_feed_forward_length(changes.pop("hidden", HIDDEN))
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(GROUPS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    values = tokenizer_values(**changes)
    writer.add_tokenizer_model(values["tokenizer.ggml.model"])
    writer.add_tokenizer_pre(values["tokenizer.ggml.pre"])
    writer.add_token_list(values["tokenizer.ggml.tokens"])
    writer.add_token_types(values["tokenizer.ggml.token_type"])
    writer.add_token_merges(values["tokenizer.ggml.merges"])
    writer.add_bos_token_id(values["tokenizer.ggml.bos_token_id"])
    writer.add_eos_token_id(values["tokenizer.ggml.eos_token_id"])
    writer.add_add_bos_token(values["tokenizer.ggml.add_bos_token"])
    if values["tokenizer.chat_template"]:
        writer.add_chat_template(values["tokenizer.chat_template"])
    for name, (weight, kind) in tensors(all_q4_1=all_q4_1).items():
        if name != leave_out:
            writer.add_tensor(name, quantize(weight, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_endless(path: Path) -> Path:
    """A model with a context of 8,192 tokens that never ends its greedy output."""
    weights = tensors()
    weights["token_embd.weight"][0][: len(SPECIALS)] = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__], "CONTEXT", 8192)
        patch.setattr(sys.modules[__name__], "tensors", lambda **_: weights)
        return write_gguf(path)
