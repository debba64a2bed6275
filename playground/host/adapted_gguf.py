"""A GGUF file whose weights are changed by an adapter: it can be loaded, or written to a file of its own."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import torch
from torch import Tensor

from playground.host.adapter import changed_weights, check_base, load_adapter
from reference.gguf_file import ALIGNMENT, GGMLQuantizationType, GGUFFile, TensorInfo
from reference.llama_gguf import join_pairs, read_config, separate_pairs

# the names of a Llama's weights, and those of a file's tensors
BLOCK = re.compile(r"blocks\.(\d+)\.(.+)")
IN_BLOCK = {
    "norm1.scale": "attn_norm", "att.W_query.weight": "attn_q", "att.W_key.weight": "attn_k",
    "att.W_value.weight": "attn_v", "att.out_proj.weight": "attn_output", "norm2.scale": "ffn_norm",
    "ff.fc1.weight": "ffn_gate", "ff.fc2.weight": "ffn_up", "ff.fc3.weight": "ffn_down",
}  # fmt: skip
OUTSIDE = {"out_head.weight": "token_embd", "final_norm.scale": "output_norm"}


def tensor_name(name: str) -> str:
    """Returns the name of the tensor in a GGUF file that a Llama's weight is. Raises KeyError."""
    match = BLOCK.fullmatch(name)
    return f"blk.{match[1]}.{IN_BLOCK[match[2]]}.weight" if match else f"{OUTSIDE[name]}.weight"


class AdaptedGGUF(GGUFFile):
    """The file of a Llama, with the weights that an adapter changes in float32 and all others as they are stored.

    Raises AdapterError, GGUFError or OSError.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__(path)
        self.adapter, tensors = load_adapter(folder)
        check_base(self.adapter, folder, path)
        self._changed: dict[str, Tensor] = {}
        for name, weight in changed_weights(self.adapter, tensors, self._weight).items():
            tensor = tensor_name(name)
            heads = self._paired_heads(tensor)
            self._changed[tensor] = join_pairs(weight, heads) if heads else weight
            shape = tuple(weight.shape)
            self.tensors[tensor] = TensorInfo(shape, GGMLQuantizationType.F32, 0, weight.numel() * 4)

    def tensor(self, name: str) -> Tensor:
        return self._changed[name].clone() if name in self._changed else super().tensor(name)

    def _weight(self, name: str) -> Tensor:
        """Returns a weight of the Llama as it was."""
        tensor = tensor_name(name)
        heads = self._paired_heads(tensor)
        weight = super().tensor(tensor)
        return separate_pairs(weight, heads) if heads else weight

    def _paired_heads(self, tensor: str) -> int:
        """Returns the number of heads of a tensor whose rows are in RoPE's pairs, else 0."""
        cfg = read_config(self.values)
        if ".attn_q." in tensor:
            return cfg.n_heads
        return cfg.n_kv_groups if ".attn_k." in tensor else 0

    def write(self, path: Path) -> None:
        """Writes a GGUF file with these tensors, complete or not at all. Raises OSError."""
        header, place = bytearray(self.bytes[: self.metadata_end].numpy().tobytes()), 0
        alignment = self.values.get("general.alignment", ALIGNMENT)
        for name, info in self.tensors.items():
            text = name.encode()
            header += struct.pack("<Q", len(text)) + text + struct.pack("<I", len(info.shape))
            header += struct.pack(f"<{len(info.shape)}Q", *reversed(info.shape))
            header += struct.pack("<IQ", int(info.kind), place)
            place += info.size + -info.size % alignment
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("wb") as file:
                file.write(header + bytes(-len(header) % alignment))
                for name, info in self.tensors.items():
                    file.write(self._data(name, info).numpy().tobytes() + bytes(-info.size % alignment))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def _data(self, name: str, info: TensorInfo) -> Tensor:
        """Returns a tensor's bytes as they are stored."""
        if name in self._changed:
            return self._changed[name].contiguous().view(-1).view(torch.uint8)
        return self.bytes[info.offset : info.offset + info.size]
