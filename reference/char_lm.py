"""A small character-level GPT and its training (book, chapters 4 and 5).

Shapes: batch size B, window length T, vocabulary size V. cfg has the keys context_length, emb_dim, n_heads,
n_layers and drop_rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from reference.gpt import TransformerBlock

BATCH_SIZE, LEARNING_RATE = 32, 3e-3


class CharLM(nn.Module):
    """A GPT over characters. Ids (B, T) -> logits (B, T, V) for the next character, T ≤ context_length."""

    def __init__(self, vocab_size: int, cfg: dict[str, Any]) -> None:
        super().__init__()
        block_cfg = {**cfg, "qkv_bias": False}
        self.tok_emb = nn.Embedding(vocab_size, cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop_emb = nn.Dropout(cfg["drop_rate"])
        self.trf_blocks = nn.Sequential(*[TransformerBlock(block_cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = nn.LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], vocab_size, bias=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device)
        embeddings = self.tok_emb(ids) + self.pos_emb(positions)  # (B, T, emb_dim)
        after_blocks = self.trf_blocks(self.drop_emb(embeddings))
        logits = self.out_head(self.final_norm(after_blocks))  # (B, T, V)
        return logits


def random_batch(ids: torch.Tensor, context_length: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns random windows of a text as inputs (B, T), and the windows shifted by one as targets (B, T)."""
    starts = torch.randint(len(ids) - context_length, (BATCH_SIZE, 1))
    positions = starts + torch.arange(context_length)  # (B, T)
    return ids[positions], ids[positions + 1]


def train_char_lm(
    text: str, cfg: dict[str, Any], steps: int, seed: int
) -> tuple[nn.Module, Callable[[str], list[int]], Callable[[Sequence[int]], str]]:
    """Trains a CharLM for `steps` steps. Returns the model in evaluation mode, encode, and decode.

    Trains on the first nine tenths of the text; the last tenth is for validation. The same seed gives the same
    model, and the state of PyTorch's global random number generator is restored afterwards.
    """
    characters = sorted(set(text))
    character_to_id = {character: idx for idx, character in enumerate(characters)}

    def encode(text: str) -> list[int]:
        return [character_to_id[character] for character in text]

    def decode(ids: Sequence[int]) -> str:
        return "".join(characters[idx] for idx in ids)

    ids = torch.tensor(encode(text))
    train_ids = ids[: len(ids) * 9 // 10]
    with torch.random.fork_rng(devices=[]):  # restores the global generator's state
        torch.manual_seed(seed)
        model = CharLM(len(characters), cfg)
        optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
        model.train()
        for _ in range(steps):
            inputs, targets = random_batch(train_ids, cfg["context_length"])
            logits = model(inputs)
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()
    return model, encode, decode
