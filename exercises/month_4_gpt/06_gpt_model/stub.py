import torch
from parts import LayerNorm, TransformerBlock
from torch import nn


class GPTModel(nn.Module):
    """A GPT: computes logits for the next token at every position from token ids.

    cfg: a dict with vocab_size, context_length, emb_dim, n_heads, n_layers, drop_rate, qkv_bias
    """

    def __init__(self, cfg):
        super().__init__()
        # Create self.tok_emb, self.pos_emb (nn.Embedding), a dropout, self.trf_blocks, self.final_norm (LayerNorm)
        # and self.out_head (nn.Linear without a bias).
        raise NotImplementedError

    def forward(self, in_idx):
        """in_idx: (B, T) token ids, T at most context_length. Returns the logits, (B, T, vocab_size)."""
        raise NotImplementedError
