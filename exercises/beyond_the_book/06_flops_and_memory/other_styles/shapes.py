"""Lists the shapes of all matrices and vectors, and adds them up."""

from math import prod


def shapes(cfg):
    d = cfg["emb_dim"]
    k = d // cfg["n_heads"] * cfg.get("n_kv_groups", cfg["n_heads"])
    block = [(d, d), (d, k), (d, k), (d, d), (d, 4 * d), (4 * d, d)]
    vectors = [(d,), (4 * d,), (d,), (2 * d,), (2 * d,)] + ([(d,), (k,), (k,)] if cfg["qkv_bias"] else [])
    tables = [(cfg["vocab_size"], d), (cfg["context_length"], d)]
    return {"blocks": block * cfg["n_layers"], "vectors": vectors * cfg["n_layers"] + [(2 * d,)], "tables": tables,
            "head": [(d, cfg["vocab_size"])], "k": k}  # fmt: skip


def flops_per_token(cfg, context):
    made = shapes(cfg)
    matrices = sum(2 * prod(shape) for shape in made["blocks"] + made["head"])
    attention = sum(2 * 2 * context * cfg["emb_dim"] // cfg["n_heads"]
                    for _ in range(cfg["n_layers"] * cfg["n_heads"]))  # fmt: skip
    return matrices + attention


def kv_cache_bytes(cfg, batch, length, bytes_per_value=2):
    shape = (cfg["n_layers"], 2, batch, length, shapes(cfg)["k"])
    return prod(shape) * bytes_per_value


def training_bytes(cfg, optimizer):
    made = shapes(cfg)
    parameters = sum(prod(shape) for name in ("blocks", "vectors", "tables", "head") for shape in made[name])
    copies = {"sgd": 2, "momentum": 3, "adamw": 4}
    return 4 * parameters * copies[optimizer]
