"""Probes for flops_per_token, kv_cache_bytes and training_bytes."""

from exercises.kit import Int

GPT2 = {"vocab_size": 50257, "context_length": 1024, "emb_dim": 768, "n_heads": 12, "n_layers": 12, "drop_rate": 0.1,
        "qkv_bias": False}  # fmt: skip
SMALL = {**GPT2, "vocab_size": 1000, "context_length": 64, "emb_dim": 48, "n_heads": 6, "n_layers": 3}
CONFIGS = {
    "GPT-2 small": GPT2,
    "a small GPT with qkv_bias": {**SMALL, "qkv_bias": True},
    "a small GPT with 2 key-value groups": {**SMALL, "n_kv_groups": 2},
    "a small GPT with 3 groups and qkv_bias": {**SMALL, "n_kv_groups": 3, "qkv_bias": True},
}


def example(impl):
    """The numbers of the worked example."""
    return {
        "flops": impl.flops_per_token(dict(GPT2), 1024),
        "cache": impl.kv_cache_bytes(dict(GPT2), 1, 1024),
        "training": impl.training_bytes(dict(GPT2), "adamw"),
    }


def flops(impl, context=64):
    """The operations for a token, by configuration."""
    return {name: impl.flops_per_token(dict(cfg), context) for name, cfg in CONFIGS.items()}


def cache(impl, batch=3, length=50, bytes_per_value=2):
    """The size of the cache, by configuration."""
    return {name: impl.kv_cache_bytes(dict(cfg), batch, length, bytes_per_value) for name, cfg in CONFIGS.items()}


def training(impl, optimizer="adamw"):
    """The memory of training, by configuration."""
    return {name: impl.training_bytes(dict(cfg), optimizer) for name, cfg in CONFIGS.items()}


def any_sizes(impl, heads: Int[1, 8] = 4, head_dim: Int[1, 16] = 8, layers: Int[1, 5] = 2, context: Int[1, 99] = 20):
    """All three numbers of a small GPT with one key-value group, as floats, since ints are right too."""
    cfg = {**SMALL, "emb_dim": heads * head_dim, "n_heads": heads, "n_layers": layers, "n_kv_groups": 1}
    return {
        "flops": 1.0 * impl.flops_per_token(cfg, context),
        "cache": 1.0 * impl.kv_cache_bytes(cfg, 2, context, 4),
        "training": 1.0 * impl.training_bytes(cfg, "momentum"),
    }


def by_name(impl):
    """The numbers with named arguments, and without bytes_per_value."""
    return {
        "flops": impl.flops_per_token(context=8, cfg=dict(SMALL)),
        "cache": impl.kv_cache_bytes(length=9, cfg=dict(SMALL), batch=2),
        "training": impl.training_bytes(optimizer="sgd", cfg=dict(SMALL)),
    }


def again(impl):
    """The numbers before and after calls for a different configuration."""
    first, _, third = (
        [
            impl.flops_per_token(dict(cfg), 8),
            impl.kv_cache_bytes(dict(cfg), 1, 8),
            impl.training_bytes(dict(cfg), "sgd"),
        ]
        for cfg in (SMALL, GPT2, SMALL)
    )
    return [first, third]
