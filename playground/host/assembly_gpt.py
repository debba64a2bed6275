"""Puts a GPT together from parts: pocket, GPT-2, and the models that a learner trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from playground.host.cached_blocks import CachedBlocks
from playground.host.cached_gpt import CachedGPT
from playground.host.cached_model import CachedModel
from playground.host.layer_names import GPT_BLOCKS
from playground.host.model_runners import BuiltModel, OwnCacheModel, OwnRunner, PlainModel, Runner, UncachedModel
from playground.host.own_code import OwnCode, PartError
from playground.host.part_adapter import Adapter, Weights
from playground.host.part_checks import part_of, watch
from playground.host.part_weights import WeightsError, load_weights
from playground.host.quantized_layers import quantize_within
from reference.gpt import GPTModel

INSIDE = ("embeddings", "layer-norm", "gelu", "feed-forward", "attention", "block", "model", "linear", "cache")
TOKENWISE = {
    "layer-norm",
    "gelu",
    "feed-forward",
    "linear",
}  # process each token separately, so the reference's cache fits


def read_cfg(gpt: GPTModel) -> dict[str, Any]:
    """Returns the book's cfg of a GPTModel."""
    att: Any = gpt.trf_blocks[0].att
    return {
        "vocab_size": gpt.tok_emb.num_embeddings,
        "context_length": gpt.pos_emb.num_embeddings,
        "emb_dim": gpt.tok_emb.embedding_dim,
        "n_heads": att.num_heads,
        "n_layers": len(gpt.trf_blocks),
        "drop_rate": 0.0,
        "qkv_bias": att.W_query.bias is not None,
    }


def assemble_gpt(base: CachedGPT, code: OwnCode, notes: list[str]) -> BuiltModel:
    """Returns the model with the chosen parts and the weights of `base`.

    Appends to `notes` what the weights have that the learner's classes do not. Raises PartError.
    """
    own = [id for id in INSIDE if code.is_own(id)]
    if not own:
        return BuiltModel(
            CachedModel(base), lambda: base.gpt, base.cfg.n_layers, GPT_BLOCKS, INSIDE, set(INSIDE) - {"cache"}
        )
    cfg, weights = read_cfg(base.gpt), dict(base.gpt.named_parameters(remove_duplicate=False))
    outer = next((id for id in ("cache", "model") if id in own), None)
    model: Any = _build(code, cfg, outer)
    classes = _classes(model, code, own, outer)
    unused = _load(model, {name: weight.detach() for name, weight in weights.items()}, code, classes, own)
    notes += sorted({module.note for module in model.modules() if isinstance(module, Adapter) and module.note})
    if unused:
        more = f" and {len(unused) - 3} more" if len(unused) > 3 else ""
        notes.append(f"Your parts have no {', '.join(unused[:3])}{more}, so these weights are not used.")
    used = {id for module in model.modules() if (id := part_of(module, classes))}
    used |= {"model", "embeddings"} if outer is None else {outer}
    if "linear" in own:
        for layer, block in enumerate(getattr(model, GPT_BLOCKS, ())):
            quantize_within(block, code, f"{GPT_BLOCKS}.{layer}", GPT_BLOCKS)
        used.add("linear")
    found = [(path, module, part_of(module, classes)) for path, module in model.named_modules()]
    watch([(path, module, id) for path, module, id in found if id in own], code, GPT_BLOCKS)
    if set(own) <= TOKENWISE and all(code.files[code.choices[id]].passed for id in own):
        runner: Runner = OwnRunner(CachedModel(CachedBlocks(model, base.cfg).eval()), code, own[-1])
    else:
        plain = PlainModel(model, cfg["context_length"], cfg["vocab_size"], code, outer or own[-1]).eval()
        runner = OwnCacheModel(plain) if outer == "cache" else UncachedModel(plain)
    return BuiltModel(runner, lambda: model, cfg["n_layers"], GPT_BLOCKS, INSIDE, used)


