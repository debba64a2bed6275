"""Benchmarks `fromscratch finetune lora` on smollm2 against a plain loop of torch's own modules: alternating steps.

The loop is what one would write with torch: nn.RMSNorm, F.scaled_dot_product_attention, nn.Linear layers with A and B
beside them, padded batches, F.cross_entropy that ignores the prompt, nn.utils.clip_grad_norm_, fused AdamW. Both train
the same A and B on the same batches of the course's instructions; the tokens are those of the examples, without
padding. Each step sees new examples, so nothing that `finetune` keeps from an earlier epoch helps it. Run the
benchmark alone with `python -m benchmarks.finetune`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ROUNDS = 3
TOLERANCE = 0.01  # nats between the losses of the first step, in which only the order of the sums differs


def run() -> list[tuple[str, str, str]]:
    """Rows of (measurement, result, comparison)."""
    # Sleeping threads, for both: on a shared machine, spinning ones keep others from the processors.
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "benchmarks.finetune", "measure"]
    completed = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    speeds = json.loads(completed.stdout.splitlines()[-1])
    threads = os.cpu_count() or 1
    rows = []
    for theirs, title in (
        ("plain", "a plain loop of torch's modules"),
        ("plain, oneDNN", "the same, with float32_matmul_precision medium as ours"),
    ):
        ratios = [a / b for a, b in zip(speeds["ours"], speeds[theirs], strict=True)]
        rows.append(
            (
                f"fine-tuning smollm2 with LoRA, {threads} thread{'s' if threads > 1 else ''}",
                f"{statistics.median(speeds['ours']):,.0f} tokens/s, {statistics.median(ratios):.2f} times as fast "
                f"({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds)",
                f"{title}: {statistics.median(speeds[theirs]):,.0f} tokens/s",
            )
        )
    return rows


def measure() -> dict[str, list[float]]:
    """Tokens a second of each step, by implementation. Raises RuntimeError if they compute different losses."""
    import torch

    from playground import store
    from playground.finetune_recipe import DEFAULT_BLOCKS, DEFAULT_LR, FinetuneRecipe
    from playground.training.checkpoints import CheckpointFolder
    from playground.training.controls import Controls
    from playground.training.finetune_base import open_base
    from playground.training.finetune_parts import LoRAParts
    from playground.training.finetune_setup import prepare_weights, read_examples
    from playground.training.finetune_trainer import FinetuneTrainer

    recipe = FinetuneRecipe(
        method="lora", model="smollm2", steps=100, blocks=DEFAULT_BLOCKS["lora"], lr=DEFAULT_LR["lora"]
    )
    torch.set_num_threads(recipe.thread_count)
    base = open_base(store.add("smollm2"))
    weights = dict(base.model.state_dict())
    examples = read_examples(recipe, base, lambda note: None)
    tuned = prepare_weights(recipe, base, examples, LoRAParts())
    assert tuned.lora is not None
    factors = {path: tuple(p.detach().clone() for p in pair) for path, pair in tuned.lora.factors().items()}
    loops: dict[str, tuple[str, Callable[[list[Any]], float]]] = {
        "plain": ("highest", plain_loop(base.model.cfg, weights, factors, recipe)),
        "plain, oneDNN": ("medium", plain_loop(base.model.cfg, weights, factors, recipe)),
    }
    with tempfile.TemporaryDirectory() as folder:
        trainer = FinetuneTrainer(CheckpointFolder(Path(folder)), recipe, base, examples, tuned, Controls(),
                                  lambda event: None, time.monotonic())  # fmt: skip
        loops["ours"] = "medium", lambda batch: trainer.train_step(recipe.lr)[0]
        speeds: dict[str, list[float]] = {name: [] for name in loops}
        for round_ in range(ROUNDS + 1):
            batch = trainer._batch()
            losses = {}
            for name, (precision, step) in loops.items():
                torch.set_float32_matmul_precision(precision)
                started = time.perf_counter()
                losses[name] = step(batch)
                if round_ > 0:  # the first round is a warm-up
                    tokens = sum(len(example.ids) for example in batch)
                    speeds[name].append(tokens / (time.perf_counter() - started))
            if round_ == 0 and max(losses.values()) - min(losses.values()) > TOLERANCE:
                raise RuntimeError(f"The losses of the first step differ: {losses}")
    return speeds


def plain_loop(cfg: Any, weights: dict[str, Any], factors: dict[str, Any], recipe: Any) -> Callable[[list[Any]], float]:
    """The optimizer steps of a plain loop, with these weights and these beginnings of A and B, by the layers' paths."""
    import torch
    import torch.nn.functional as F
    from torch import nn

    C, H, G, D = cfg.emb_dim, cfg.n_heads, cfg.n_kv_groups, cfg.head_dim

    class Linear(nn.Linear):
        """A frozen linear layer, with A and B where `factors` has them."""

        def __init__(self, path: str) -> None:
            weight = weights[f"{path}.weight"]
            super().__init__(weight.shape[1], weight.shape[0], bias=False, device="meta")
            self.weight = nn.Parameter(weight, requires_grad=False)
            self.factors = nn.ParameterList([p.clone() for p in factors.get(path, ())])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = super().forward(x)
            if not self.factors:
                return y
            A, B = self.factors
            return y + recipe.alpha * (x @ A @ B)

    def norm(path: str) -> nn.RMSNorm:
        module = nn.RMSNorm(C, cfg.norm_eps)
        module.weight = nn.Parameter(weights[f"{path}.scale"], requires_grad=False)
        return module

    class Block(nn.Module):
        def __init__(self, path: str) -> None:
            super().__init__()
            self.norm1, self.norm2 = norm(f"{path}.norm1"), norm(f"{path}.norm2")
            self.query, self.key, self.value = (Linear(f"{path}.att.W_{name}") for name in ("query", "key", "value"))
            self.out = Linear(f"{path}.att.out_proj")
            self.gate, self.up, self.down = (Linear(f"{path}.ff.fc{i}") for i in (1, 2, 3))

        def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
            B, T, _ = x.shape
            h = self.norm1(x)
            q = rotate(self.query(h).view(B, T, H, D).transpose(1, 2), cos, sin)
            k = rotate(self.key(h).view(B, T, G, D).transpose(1, 2), cos, sin)
            v = self.value(h).view(B, T, G, D).transpose(1, 2)
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            x = x + self.out(attended.transpose(1, 2).reshape(B, T, C))
            h = self.norm2(x)
            return x + self.down(F.silu(self.gate(h)) * self.up(h))

    def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        a, b = x.chunk(2, dim=-1)
        return x * cos + torch.cat((-b, a), dim=-1) * sin

    blocks = nn.ModuleList(Block(f"blocks.{i}") for i in range(cfg.n_layers))
    final_norm, head = norm("final_norm"), weights["out_head.weight"]
    angles = torch.arange(cfg.context_length)[:, None] * cfg.rope_base ** (-torch.arange(0, D, 2) / D)
    cos, sin = torch.cat((angles, angles), dim=1).cos(), torch.cat((angles, angles), dim=1).sin()
    trained = [p for p in blocks.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.lr, weight_decay=recipe.weight_decay, fused=True)

    def train_step(batch: list[Any]) -> float:
        T = max(len(example.ids) for example in batch)
        ids = torch.zeros(len(batch), T, dtype=torch.long)
        targets = torch.full((len(batch), T), -100)
        for row, example in enumerate(batch):
            ids[row, : len(example.ids)] = torch.tensor(example.ids)
            targets[row, list(example.positions)] = torch.tensor(example.targets)
        x = F.embedding(ids, head)
        for block in blocks:
            x = block(x, cos[:T], sin[:T])
        logits = F.linear(final_norm(x), head)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, recipe.clip)
        optimizer.step()
        return loss.item()

    return train_step


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure()))
    else:
        for row in run():
            print(*row, sep=" | ")
