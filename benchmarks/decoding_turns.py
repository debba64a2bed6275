"""The process of the decoding benchmark: implementations take turns, and the seconds of each turn are printed as JSON.

Our implementation is the host's whole loop: cache, choice of the token, and the report with the ten best candidates.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from benchmarks import decoding_peers
from benchmarks.decoding_peers import Decoder, Ids
from playground.host import fast_llama
from playground.host.cached_model import CachedModel
from playground.host.reporter import Reporter
from playground.host.sampling import choose
from playground.host.tokenizer import Tokenizer
from playground.messages import Sampling
from reference.chat_template import render_chat
from reference.llama import KVCache, Llama

PROMPT = "Explain self-attention in one paragraph."
TURN = 8  # tokens
TEXT_TURNS = 8  # turns before the text begins again
TEXTS = 4
PROMPT_LENGTH, PROMPT_TURNS = 200, 7


def our_start(model: Any, tokenizer: Tokenizer) -> Callable[[], Decoder]:
    """Returns a function that starts a new text with our model, as the host generates it."""
    sampling = Sampling(greedy=True)

    def start() -> Decoder:
        cached, text = CachedModel(model), list[int]()
        reporter = Reporter(tokenizer, sampling, 1 << 20, None, lambda token: None)

        def decode(ids: Ids) -> int:
            text.extend(ids)
            logits = cached.logits(text, lambda: None)
            token = choose(logits, sampling, torch.Generator())
            reporter.report(token, logits)
            return token

        return decode

    return start


def measure(path: Path, threads: int) -> dict[str, Any]:
    """Returns the seconds per token of each turn, and of each prompt's first token, by implementation."""
    torch.set_num_threads(threads)
    sys.path.append(str(decoding_peers.SITE))  # after the project's own packages
    model, tokenizer, _ = fast_llama.load(path)
    starts, versions = {"ours": our_start(model, tokenizer)}, {}
    if decoding_peers.is_installed("transformers"):
        starts["transformers"], versions["transformers"] = decoding_peers.load_transformers(path)
    if decoding_peers.is_installed("llama.cpp"):
        starts["llama.cpp"], versions["llama.cpp"] = decoding_peers.load_llama_cpp(path, threads)
    chat = tokenizer.encode(render_chat(tokenizer.chat_template or "", [{"role": "user", "content": PROMPT}]))
    measured = {
        "versions": versions,
        "prompt_length": PROMPT_LENGTH,
        "tokens": time_tokens(starts, chat),
        "prompts": time_prompts(starts, len(tokenizer.token_bytes)),
    }
    if threads == 1:
        measured |= compare(model, chat, starts.get("transformers"))
    return measured


def time_tokens(starts: dict[str, Callable[[], Decoder]], prompt: Ids) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in starts}
    for text in range(TEXTS):
        decoders = {name: start() for name, start in starts.items()}
        tokens = {name: decode(prompt) for name, decode in decoders.items()}
        for _ in range(TEXT_TURNS):
            for name, decode in decoders.items():
                begin = time.perf_counter()
                for _ in range(TURN):
                    tokens[name] = decode([tokens[name]])
                if text > 0:  # the first text is a warm-up
                    times[name].append((time.perf_counter() - begin) / TURN)
    return times


def time_prompts(starts: dict[str, Callable[[], Decoder]], vocab_size: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in starts}
    for turn in range(PROMPT_TURNS):
        ids = random.Random(turn).choices(range(100, vocab_size), k=PROMPT_LENGTH)
        for name, start in starts.items():
            decode = start()
            begin = time.perf_counter()
            decode(ids)
            if turn > 0:
                times[name].append(time.perf_counter() - begin)
    return times


def compare(model: Any, prompt: Ids, peer: Callable[[], Decoder] | None, count: int = 64) -> dict[str, str]:
    """Compares our model with float32 on the greedy text of float32, and that text with the peer's."""
    exact = model if isinstance(model, Llama) else model.exact
    cache, tokens, expected = KVCache(exact.cfg), list(prompt), []
    for _ in range(count):
        expected.append(exact(torch.tensor([tokens[cache.length :]]), cache, last_only=True)[0, -1])
        tokens.append(int(expected[-1].argmax()))
    text, cached = tokens[len(prompt) :], CachedModel(model)
    logits = torch.stack([cached.logits(tokens[:end], lambda: None) for end in range(len(prompt), len(tokens))])
    same = int((logits.argmax(-1) == torch.tensor(text)).sum())
    references = torch.stack(expected)
    divergence = F.kl_div(logits.log_softmax(-1), references.log_softmax(-1), log_target=True, reduction="batchmean")
    result = {"agreement": f"{same} of {count} best tokens, KL divergence {divergence:.5f} nats per token"}
    if peer is not None:
        decode, token, theirs = peer(), 0, list[int]()
        for _ in range(count):
            token = decode([token] if theirs else prompt)
            theirs.append(token)
        result["same"] = f"{sum(a == b for a, b in zip(text, theirs, strict=True))} of {count}"
    return result


if __name__ == "__main__":
    with torch.inference_mode():
        print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
