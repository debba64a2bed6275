"""Runs the blocks of a model on batches of examples, with as few tokens as possible.

Llama models get the examples of a batch in one row, one after the other, behind one copy of the beginning that all of
them share, such as a system prompt: no padding is computed, and the shared beginning once instead of once for each
example. The attention mask keeps the examples apart, and each has the positions that it would have alone. GPTs have
their mask inside, so they get padded batches.

Shapes: T tokens of an example, P of the shared beginning, embedding dimension C, N learned positions in a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from playground.training.finetune_examples import Example
from reference.gpt import GPTModel
from reference.llama import Llama

CACHE_BYTES = 1 << 28


class Backbone(Protocol):
    """The blocks of a model, and what comes before and after them."""

    root: str  # the name of the blocks in the model
    shares_prefix: bool

    @property
    def blocks(self) -> list[nn.Module]: ...
    @property
    def final_norm(self) -> nn.Module: ...

    def embed(self, ids: Sequence[int]) -> Tensor:
        """Returns what enters the first block, (T, C)."""
        ...

    def run(self, prefix: Tensor, parts: Sequence[Tensor], blocks: Sequence[nn.Module]) -> tuple[Tensor, list[Tensor]]:
        """Runs blocks on examples (T, C) that follow the prefix (P, C). Returns the new states of both."""
        ...


class LlamaBackbone:
    """Runs a Llama on packed examples."""

    root = "blocks"
    shares_prefix = True

    def __init__(self, model: Llama) -> None:
        self.model, self.blocks = model, list(model.blocks)
        self.final_norm: nn.Module = model.final_norm

    def embed(self, ids: Sequence[int]) -> Tensor:
        return F.embedding(torch.tensor(ids, dtype=torch.long), self.model.out_head.weight)

    def run(self, prefix: Tensor, parts: Sequence[Tensor], blocks: Sequence[nn.Module]) -> tuple[Tensor, list[Tensor]]:
        lengths = [len(prefix), *map(len, parts)]
        starts = [0] + [len(prefix)] * len(parts)
        positions = torch.cat([torch.arange(s, s + n) for s, n in zip(starts, lengths, strict=True)])  # (S,)
        owner = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))  # 0 is the prefix
        visible = (owner[:, None] == owner) | (owner == 0)  # of the example itself, or of the prefix
        visible &= positions[:, None] >= positions
        groups = self.model.cfg.n_heads // self.model.cfg.n_kv_groups
        mask = torch.zeros(visible.shape).masked_fill(~visible, float("-inf")).repeat(groups, 1)  # as Llama.forward's
        cos, sin = self.model.cos[positions], self.model.sin[positions]
        x = torch.cat((prefix, *parts))[None]  # (1, S, C)
        for block in blocks:
            x = block(x, cos, sin, mask, None)
        first, *rest = x[0].split(lengths)
        return first, rest


class GPTBackbone:
    """Runs a GPTModel on padded examples; its prefix is empty."""

    root = "trf_blocks"
    shares_prefix = False

    def __init__(self, model: GPTModel) -> None:
        self.model, self.blocks = model, list(model.trf_blocks)
        self.final_norm: nn.Module = model.final_norm

    def embed(self, ids: Sequence[int]) -> Tensor:
        positions = self.model.pos_emb(torch.arange(len(ids)))
        embeddings: Tensor = self.model.tok_emb(torch.tensor(ids, dtype=torch.long)) + positions
        return embeddings

    def run(self, prefix: Tensor, parts: Sequence[Tensor], blocks: Sequence[nn.Module]) -> tuple[Tensor, list[Tensor]]:
        x = pad_sequence(list(parts), batch_first=True)  # (B, T, C); causal attention ignores what comes after
        for block in blocks:
            x = block(x)
        return prefix, [row[: len(part)] for row, part in zip(x, parts, strict=True)]


class ExampleModel:
    """Computes the hidden states at the learned positions of examples, after the final norm.

    The blocks before `first` are frozen. `prefix` are the ids that all examples begin with. The states that enter block
    `first` are kept for the examples of `keep`.
    """

    def __init__(self, backbone: Backbone, first: int, prefix: Sequence[int] = ()) -> None:
        self.backbone, self.first = backbone, first
        self.prefix = tuple(prefix) if backbone.shares_prefix else ()
        self._groups: dict[int, Sequence[Example]] = {}  # by an example's key: what is computed together with it
        self._states: dict[int, Tensor] = {}
        self._prefix_states: Tensor | None = None

    def keep(self, groups: Sequence[Sequence[Example]]) -> None:
        """Makes the frozen blocks run once for each group, when one of its examples is first needed.

        The states are the same whenever that is, so a training can continue exactly. Does nothing if no block is frozen
        or the states would take too much memory.
        """
        width = self.backbone.embed([0]).shape[1]
        tokens = sum(len(example.ids) for group in groups for example in group)
        if self.first and tokens * width * 4 <= CACHE_BYTES:
            self._groups = {example.key: group for group in groups for example in group}

    def hidden(self, examples: Sequence[Example]) -> Tensor:
        """Returns (N, C), the states at the positions of all examples, in order."""
        prefix, states = self._entering(examples)
        _, states = self.backbone.run(prefix, states, self.backbone.blocks[self.first :])
        skip = len(self.prefix)
        chosen = [
            state[torch.tensor(example.positions) - skip] for example, state in zip(examples, states, strict=True)
        ]
        hidden: Tensor = self.backbone.final_norm(torch.cat(chosen))
        return hidden

    def token_count(self, examples: Sequence[Example]) -> int:
        """The number of tokens that a batch computes, without padding."""
        skip = len(self.prefix)
        return skip + sum(len(example.ids) - skip for example in examples)

    def _entering(self, examples: Sequence[Example]) -> tuple[Tensor, list[Tensor]]:
        """Returns the states of the prefix and the examples that enter block `first`."""
        if not self.first:
            return self._embedded(examples)
        frozen = self.backbone.blocks[: self.first]
        with torch.no_grad():
            if self._prefix_states is None:
                prefix = self.backbone.embed(self.prefix)
                self._prefix_states, _ = self.backbone.run(prefix, [], frozen) if len(prefix) else (prefix, [])
            if not all(example.key in self._groups for example in examples):
                return self._prefix_states, self.backbone.run(*self._embedded(examples), frozen)[1]
            for example in examples:
                if example.key not in self._states:
                    group = self._groups[example.key]
                    _, states = self.backbone.run(*self._embedded(group), frozen)
                    self._states |= {one.key: state.clone() for one, state in zip(group, states, strict=True)}
        return self._prefix_states, [self._states[example.key] for example in examples]

    def _embedded(self, examples: Sequence[Example]) -> tuple[Tensor, list[Tensor]]:
        """Returns the embeddings of the prefix and of the rest of each example."""
        skip = len(self.prefix)
        assert all(example.ids[:skip] == self.prefix for example in examples), "all examples begin with the prefix"
        return self.backbone.embed(self.prefix), [self.backbone.embed(example.ids[skip:]) for example in examples]


def targets_of(examples: Sequence[Example]) -> Tensor:
    """Returns the targets at the learned positions, (N,)."""
    return torch.tensor([target for example in examples for target in example.targets])
