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
from exercises.load import load_course
from grader.source import reference_source
from playground.assembly_messages import LearnerFile
from playground.catalogue import POCKET
from playground.host import fast_llama
from playground.host.assembly import assemble
from playground.host.cached_gpt import CachedGPT
from playground.host.cached_model import CachedModel
from playground.host.model_runners import Runner
from playground.host.reporter import Reporter
from playground.host.sampling import choose
from playground.host.tokenizer import Tokenizer
from playground.host.trained_model import load_trained
from playground.messages import Sampling
from reference.chat_template import render_chat
from reference.gguf_file import GGUFFile
from reference.llama import KVCache, Llama

PROMPT = "Explain self-attention in one paragraph."
TURN = 8  # tokens
TEXT_TURNS = 8  # turns before the text begins again
TEXTS = 4
PROMPT_LENGTH, PROMPT_TURNS = 200, 7
OWN_PARTS = {"rms-norm": "rmsnorm-swiglu", "swiglu": "rmsnorm-swiglu", "rope": "rope"}  # and their exercises


def our_start(runner: Runner, tokenizer: Tokenizer) -> Callable[[], Decoder]:
    """Returns a function that starts a new text with our model, as the host generates it."""
    sampling = Sampling(greedy=True)

    def start() -> Decoder:
        text = list[int]()
        reporter = Reporter(tokenizer, sampling, 1 << 20, None, lambda token: None)

        def decode(ids: Ids) -> int:
            text.extend(ids)
            logits = runner.logits(text, lambda: None)
            token = choose(logits, sampling, torch.Generator())
            reporter.report(token, logits)
            return token

        return decode

    return start


def own_starts(model: Any, file: GGUFFile, tokenizer: Tokenizer) -> dict[str, Callable[[], Decoder]]:
    """Starts a text with the reference's parts, and with each part as a learner's: the reference in a file."""
    course = load_course()
    sources = {id: reference_source.as_solution(course.exercise(id)).encode() for id in set(OWN_PARTS.values())}
    files = [LearnerFile(id, str(course.exercise(id).folder / "stub.py"), source) for id, source in sources.items()]
    starts = {"reference": our_start(CachedModel(model), tokenizer)}
    for part, exercise in OWN_PARTS.items():
        assembly = assemble(model, tokenizer, {part: exercise}, files, file)
        if assembly.faults:
            raise SystemExit(f"{part} cannot be used: {assembly.faults}")
        starts[part] = our_start(assembly.runner, tokenizer)
    return starts


def pocket_start() -> Callable[[], Decoder]:
    trained = load_trained(POCKET.folder)
    return our_start(CachedModel(CachedGPT(trained.gpt, trained.config.book_cfg)), trained.tokenizer)


def measure(path: Path, threads: int) -> dict[str, Any]:
    """Returns the seconds per token of each turn, and of each prompt's first token, by implementation."""
    torch.set_num_threads(threads)
    sys.path.append(str(decoding_peers.SITE))  # after the project's own packages
    model, tokenizer, _ = fast_llama.load(path)
    starts, versions = {"ours": our_start(CachedModel(model), tokenizer)}, {}
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
        measured["parts"] = time_tokens(own_starts(model, GGUFFile(path), tokenizer), chat)
        measured["pocket"] = time_tokens({"pocket": pocket_start()}, chat[:1])["pocket"]
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
