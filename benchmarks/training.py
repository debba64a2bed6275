"""Benchmarks `fromscratch train` against a plain loop of torch's own modules, as nanoGPT's: alternating steps.

The loop is what one would write with torch: nn.LayerNorm, one product for queries, keys and values,
F.scaled_dot_product_attention, nn.GELU, fused AdamW. Both train a model of pocket's sizes on the same number of tokens.
Run the benchmark alone with `python -m benchmarks.training`.
"""

from __future__ import annotations

import json
import math
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
ROUNDS = 8
BATCH = 8
IDS = 200_000


def run() -> list[tuple[str, str, str]]:
    """Rows of (measurement, result, comparison)."""
    rows = []
    for threads in sorted({1, os.cpu_count() or 1}):
        # Sleeping threads, for both: on a shared machine, spinning ones keep others from the processors.
        environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
        command = [sys.executable, "-m", "benchmarks.training", str(threads)]
        completed = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        speeds = json.loads(completed.stdout.splitlines()[-1])
        for ours, theirs, title in (
            ("float32", "plain", "a plain loop of torch's modules"),
            ("float32", "plain, oneDNN", "the same, with float32_matmul_precision medium as ours"),
            ("bfloat16", "plain, bfloat16", "the same, with autocast to bfloat16"),
        ):
            ratios = [a / b for a, b in zip(speeds[ours], speeds[theirs], strict=True)]
            rows.append(
                (
                    f"training a model of pocket's sizes, {ours}, {threads} thread{'s' if threads > 1 else ''}",
                    f"{statistics.median(speeds[ours]):,.0f} tokens/s, {statistics.median(ratios):.2f} times as fast "
                    f"({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds)",
                    f"{title}: {statistics.median(speeds[theirs]):,.0f} tokens/s",
                )
            )
    return rows


def measure(threads: int) -> dict[str, list[float]]:
    """Tokens a second of each step, by implementation."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    ids = torch.randint(2048, (IDS,), dtype=torch.int32)
    with tempfile.TemporaryDirectory() as folder:
        steps: dict[str, tuple[str, Callable[[], int]]] = {
            "plain": ("highest", plain_loop(ids, False)),
            "plain, oneDNN": ("medium", plain_loop(ids, False)),
            "plain, bfloat16": ("medium", plain_loop(ids, True)),
            "float32": ("medium", our_loop(ids, "float32", Path(folder) / "a")),
            "bfloat16": ("medium", our_loop(ids, "bfloat16", Path(folder) / "b")),
        }
        speeds: dict[str, list[float]] = {name: [] for name in steps}
        for round_ in range(ROUNDS + 1):
            for name, (precision, step) in steps.items():
                torch.set_float32_matmul_precision(precision)
                started = time.perf_counter()
                tokens = step()
                if round_ > 0:  # the first round is a warm-up
                    speeds[name].append(tokens / (time.perf_counter() - started))
    return speeds


def our_loop(ids: Any, precision: Any, folder: Path) -> Callable[[], int]:
    """The optimizer steps of `fromscratch train`, all that belongs to one included."""
    from playground.byte_bpe import ByteBPE
    from playground.training.controls import Controls
    from playground.training.model_building import build_model
    from playground.training.run_folder import RunFolder
    from playground.training.text_data import Tokens
    from playground.training.trainer import Trainer
    from playground.training_recipe import SIZES, Recipe

    recipe = Recipe(texts=(), steps=1000, **(SIZES["pocket"] | {"batch_size": BATCH}), precision=precision)
    trained = build_model(recipe, recipe.vocab_size)
    tokens = Tokens(ids, ids[:1000])
    trainer = Trainer(RunFolder(folder, recipe), trained, ByteBPE(), tokens, Controls(), lambda event: None)
    return lambda: trainer.train_step(trainer.learning_rate())[2]


def plain_loop(ids: Any, mixed: bool) -> Callable[[], int]:
    """The optimizer steps of a loop as in nanoGPT."""
    import torch
    import torch.nn.functional as F
    from torch import nn

    from playground.training_recipe import SIZES

    size = SIZES["pocket"]
    V, T, C, H, L = (size[name] for name in ("vocab_size", "context_length", "emb_dim", "n_heads", "n_layers"))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(C), nn.LayerNorm(C)
            self.qkv, self.out = nn.Linear(C, 3 * C, bias=False), nn.Linear(C, C)
            self.ff = nn.Sequential(nn.Linear(C, 4 * C), nn.GELU(approximate="tanh"), nn.Linear(4 * C, C))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            B, T, _ = x.shape
            heads = [part.view(B, T, H, C // H).transpose(1, 2) for part in self.qkv(self.norm1(x)).split(C, dim=2)]
            attended = F.scaled_dot_product_attention(*heads, is_causal=True)
            x = x + self.out(attended.transpose(1, 2).contiguous().view(B, T, C))
            return x + self.ff(self.norm2(x))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(V, C), nn.Embedding(T, C)
            self.blocks = nn.Sequential(*[Block() for _ in range(L)])
            self.norm, self.head = nn.LayerNorm(C), nn.Linear(C, V, bias=False)

        def forward(self, ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
            logits = self.head(self.norm(self.blocks(x)))
            return F.cross_entropy(logits.view(-1, V), targets.reshape(-1))

    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    step = 0

    def train_step() -> int:
        nonlocal step
        lr = 1e-3 * 0.5 * (1 + math.cos(math.pi * step / 1000))
        for group in optimizer.param_groups:
            group["lr"] = lr
        starts = torch.randint(len(ids) - T, (BATCH,))
        inputs = torch.stack([ids[i : i + T].long() for i in starts])
        targets = torch.stack([ids[i + 1 : i + 1 + T].long() for i in starts])
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss = model(inputs, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()
        step += 1
        return inputs.numel()

    return train_step


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        for row in run():
            print(*row, sep=" | ")
