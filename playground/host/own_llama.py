"""Runs a learner's own Llama3Model with the weights of a GGUF file."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from playground.host.layer_names import GPT_BLOCKS
from playground.host.model_runners import BuiltModel, PlainModel, UncachedModel
from playground.host.own_code import OwnCode, PartError
from playground.host.part_checks import part_of, watch
from playground.host.part_weights import WeightsError, load_weights
from playground.host.quantized_layers import quantize_within
from reference.gguf_file import GGUFFile
from reference.llama import LlamaConfig
from reference.llama_gguf import separate_pairs

PART = "llama-model"
CLASSES = ("rms-norm", "swiglu", "grouped-attention")  # parts that are modules in it
NORM_EPS = 1e-5  # of the norms in the exercise


def book_cfg(cfg: LlamaConfig) -> dict[str, Any]:
    """Returns the dict that Llama3Model takes, with the author's keys."""
    names = "vocab_size", "context_length", "emb_dim", "hidden_dim", "n_layers", "n_heads", "n_kv_groups", "rope_base"
    return {name: getattr(cfg, name) for name in names} | {"dtype": torch.float32, "rope_freq": None}


def read_weights(cfg: LlamaConfig, file: GGUFFile) -> dict[str, Tensor]:
    """Returns a file's weights in float32 by the names of Llama3Model; head and embedding share one tensor."""

    def tensor(name: str) -> Tensor:
        return file.tensor(f"{name}.weight")

    embedding = tensor("token_embd")
    weights = {"tok_emb.weight": embedding, "out_head.weight": embedding, "final_norm.scale": tensor("output_norm")}
    for layer in range(cfg.n_layers):
        names, block = f"blk.{layer}", f"{GPT_BLOCKS}.{layer}"
        weights |= {
            f"{block}.norm1.scale": tensor(f"{names}.attn_norm"),
            f"{block}.norm2.scale": tensor(f"{names}.ffn_norm"),
            f"{block}.att.W_query.weight": separate_pairs(tensor(f"{names}.attn_q"), cfg.n_heads),
            f"{block}.att.W_key.weight": separate_pairs(tensor(f"{names}.attn_k"), cfg.n_kv_groups),
            f"{block}.att.W_value.weight": tensor(f"{names}.attn_v"),
            f"{block}.att.out_proj.weight": tensor(f"{names}.attn_output"),
            f"{block}.att.out_proj.bias": torch.zeros(cfg.emb_dim),  # gqa leaves it open whether there is one
            f"{block}.ff.fc1.weight": tensor(f"{names}.ffn_gate"),
            f"{block}.ff.fc2.weight": tensor(f"{names}.ffn_up"),
            f"{block}.ff.fc3.weight": tensor(f"{names}.ffn_down"),
        }
    return weights


def build_own_llama(
    cfg: LlamaConfig, code: OwnCode, own: list[str], inside: tuple[str, ...], notes: list[str], file: GGUFFile
) -> BuiltModel:
    """Returns the learner's model with the weights of the file. `own` are the learner's parts, of those in `inside`.

    Appends to `notes` what makes it slow or different. Raises PartError.
    """
    model = _new(cfg, code)
    try:
        load_weights(model, read_weights(cfg, file))
    except WeightsError as error:
        raise PartError(PART, f"The weights do not fit your model ({code.choices[PART]}): {error}.") from error
    model.requires_grad_(False)
    notes.append("Your model has no cache, so each token needs the whole text again.")
    if not math.isclose(cfg.norm_eps, NORM_EPS, rel_tol=1e-3):
        notes.append(f"The norms of this model have eps = {cfg.norm_eps:g}; those of yours have {NORM_EPS:g}.")
    used = {PART} | (code.imported & set(own))
    if "linear" in own:
        for layer, block in enumerate(getattr(model, GPT_BLOCKS)):
            quantize_within(block, code, f"{GPT_BLOCKS}.{layer}", GPT_BLOCKS)
        used.add("linear")
    classes = {code.part(id): id for id in CLASSES if id in own}
    found = [(path, module, part_of(module, classes)) for path, module in model.named_modules()]
    watch([(path, module, id) for path, module, id in found if id is not None], code, GPT_BLOCKS)
    plain = PlainModel(model, cfg.context_length, cfg.vocab_size, code, PART).eval()
    return BuiltModel(UncachedModel(plain), lambda: model, cfg.n_layers, GPT_BLOCKS, inside, used)


def _new(cfg: LlamaConfig, code: OwnCode) -> nn.Module:
    """Returns the learner's model with weights that are still to be replaced."""
    kind = code.part(PART)
    random_state = torch.get_rng_state()
    try:
        model = kind(book_cfg(cfg))
    except PartError:
        raise
    except (Exception, SystemExit) as error:
        raise code.blame(error, PART) from error
    finally:
        torch.set_rng_state(random_state)  # so that a seed gives the same text with any parts
    if not isinstance(model, nn.Module):
        raise PartError(PART, "Your model is not a torch.nn.Module.")
    return model.eval()
