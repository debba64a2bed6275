"""Probes for get_config, count_parameters and size_mb. The models have parameters of the right shapes on the device
"meta", which take no memory."""

import torch
from torch import nn

from exercises.kit import Int

SIZES = {"gpt2-small": (768, 12), "gpt2-medium": (1024, 24), "gpt2-large": (1280, 36), "gpt2-xl": (1600, 48)}


def base(**changes):
    cfg = {"vocab_size": 50257, "context_length": 1024, "emb_dim": 32, "n_heads": 4, "n_layers": 2, "drop_rate": 0.1}
    return {**cfg, "qkv_bias": False, **changes}


class Shapes(nn.Module):
    """A module with parameters of the given shapes; an item can be a module with more."""

    def __init__(self, *items):
        super().__init__()
        for index, item in enumerate(items):
            if isinstance(item, nn.Module):
                self.add_module(f"part{index}", item)
            else:
                self.register_parameter(f"weight{index}", nn.Parameter(torch.empty(*item, device="meta")))


def gpt(emb_dim, n_layers, tied=False, vocab_size=50257, context_length=1024):
    """Returns a module with the parameters of a GPT, and masks as buffers."""
    d = emb_dim
    model = Shapes((d,), (d,))
    model.tok_emb = nn.Embedding(vocab_size, d, device="meta")
    model.pos_emb = nn.Embedding(context_length, d, device="meta")
    for index in range(n_layers):
        attention = Shapes((d, d), (d, d), (d, d), (d, d), (d,))
        attention.register_buffer("mask", torch.empty(context_length, context_length, device="meta"))
        block = Shapes(attention, (4 * d, d), (4 * d,), (d, 4 * d), (d,), (d,), (d,), (d,), (d,))
        model.add_module(f"block{index}", block)
    model.out_head = nn.Linear(d, vocab_size, bias=False, device="meta")
    if tied:
        model.out_head.weight = model.tok_emb.weight
    return model


# get_config


def config(impl, model_name="gpt2-medium"):
    """The configuration of a model."""
    return impl.get_config(base(), model_name)


def other_base(impl):
    """The configuration for a base with other values, and with keys of its own."""
    cfg = base(vocab_size=100, context_length=64, drop_rate=0.0, qkv_bias=True, dtype="float32", n_kv_groups=2)
    return impl.get_config(cfg, "gpt2-large")


def one_base(impl):
    """Four configurations of the same base, and the base afterwards."""
    cfg = base()
    configs = [impl.get_config(cfg, name) for name in SIZES]
    return {"configs": configs, "base": cfg, "is_new": all(config is not cfg for config in configs)}


def by_name(impl):
    """The configuration, with arguments passed by name."""
    return impl.get_config(base_config=base(), model_name="gpt2-xl")


# count_parameters and size_mb


def linear(impl):
    """The numbers of the worked example."""
    model = nn.Linear(3, 4)
    return {"parameters": impl.count_parameters(model), "size": impl.size_mb(model)}


def in_float16(impl):
    """The size of the same model in float16."""
    return impl.size_mb(nn.Linear(3, 4).half())


def counts(impl, model_name="gpt2-small", tied=False):
    """The numbers of a GPT-2."""
    model = gpt(*SIZES[model_name], tied=tied)
    return {"parameters": impl.count_parameters(model), "size": impl.size_mb(model)}


def small(impl, emb_dim: Int[1, 300] = 64, n_layers: Int[0, 3] = 2, vocab_size: Int[1, 2000] = 900):
    """The numbers of a small GPT."""
    model = gpt(emb_dim, n_layers, vocab_size=vocab_size, context_length=16)
    return {"parameters": impl.count_parameters(model), "size": impl.size_mb(model)}


def frozen(impl, everything: Int[0, 1] = 0):
    """The numbers of a model with frozen parameters."""
    model = gpt(16, 1, vocab_size=50, context_length=8)
    for parameter in list(model.parameters())[0 if everything else 3 :]:
        parameter.requires_grad_(False)
    return {"parameters": impl.count_parameters(model), "size": impl.size_mb(model)}


def buffers(impl):
    """The numbers of a batch norm, which has three buffers."""
    model = nn.BatchNorm1d(50)
    return {"parameters": impl.count_parameters(model), "size": impl.size_mb(model)}


def model_by_name(impl):
    """The numbers, with the model passed by name."""
    model = nn.Linear(3, 4)
    return {"parameters": impl.count_parameters(model=model), "size": impl.size_mb(model=model)}


def repeated(impl):
    """The numbers of two models and of the first again."""
    models = [nn.Linear(3, 4), nn.Linear(30, 4)]
    calls = [(impl.count_parameters(model), impl.size_mb(model)) for model in (*models, models[0])]
    return {"first": list(calls[0]), "again": list(calls[2])}


def size(impl):
    """The size of a small model."""
    return impl.size_mb(gpt(64, 2, vocab_size=900, context_length=16))
