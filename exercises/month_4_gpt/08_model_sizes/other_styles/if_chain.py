"""Decides by if and elif, and multiplies the lengths of the dimensions."""

import copy
import math


def get_config(base_config, model_name="gpt2-small"):
    cfg = copy.deepcopy(base_config)
    if model_name == "gpt2-small":
        width, layers = 768, 12
    elif model_name == "gpt2-medium":
        width, layers = 1024, 24
    elif model_name == "gpt2-large":
        width, layers = 1280, 36
    elif model_name == "gpt2-xl":
        width, layers = 1600, 48
    else:
        raise ValueError(f"Incorrect model name {model_name}")
    cfg.update(emb_dim=width, n_layers=layers, n_heads=width // 64)
    return cfg


def count_parameters(model):
    return sum(math.prod(p.shape) for p in model.parameters())


def size_mb(model):
    return sum(p.nelement() * p.element_size() for p in model.parameters()) / (1024 * 1024)
