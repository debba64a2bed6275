"""Measures pocket on one thread: an answer as the Playground gets it, the bare model, and the model without a cache.

The three take turns. Prints one JSON object: the seconds of one core per token of each turn (CPU time, which other load
on the machine changes little). `benchmarks/decoding.py` runs it in a process of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import torch

from playground.catalogue import POCKET
from playground.host.assembly import assemble
from playground.host.cached_gpt import CachedGPT
from playground.host.generation import generate_answer, prepare_prompt
from playground.host.trained_model import load_trained
from playground.messages import Message, Sampling, Token
from playground.protocol import encode
from reference.greedy_generation import generate_text_simple
from reference.llama import KVCache

PROMPT = "Once upon a time, there was a"
TURNS, TOKENS, UNCACHED_TOKENS = 9, 200, 40


def main() -> None:
    torch.set_num_threads(1)
    trained = load_trained(POCKET.folder)
    sizes = trained.config.cfg
    model = CachedGPT(trained.gpt, trained.config.book_cfg).eval()
    assembly = assemble(model, trained.tokenizer, {}, [])
    sampling = Sampling(max_tokens=TOKENS, seed=1)
    prompt = prepare_prompt(trained.tokenizer, sizes.context_length, [Message("user", PROMPT)], sampling, chat=False)

    def answer() -> int:
        tokens: list[Token] = []
        generate_answer(assembly, prompt, sampling, lambda: None, lambda token: tokens.append(token) or encode(token))
        return len(tokens)

    def bare() -> int:
        cache, ids = KVCache(model.cfg), torch.tensor([prompt.ids])
        for _ in range(TOKENS):
            ids = model(ids, cache, last_only=True)[:, -1].argmax(dim=-1, keepdim=True)
        return TOKENS

    def uncached() -> int:
        generate_text_simple(trained.gpt, torch.tensor([prompt.ids]), UNCACHED_TOKENS, sizes.context_length)
        return UNCACHED_TOKENS

    work: dict[str, Callable[[], int]] = {"answer": answer, "bare": bare, "uncached": uncached}
    seconds: dict[str, list[float]] = {name: [] for name in work}
    with torch.inference_mode():
        for turn in range(TURNS + 1):
            for name, run in work.items():
                start = time.process_time()
                count = run()
                if turn > 0:  # the first one is a warm-up
                    seconds[name].append((time.process_time() - start) / count)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
