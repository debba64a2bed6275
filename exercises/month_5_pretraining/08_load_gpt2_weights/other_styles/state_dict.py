"""Builds a state dict and loads it; skips biases that a model does not have."""

import numpy as np
import torch
from torch import nn


def assign(left: torch.Tensor, right: np.ndarray) -> nn.Parameter:
    right = torch.from_numpy(np.array(right))  # np.array copies
    if left.shape != right.shape:
        raise ValueError("wrong shape")
    return nn.Parameter(right.float())


def load_weights_into_gpt(gpt, params):
    state = {
        "tok_emb.weight": params["wte"],
        "out_head.weight": params["wte"],
        "pos_emb.weight": params["wpe"],
        "final_norm.scale": params["g"],
        "final_norm.shift": params["b"],
    }
    for i, block in enumerate(params["blocks"]):
        here = f"trf_blocks.{i}."
        attn, mlp = block["attn"], block["mlp"]
        d = attn["c_attn"]["w"].shape[0]
        stacked = attn["c_attn"]["w"].T.reshape(3, d, d)  # rows of the transpose: queries, keys, values
        for name, weight, bias in zip(
            ("query", "key", "value"), stacked, attn["c_attn"]["b"].reshape(3, d), strict=True
        ):
            state[f"{here}att.W_{name}.weight"], state[f"{here}att.W_{name}.bias"] = weight, bias
        for name, layer in (
            ("att.out_proj", attn["c_proj"]),
            ("ff.layers.0", mlp["c_fc"]),
            ("ff.layers.2", mlp["c_proj"]),
        ):
            state[f"{here}{name}.weight"], state[f"{here}{name}.bias"] = np.transpose(layer["w"]), layer["b"]
        for n in (1, 2):
            state[f"{here}norm{n}.scale"], state[f"{here}norm{n}.shift"] = block[f"ln_{n}"]["g"], block[f"ln_{n}"]["b"]
    own = dict(gpt.named_parameters())
    tensors = {name: assign(own[name], array) for name, array in state.items() if name in own}
    gpt.load_state_dict(tensors, strict=False)
