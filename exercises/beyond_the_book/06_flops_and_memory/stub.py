def flops_per_token(cfg, context):
    """Returns the floating-point operations for one token, in a forward pass over `context` tokens.

    cfg: the configuration of a GPTModel; the key "n_kv_groups" can be missing
    """
    raise NotImplementedError


def kv_cache_bytes(cfg, batch, length, bytes_per_value=2):
    """Returns the size of the cache for `batch` texts of `length` tokens, in bytes."""
    raise NotImplementedError


def training_bytes(cfg, optimizer):
    """Returns the memory of parameters, gradients and optimizer state in float32, in bytes.

    optimizer: "sgd", "momentum" or "adamw"
    """
    raise NotImplementedError
