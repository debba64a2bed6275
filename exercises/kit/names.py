"""Checks that a solution has the names that the page asks for, and suggests which of its own names is meant."""

from __future__ import annotations

import re
from typing import Any

from torch import nn

from exercises.kit.probes import MissingName

MAX_SHOWN = 4
# names of other books and libraries for the same part, without case and underscores
SYNONYMS = (
    ("wquery", "query", "queries", "q", "wq", "qproj", "queryproj", "toq", "linearq"),
    ("wkey", "key", "keys", "k", "wk", "kproj", "keyproj", "tok", "lineark"),
    ("wvalue", "value", "values", "v", "wv", "vproj", "valueproj", "tov", "linearv"),
    ("qkv", "cattn", "wqkv", "qkvproj", "toqkv", "inproj"),
    ("outproj", "proj", "cproj", "oproj", "wo", "o", "toout", "fcout", "output", "wout"),
    ("heads", "attentionheads", "attnheads", "head"),
    ("scale", "gamma", "g", "weight", "w"),
    ("shift", "beta", "b", "bias", "offset"),
    ("tokemb", "wte", "tokenembedding", "tokenemb", "tokemb", "embedding", "tokembedding", "embed", "emb"),
    ("posemb", "wpe", "positionembedding", "posembedding", "positionalembedding", "posenc"),
    ("trfblocks", "blocks", "transformerblocks", "layers", "h", "block"),
    ("finalnorm", "lnf", "normf", "norm", "lnfinal", "outnorm"),
    ("outhead", "lmhead", "head", "output", "unembed", "fcout"),
    ("att", "attn", "sa", "attention", "mha", "selfattention", "selfattn", "multiheadattention"),
    ("ff", "mlp", "ffn", "feedforward", "ffwd"),
    ("norm1", "ln1", "layernorm1", "attnnorm"),
    ("norm2", "ln2", "layernorm2", "ffnorm", "mlpnorm"),
    ("layers", "net", "model", "seq", "sequential", "mlp"),
    ("fc1", "gateproj", "w1", "gate", "linear1"),
    ("fc2", "upproj", "w3", "up", "linear2"),
    ("fc3", "downproj", "w2", "down", "linear3"),
    ("resetkvcache", "resetcache", "clearcache", "clearkvcache", "emptycache", "reset"),
    ("linear", "layer", "base", "original"),
    ("lora", "adapter", "loralayer"),
    ("inttostr", "id2token", "itos", "idtostr", "inversevocab", "idtotoken"),
    ("strtoint", "token2id", "stoi", "vocab", "tokentoid"),
)


def lookup(module: Any, path: str) -> Any:
    """Returns the object at a path such as "ff.layers[0]", or None."""
    for name in path.replace("[", ".").replace("]", "").split("."):
        try:
            module = module[int(name)] if name.isdigit() else getattr(module, name)
        except (AttributeError, IndexError, KeyError, TypeError):
            return None
    return module


def require(instance: Any, *paths: str) -> None:
    """Raises MissingName with a message for the learner where one of the paths ("ff.layers[0]") does not exist. It
    names the first part that is missing: `att` rather than `att.W_query`."""
    for path in paths:
        if lookup(instance, path) is None:
            names = path.split(".")
            starts = (".".join(names[: end + 1]) for end in range(len(names)))
            missing = next(start for start in starts if lookup(instance, start) is None)
            kind = type(instance).__name__
            raise MissingName(f"Your `{kind}` has no `{missing}`{_suggestion(instance, missing)}")


def _suggestion(instance: Any, path: str) -> str:
    parent_path, _, name = path.rpartition(".")
    parent = lookup(instance, parent_path) if parent_path else instance
    own = _own_names(parent)
    close = [other for other in (*own, *_own_methods(parent)) if _are_similar(name, other)]
    use = "the checks look for exactly this name"
    if close:
        return f"; it has `{close[0]}`. Rename it: {use}."
    if own:
        return f"; it has {_listed(own)}. Use the name of the page: {use}."
    return f"; {use}."


def _own_names(instance: Any) -> list[str]:
    """Returns the names that an instance's own code has set, those of weights and layers first."""
    if isinstance(instance, nn.Module):
        return [*instance._parameters, *instance._modules, *instance._buffers]
    return [name for name in getattr(instance, "__dict__", {}) if not name.startswith("__")]


def _own_methods(instance: Any) -> list[str]:
    """Returns the names of the methods that the classes of an instance define, without those of nn.Module."""
    classes = [owner for owner in type(instance).__mro__ if not owner.__module__.startswith(("torch", "builtins"))]
    return [name for owner in classes for name, value in vars(owner).items() if callable(value) and name[0] != "_"]


def _are_similar(wanted: str, other: str) -> bool:
    first, second = (re.sub(r"[^a-z0-9]", "", name.lower()) for name in (wanted.partition("[")[0], other))
    return first == second or any(first in group and second in group for group in SYNONYMS)


def _listed(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:MAX_SHOWN]]
    if len(names) > MAX_SHOWN:
        return f"{', '.join(shown)} and {len(names) - MAX_SHOWN} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
