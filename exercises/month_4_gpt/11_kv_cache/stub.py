import torch
from parts import FeedForward, LayerNorm
from torch import nn


class GPTModel(nn.Module):
    """A GPT with a key-value cache.

    cfg: a dict with vocab_size, context_length, emb_dim, n_heads, n_layers, drop_rate, qkv_bias
    """

    def __init__(self, cfg):
        super().__init__()
        # Create the layers of the GPT, with an attention that can keep keys and values.
        raise NotImplementedError

    def forward(self, in_idx, use_cache=False):
        """in_idx: (B, T) token ids. Returns their logits, (B, T, vocab_size).

        With use_cache, the ids continue those of earlier calls with use_cache; only the new ids are processed.
        """
        raise NotImplementedError

    def reset_kv_cache(self):
        """Empties the cache, so that the next call with use_cache starts a new sequence."""
        raise NotImplementedError


def generate_text_simple_cached(model, idx, max_new_tokens, context_size=None, use_cache=True):
    """Generates greedily: appends the most likely next token max_new_tokens times.

    model: a GPTModel
    idx: the ids of the prompts, (B, T)
    context_size: the longest sequence; None for the model's context_length
    use_cache: whether to pass only the new tokens to the model
    Returns the prompts followed by the new ids, (B, T + max_new_tokens).
    """
    raise NotImplementedError
