"""Puts a Llama together from parts: smollm2, or any other model in a GGUF file."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from playground.host.cached_model import CachedModel
from playground.host.fast_llama import FastLlama
from playground.host.layer_names import LLAMA_BLOCKS
from playground.host.llama_attention import OwnAttention
from playground.host.model_runners import BuiltModel, OwnRunner, Runner, UncachedLlama
from playground.host.own_code import OwnCode, PartError
from playground.host.own_llama import build_own_llama
from playground.host.part_checks import watch
from playground.host.part_weights import WeightsError, load_weights
from playground.host.quantized_layers import quantize_within
from reference.gguf_file import GGUFFile
from reference.llama import CachedAttention, LlamaConfig
from reference.llama_gguf import fast_layout, separate_pairs

INSIDE = ("rms-norm", "swiglu", "rope-angles", "rope", "grouped-attention", "llama-model", "linear")


def assemble_llama(base: Any, code: OwnCode, notes: list[str], model_file: Path | GGUFFile | None) -> BuiltModel:
    """Returns the model with the chosen parts and the weights of `model_file`, which is that of `base`.

    Appends to `notes` what makes it slow. Raises PartError.
    """
    cfg: LlamaConfig = base.cfg
    own = [id for id in INSIDE if code.is_own(id)]
    full = (lambda: base.exact) if isinstance(base, FastLlama) else (lambda: base)
    if not own:
        return BuiltModel(CachedModel(base), full, cfg.n_layers, LLAMA_BLOCKS, INSIDE, set(INSIDE))
    assert model_file is not None
    file = model_file if isinstance(model_file, GGUFFile) else GGUFFile(model_file)
    if "llama-model" in own:
        return build_own_llama(cfg, code, own, INSIDE, notes, file)
    parts = OwnLlamaParts(code, cfg, file)
    watch([(path, module, id) for path, (module, id) in parts.modules.items()], code, LLAMA_BLOCKS)
    if "linear" in own:
        notes.append("Your quantized linear computes each weight again for each token, so it is slower.")
        model = parts.quantized(parts.put_into(full()))
    else:
        model = base.with_model(parts.put_into(base.model)) if isinstance(base, FastLlama) else parts.put_into(base)
    runner: Runner
    if "grouped-attention" in own:
        notes.append("Your grouped-query attention has no cache, so each token needs the whole text again.")
        runner = UncachedLlama(model)
    else:
        runner = CachedModel(model)
    return BuiltModel(
        OwnRunner(runner, code, own[-1]),
        lambda: model if "linear" in own else parts.put_into(full()),
        cfg.n_layers,
        LLAMA_BLOCKS,
        INSIDE,
        set(INSIDE),
    )


class OwnLlamaParts:
    """The learner's modules of a Llama by their paths in it, with their weights, each with its part's id."""

    def __init__(self, code: OwnCode, cfg: LlamaConfig, file: GGUFFile) -> None:
        self.code, self.cfg, self.file = code, cfg, file
        self.modules: dict[str, tuple[nn.Module, str]] = {}
        if code.is_own("rope"):
            code.part("rope")  # a file that does not load is reported now
        self.tables = self._tables() if code.is_own("rope-angles") else None
        for layer in range(cfg.n_layers):
            block, names = f"{LLAMA_BLOCKS}.{layer}", f"blk.{layer}"
            if code.is_own("rms-norm"):
                self.modules[f"{block}.norm1"] = self._norm(f"{names}.attn_norm"), "rms-norm"
                self.modules[f"{block}.norm2"] = self._norm(f"{names}.ffn_norm"), "rms-norm"
            if code.is_own("swiglu"):
                self.modules[f"{block}.ff"] = self._feed_forward(names), "swiglu"
            if code.is_own("grouped-attention"):
                self.modules[f"{block}.att"] = self._attention(names), "grouped-attention"
        if code.is_own("rms-norm"):
            self.modules["final_norm"] = self._norm("output_norm"), "rms-norm"

    def put_into(self, base: Any) -> Any:
        """Returns a copy of a Llama that has these modules, and shares all others."""
        model = _shallow(base)
        model.blocks = nn.ModuleList(_shallow(block) for block in base.blocks)
        for path, (module, _) in self.modules.items():
            owner, _, name = path.rpartition(".")
            setattr(model.get_submodule(owner), name, module)
        if self.tables is not None:
            model.cos, model.sin = self.tables
        if self.code.is_own("rope") and not self.code.is_own("grouped-attention"):
            for block in model.blocks:
                block.att = _shallow(block.att)
                block.att.rotate = self.rotate
        return model

    def quantized(self, model: Any) -> Any:
        """Returns the Llama of `put_into`, in float32, with the learner's layers in place of all linear ones."""
        for layer, block in enumerate(model.blocks):
            if isinstance(block.att, CachedAttention):
                block.att = self._by_layers(block.att, layer)
            if not self.code.is_own("swiglu"):
                block.ff = _shallow(block.ff)
            quantize_within(block, self.code, f"{LLAMA_BLOCKS}.{layer}", LLAMA_BLOCKS)
        return model

    def _by_layers(self, fused: CachedAttention, layer: int) -> CachedAttention:
        """Returns the attention that calls its three layers, where a fused one uses a matrix made of their weights."""
        with torch.device("meta"):
            attention = CachedAttention(self.cfg, layer)
        attention.rotate = fused.rotate
        for name in ("W_query", "W_key", "W_value", "out_proj"):
            setattr(attention, name, getattr(fused, name))
        return attention.eval()

    def rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """apply_rope, the learner's if chosen. Raises PartError for a wrong shape."""
        rotated = self.code.part("rope")(x, cos, sin)
        if not isinstance(rotated, Tensor) or rotated.shape != x.shape:
            returned = f"shape {tuple(rotated.shape)}" if isinstance(rotated, Tensor) else type(rotated).__name__
            raise PartError("rope", f"Your apply_rope returned {returned}; it should return {tuple(x.shape)}.")
        return rotated

    def _tables(self) -> tuple[Tensor, Tensor]:
        cfg = self.cfg
        pair = self._new("rope-angles", lambda make: make(cfg.head_dim, cfg.rope_base, cfg.context_length))
        shape = (cfg.context_length, cfg.head_dim)
        tensors = [table for table in pair if isinstance(table, Tensor)] if isinstance(pair, tuple | list) else []
        if len(tensors) != 2 or any(tuple(table.shape) != shape for table in tensors):
            shapes = ", ".join(str(tuple(table.shape)) for table in tensors) or type(pair).__name__
            message = f"Your compute_rope_params returned {shapes}; it should return two tensors of shape {shape}."
            raise PartError("rope-angles", message)
        return tensors[0].float(), tensors[1].float()

    def _norm(self, name: str) -> nn.Module:
        module = self._new("rms-norm", lambda kind: kind(self.cfg.emb_dim, self.cfg.norm_eps))
        return self._loaded("rms-norm", module, {"scale": self.file.tensor(f"{name}.weight")})

    def _feed_forward(self, names: str) -> nn.Module:
        cfg = {"emb_dim": self.cfg.emb_dim, "hidden_dim": self.cfg.hidden_dim, "dtype": torch.float32}
        module = self._new("swiglu", lambda kind: kind(cfg))
        pairs = (("fc1", "gate"), ("fc2", "up"), ("fc3", "down"))
        weights = {
            f"{layer}.weight": fast_layout(self.file.tensor(f"{names}.ffn_{name}.weight")) for layer, name in pairs
        }
        return self._loaded("swiglu", module, weights)

    def _attention(self, names: str) -> nn.Module:
        cfg = self.cfg

        def make(kind: Callable[..., Any]) -> Any:
            return kind(cfg.emb_dim, cfg.emb_dim, 0.0, cfg.n_heads, cfg.n_kv_groups, dtype=torch.float32)

        module = self._new("grouped-attention", make)
        query, key, value, output = (
            self.file.tensor(f"{names}.attn_{name}.weight") for name in ("q", "k", "v", "output")
        )
        weights = {
            "W_query.weight": separate_pairs(query, cfg.n_heads),
            "W_key.weight": separate_pairs(key, cfg.n_kv_groups),
            "W_value.weight": value,
            "out_proj.weight": output,
            "out_proj.bias": torch.zeros(cfg.emb_dim),  # the exercise leaves it open whether there is one
        }
        return OwnAttention(self._loaded("grouped-attention", module, weights), cfg.head_dim, self.rotate)

    def _new(self, part: str, make: Callable[[Any], Any]) -> Any:
        random_state = torch.get_rng_state()
        try:
            return make(self.code.part(part))
        except PartError:
            raise
        except (Exception, SystemExit) as error:
            raise self.code.blame(error, part) from error
        finally:
            torch.set_rng_state(random_state)  # so that a seed gives the same text with any parts

    def _loaded(self, part: str, module: Any, weights: dict[str, Tensor]) -> nn.Module:
        name = self.code.parts[part].name
        if not isinstance(module, nn.Module):
            raise PartError(part, f"Your {name} is not a torch.nn.Module.")
        try:
            load_weights(module, weights)
        except WeightsError as error:
            message = f"The weights do not fit your {name} ({self.code.choices[part]}): {error}."
            raise PartError(part, message) from error
        return module.eval()


def _shallow(module: Any) -> Any:
    """Returns a copy of a module that shares its parameters and submodules, but not its attributes."""
    copied = copy.copy(module)
    for name in ("_modules", "_buffers", "_parameters"):
        copied.__dict__[name] = dict(module.__dict__[name])
    return copied
