"""Loading OpenAI's GPT-2 weights into a GPTModel (book, section 5.5; Radford et al., 2019).

GPT-2 stores the weight of a linear layer as (in, out), as TensorFlow does; nn.Linear stores it as (out, in). It keeps
the weights of queries, keys and values side by side in one array.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from reference.gpt import GPTModel


def assign(left: torch.Tensor, right: np.ndarray) -> nn.Parameter:
    """Returns a copy of right as a parameter. Raises ValueError if its shape is not that of left."""
    if left.shape != right.shape:
        raise ValueError(f"the shapes differ: {tuple(left.shape)} in the model, {right.shape} in the file")
    return nn.Parameter(torch.tensor(right))  # a copy, so that training does not change the array


def load_weights_into_gpt(gpt: GPTModel, params: dict[str, Any]) -> None:
    """Replaces every weight of gpt, created with qkv_bias=True, by GPT-2's. Book, section 5.5.

    params: wte (V, emb_dim), wpe (context_length, emb_dim), g and b (emb_dim,) of the final norm, and blocks, a list of
    dictionaries with attn, mlp, ln_1 and ln_2.
    """
    gpt.tok_emb.weight = assign(gpt.tok_emb.weight, params["wte"])
    gpt.pos_emb.weight = assign(gpt.pos_emb.weight, params["wpe"])
    block: Any  # the type of a module in nn.Sequential is not known
    for block, stored in zip(gpt.trf_blocks, params["blocks"], strict=True):
        att, attn = block.att, stored["attn"]
        query_weight, key_weight, value_weight = np.split(attn["c_attn"]["w"], 3, axis=-1)  # (emb_dim, emb_dim) each
        att.W_query.weight = assign(att.W_query.weight, query_weight.T)
        att.W_key.weight = assign(att.W_key.weight, key_weight.T)
        att.W_value.weight = assign(att.W_value.weight, value_weight.T)
        query_bias, key_bias, value_bias = np.split(attn["c_attn"]["b"], 3)
        att.W_query.bias = assign(att.W_query.bias, query_bias)
        att.W_key.bias = assign(att.W_key.bias, key_bias)
        att.W_value.bias = assign(att.W_value.bias, value_bias)
        att.out_proj.weight = assign(att.out_proj.weight, attn["c_proj"]["w"].T)
        att.out_proj.bias = assign(att.out_proj.bias, attn["c_proj"]["b"])

        hidden, output = block.ff.layers[0], block.ff.layers[2]
        hidden.weight = assign(hidden.weight, stored["mlp"]["c_fc"]["w"].T)
        hidden.bias = assign(hidden.bias, stored["mlp"]["c_fc"]["b"])
        output.weight = assign(output.weight, stored["mlp"]["c_proj"]["w"].T)
        output.bias = assign(output.bias, stored["mlp"]["c_proj"]["b"])

        block.norm1.scale = assign(block.norm1.scale, stored["ln_1"]["g"])
        block.norm1.shift = assign(block.norm1.shift, stored["ln_1"]["b"])
        block.norm2.scale = assign(block.norm2.scale, stored["ln_2"]["g"])
        block.norm2.shift = assign(block.norm2.shift, stored["ln_2"]["b"])

    gpt.final_norm.scale = assign(gpt.final_norm.scale, params["g"])
    gpt.final_norm.shift = assign(gpt.final_norm.shift, params["b"])
    gpt.out_head.weight = assign(gpt.out_head.weight, params["wte"])  # GPT-2 uses one table at both ends
