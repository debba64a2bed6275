"""Generates answers of a loaded model without a host process; has the source of a learner's `generate`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from playground.host.assembly import Assembly, assemble
from playground.host.generation import generate_answer, prepare_prompt
from playground.messages import LearnerFile, Message, Sampling, Token
from playground.parts_catalogue import parts_from
from reference.llama_gguf import LoadedLlama

GREEDY = Sampling(greedy=True, max_tokens=20)

GENERATE = """
import torch

def generate(model, idx, max_new_tokens, context_size, temperature=0.0, top_k=None, eos_id=None):
    for _ in range(max_new_tokens):
        with torch.no_grad():
            logits = model(idx[:, -context_size:])[:, -1, :]
        if top_k is not None:
            lowest = torch.topk(logits, top_k).values[:, -1:]
            logits[logits < lowest] = float("-inf")
        if temperature > 0.0:
            idx_next = torch.multinomial(torch.softmax(logits / temperature, dim=-1), 1)
        else:
            idx_next = torch.argmax(logits, dim=-1, keepdim=True)
        if idx_next == eos_id:
            break
        idx = torch.cat((idx, idx_next), dim=1)
    return idx
"""


def own_parts(loaded: LoadedLlama, model_file: Path | None = None, **sources: str) -> Assembly:
    """The model with parts from the sources of the learner's files, as stable_softmax=…."""
    choices, files = {}, []
    for stem, source in sources.items():
        exercise = stem.replace("_", "-")
        files.append(LearnerFile(exercise, f"/home/ana/{stem}.py", source.encode()))
        choices |= {part.id: exercise for part in parts_from(exercise) if "llama" in part.architectures}
    return assemble(loaded.model, loaded.tokenizer, choices, files, model_file)


def run(
    loaded: LoadedLlama,
    sampling: Sampling,
    assembly: Assembly | None = None,
    text: str = "the abc",
    check: Callable[[], None] = lambda: None,
) -> list[Token]:
    tokens: list[Token] = []
    assembly = assembly or own_parts(loaded)
    prompt = prepare_prompt(loaded.tokenizer, loaded.model.cfg.context_length, [Message("user", text)], sampling, False)
    generate_answer(assembly, prompt, sampling, check, tokens.append)
    return tokens


def ids_of(tokens: list[Token]) -> list[int]:
    return [token.id for token in tokens]


def ends_after(loaded: LoadedLlama, n: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Makes the n-th greedy token an end token; returns the tokens before it."""
    ids = ids_of(run(loaded, GREEDY))
    assert ids[n] not in ids[:n]
    monkeypatch.setattr(loaded.tokenizer, "end_ids", frozenset({ids[n]}))
    monkeypatch.setattr(loaded.tokenizer, "eos_id", ids[n])
    return ids[: n + 1]