def _build(code: OwnCode, cfg: dict[str, Any], outer: str | None) -> nn.Module:
    kind = code.part(outer or "model")
    if outer is None and code.is_own("embeddings"):
        kind = _with_embedding(kind, code.part("embeddings"))
    random_state = torch.get_rng_state()
    try:
        model = kind(dict(cfg))
    except (Exception, SystemExit) as error:
        raise code.blame(error, outer or "") from error
    finally:
        torch.set_rng_state(random_state)  # so that a seed gives the same text with any parts
    if not isinstance(model, nn.Module):
        raise PartError(outer or "model", f"Your {outer} is not a torch.nn.Module.")
    return model.eval()


def _with_embedding(model: type[GPTModel], embedding: Callable[..., nn.Module]) -> Callable[[dict[str, Any]], GPTModel]:
    """The reference's GPTModel with the learner's embeddings."""

    class EmbeddedGPT(model):  # type: ignore[misc, valid-type]  # a class that is known only now
        def __init__(self, cfg: dict[str, Any]) -> None:
            super().__init__(cfg)
            tables = embedding(cfg["vocab_size"], cfg["context_length"], cfg["emb_dim"])
            self.embedding = _Embedding(tables, cfg["emb_dim"])
            del self.tok_emb, self.pos_emb

        def forward(self, in_idx: Tensor) -> Tensor:
            vectors = self.trf_blocks(self.drop_emb(self.embedding(in_idx)))
            logits: Tensor = self.out_head(self.final_norm(vectors))
            return logits

    return EmbeddedGPT


class _Embedding(Adapter):
    """An InputEmbedding, whose tables have the model's names although it is a module of the model."""

    def __init__(self, inner: nn.Module, emb_dim: int) -> None:
        super().__init__()
        self.inner, self.emb_dim = inner, emb_dim

    def forward(self, ids: Tensor) -> Any:
        vectors = self.inner(ids)
        shape = (*ids.shape, self.emb_dim)
        if not isinstance(vectors, Tensor) or vectors.shape != shape:
            returned = f"shape {tuple(vectors.shape)}" if isinstance(vectors, Tensor) else type(vectors).__name__
            raise PartError("embeddings", f"Your embeddings returned {returned}; they should return {shape}.")
        return vectors

    def inner_weights(self, weights: Weights) -> Weights:
        return weights


def _load(model: nn.Module, weights: Weights, code: OwnCode, classes: dict[type, str], own: list[str]) -> list[str]:
    """Loads the weights; returns the names of those that no module has."""
    if hasattr(model, "embedding") and isinstance(model.embedding, _Embedding):
        tables = ("tok_emb.weight", "pos_emb.weight")
        weights = {(f"embedding.{name}" if name in tables else name): weight for name, weight in weights.items()}
    try:
        return load_weights(model, weights)
    except WeightsError as error:
        part = _part_at(model, error.path, classes, own)
        name, exercise = code.parts[part].name, code.choices[part]
        raise PartError(part, f"The weights do not fit your {name} ({exercise}): {error}.") from error


def _classes(model: nn.Module, code: OwnCode, own: list[str], outer: str | None) -> dict[type, str]:
    """Returns the class of each part that the model contains."""
    classes: dict[type, str] = {}
    for id in INSIDE:
        if id in ("model", "cache", "embeddings", "linear"):
            continue
        kind = code.part(id)
        if isinstance(kind, type):
            classes[kind] = id
    if outer is not None:
        classes[type(model)] = outer
    return classes


def _part_at(model: nn.Module, path: str, classes: dict[type, str], own: list[str]) -> str:
    """Returns the own part that contains the parameter at a path: the innermost module of an own class."""
    names = path.split(".")
    for end in range(len(names) - 1, -1, -1):
        try:
            module = model.get_submodule(".".join(names[:end]))
        except AttributeError:
            continue
        part = "embeddings" if isinstance(module, _Embedding) else part_of(module, classes)
        if part in own:
            return str(part)
    return own[-1]
