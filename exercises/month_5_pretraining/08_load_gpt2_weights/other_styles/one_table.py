"""Copies in place, by a table of paths, and shares one table between tok_emb and out_head."""

import torch


def assign(left, right):
    if tuple(left.shape) != tuple(right.shape):
        raise ValueError(f"Shape mismatch. Left: {left.shape}, Right: {right.shape}")
    with torch.no_grad():
        left.copy_(torch.as_tensor(right))
    return left


LINEAR = {"att.out_proj": ("attn", "c_proj"), "ff.layers.0": ("mlp", "c_fc"), "ff.layers.2": ("mlp", "c_proj")}


def load_weights_into_gpt(gpt, params):
    assign(gpt.pos_emb.weight, params["wpe"])
    assign(gpt.tok_emb.weight, params["wte"])
    gpt.out_head.weight = gpt.tok_emb.weight
    for i, source in enumerate(params["blocks"]):
        block = gpt.trf_blocks[i]
        w, b = source["attn"]["c_attn"]["w"], source["attn"]["c_attn"]["b"]
        d = w.shape[0]
        for n, layer in enumerate((block.att.W_query, block.att.W_key, block.att.W_value)):
            assign(layer.weight, w[:, n * d : (n + 1) * d].T)
            assign(layer.bias, b[n * d : (n + 1) * d])
        for path, keys in LINEAR.items():
            layer, arrays = block.get_submodule(path), source[keys[0]][keys[1]]
            assign(layer.weight, arrays["w"].swapaxes(0, 1))
            assign(layer.bias, arrays["b"])
        for norm, name in ((block.norm1, "ln_1"), (block.norm2, "ln_2")):
            assign(norm.scale, source[name]["g"])
            assign(norm.shift, source[name]["b"])
    assign(gpt.final_norm.scale, params["g"])
    assign(gpt.final_norm.shift, params["b"])
    return gpt
