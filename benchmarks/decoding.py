"""Benchmarks pocket, and SmolLM2 against transformers in float32 and llama.cpp on the same file, on one thread and two.

All take turns of a few tokens in the same process, so that other load on the machine slows them equally; compare
ratios. The packages of the other two are installed for this benchmark only, apart from the project's, as
`decoding_peers.py` says. Run the benchmark alone with `python -m benchmarks decoding`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import decoding_peers
from playground import store

ROOT = Path(__file__).parents[1]
TITLE = "SmolLM2 135M"

Row = tuple[str, str, str]


def run() -> list[Row]:
    """Rows of (measurement, result, comparison). Fetches the model and installs the other packages if necessary."""
    model = store.add("smollm2")
    missing = decoding_peers.install()
    rows = _pocket_rows()
    rows += [(f"{TITLE}, {name}", "not measured", reason) for name, reason in missing.items()]
    for threads in (1, 2):
        rows += _rows(threads, _measure(threads, "benchmarks.decoding_turns", str(model), str(threads)))
    return rows


def _measure(threads: int, module: str, *arguments: str) -> dict[str, Any]:
    """Measures in a process of its own, which limits the threads and keeps the other packages out of this one."""
    count = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | count | {"HF_HUB_OFFLINE": "1"}
    completed = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, Any] = json.loads(completed.stdout.splitlines()[-1])
    return measured


def _pocket_rows() -> list[Row]:
    seconds = _measure(1, "benchmarks.decoding_pocket")
    answer, bare, uncached = (1 / statistics.median(seconds[name]) for name in ("answer", "bare", "uncached"))
    return [
        ("pocket, one core, an answer with its ten candidates a token", f"{answer:.0f} tokens/s",
         f"the model alone: {bare:.0f} tokens/s"),
        ("pocket, one core, the model alone", f"{bare:.0f} tokens/s, {_ratio(seconds['bare'], seconds['uncached'])}",
         f"reference.gpt without a cache: {uncached:.0f} tokens/s"),
    ]  # fmt: skip


def _rows(threads: int, measured: dict[str, Any]) -> list[Row]:
    """`measured` has the seconds of each turn or prompt of each name, as decoding_turns.py prints them."""
    thread = "one thread" if threads == 1 else f"{threads} threads"
    rows = []
    for name, version in measured["versions"].items():
        tokens, prompts = measured["tokens"], measured["prompts"]
        theirs = f"{name} {version}: {1 / statistics.median(tokens[name]):.0f} tokens/s"
        ours = f"{1 / statistics.median(tokens['ours']):.0f} tokens/s, {_ratio(tokens['ours'], tokens[name])}"
        rows.append((f"{TITLE}, {thread}", ours, theirs))
        title = f"{TITLE}, first token of a {measured['prompt_length']}-token prompt, {thread}"
        seconds = [1000 * statistics.median(prompts[key]) for key in ("ours", name)]
        ratio = _ratio(prompts["ours"], prompts[name])
        rows.append((title, f"{seconds[0]:.0f} ms, {ratio}", f"{name} {version}: {seconds[1]:.0f} ms"))
    if threads == 1:
        rows.append((f"{TITLE}, agreement with float32", measured["agreement"], "Llama in float32, on the same text"))
        if "same" in measured:
            rows.append((f"{TITLE}, identical tokens of --exact, greedy", measured["same"], "transformers"))
        parts = measured["parts"]
        for name, seconds in parts.items():
            if name != "reference":
                result = f"{1 / statistics.median(seconds):.0f} tokens/s, {_ratio(seconds, parts['reference'])}"
                rows.append((f"{TITLE} with a learner's {name}, one thread", result, "all parts the reference's"))
        speed = 1 / statistics.median(measured["pocket"])
        rows.append(("pocket, one thread", f"{speed:.0f} tokens/s", "asked: 300 tokens/s"))
    return rows


def _ratio(ours: list[float], theirs: list[float]) -> str:
    """Says how many times as fast ours is: the median over turns that follow each other, and the quartiles."""
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} times as fast (quartiles {low:.2f} to {high:.2f})"


if __name__ == "__main__":
    from benchmarks.__main__ import main

    main(["decoding"])
