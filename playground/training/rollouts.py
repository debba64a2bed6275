"""Samples several completions of a prompt at once, with a cache of keys and values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.byte_bpe import ByteBPE
from playground.host.cached_gpt import GPTSizes, layer_norm
from reference.gpt import GPTModel, TransformerBlock
from reference.llama import KVCache

Rollout = tuple[Tensor, int, str]  # ids of prompt and completion (L,), the prompt's length, the completion's text


class RolloutSampler:
    """Writes completions with a GPTModel whose weights change between the calls.

    `check` is called before each token, and may raise to stop. Random numbers come from PyTorch's global generator.
    """

    def __init__(
        self, cfg: dict[str, Any], tokenizer: ByteBPE, max_new_tokens: int, temperature: float,
        check: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        heads = cfg["n_heads"]
        self.sizes = GPTSizes(cfg["context_length"], cfg["n_layers"], heads, cfg["emb_dim"] // heads)
        self.tokenizer, self.max_new_tokens, self.temperature, self.check = (
            tokenizer,
            max_new_tokens,
            temperature,
            check,
        )

    @torch.no_grad()
    def sample(self, model: GPTModel, problem: str, num_rollouts: int, greedy: bool = False) -> list[Rollout]:
        """Returns `num_rollouts` completions of the problem. The last id of a completed one is <|endoftext|>."""
        tokenizer = self.tokenizer
        prompt = torch.tensor([tokenizer.end_id, *tokenizer.encode(problem, special=False)])
        length, end = len(prompt), tokenizer.end_id
        room = min(self.max_new_tokens, self.sizes.context_length - length)
        cache = KVCache(self.sizes, num_rollouts)
        ids = prompt.expand(num_rollouts, -1)
        written: list[Tensor] = []
        finished = torch.zeros(num_rollouts, dtype=torch.bool)
        for _ in range(room):
            self.check()
            logits = self._last_logits(model, ids, cache)  # (G, V)
            if greedy:
                ids = logits.argmax(-1, keepdim=True)
            else:
                ids = torch.multinomial(torch.softmax(logits / self.temperature, dim=-1), 1)
            ids = ids.masked_fill(finished[:, None], end)
            written.append(ids)
            finished = finished | (ids[:, 0] == end)
            if finished.all():
                break
        completions = torch.cat(written, dim=1).tolist() if written else [[] for _ in range(num_rollouts)]
        rollouts = []
        for row in completions:
            kept = row[: row.index(end) + 1] if end in row else row
            text = tokenizer.decode([id for id in kept if id != end])
            rollouts.append((torch.cat([prompt, torch.tensor(kept, dtype=torch.long)]), length, text))
        return rollouts

    def _last_logits(self, gpt: GPTModel, ids: Tensor, cache: KVCache) -> Tensor:
        """Returns the logits (B, V) that follow ids (B, T), which continue the cached ones."""
        T, start = ids.shape[1], cache.length
        x = gpt.tok_emb(ids) + gpt.pos_emb.weight[start : start + T]
        for layer, block in enumerate(gpt.trf_blocks):
            assert isinstance(block, TransformerBlock)
            x = _block(x, block, layer, cache)
        cache.length += T
        logits: Tensor = gpt.out_head(layer_norm(x[:, -1], gpt.final_norm))
        return logits


def _block(x: Tensor, block: TransformerBlock, layer: int, cache: KVCache) -> Tensor:
    """Returns x (B, T, C) after a block whose weights may have changed since the last call."""
    att = block.att
    B, T, _ = x.shape
    normed = layer_norm(x, block.norm1)
    queries, keys, values = (
        linear(normed).view(B, T, att.num_heads, att.head_dim).transpose(1, 2)
        for linear in (att.W_query, att.W_key, att.W_value)
    )  # (B, H, T, D) each
    keys, values = cache.extend(layer, keys, values)
    context = F.scaled_dot_product_attention(queries, keys, values, is_causal=T > 1)
    x = x + att.out_proj(context.transpose(1, 2).reshape(x.shape))
    first, _, last = block.ff.layers
    return x + last(F.gelu(first(layer_norm(x, block.norm2)), approximate="tanh"))
