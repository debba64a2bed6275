import torch


def get_config(base_config, model_name):
    """Returns a new dict: base_config with emb_dim, n_layers and n_heads of a GPT-2.

    model_name: "gpt2-small", "gpt2-medium", "gpt2-large" or "gpt2-xl"
    """
    raise NotImplementedError


def count_parameters(model):
    """Returns the number of parameters of a module, an int. Shared ones count once, frozen ones too."""
    raise NotImplementedError


def size_mb(model):
    """Returns the memory that the parameters take in float32, in MB of 1024 · 1024 bytes, a float."""
    raise NotImplementedError
