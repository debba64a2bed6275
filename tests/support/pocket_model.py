"""A small GPT with random weights and pocket's vocabulary, and the learner's files that replace its parts."""

from __future__ import annotations

from functools import cache

import torch

from exercises.exercise import Exercise
from exercises.load import load_course
from grader.source import reference_source
from playground.byte_bpe import ByteBPE
from playground.host.assembly import Assembly, assemble
from playground.host.cached_gpt import CachedGPT
from playground.messages import LearnerFile
from playground.model_folder import POCKET, VOCABULARY
from reference.gpt import GPTModel

torch.set_num_threads(1)  # the model is tiny, and the tests share the machine

CFG = {"vocab_size": 2048, "context_length": 48, "emb_dim": 32, "n_heads": 4, "n_layers": 2, "drop_rate": 0.0,
       "qkv_bias": False}  # fmt: skip


@cache
def pocket() -> tuple[CachedGPT, ByteBPE]:
    """The model and its tokenizer. Its weights are larger than new ones, so that texts vary."""
    torch.manual_seed(3)
    gpt = GPTModel(CFG)
    for name, parameter in gpt.named_parameters():
        if "norm" not in name:
            parameter.data = torch.randn_like(parameter) * (0.3 if parameter.dim() > 1 else 0.1)
    return CachedGPT(gpt.eval(), CFG).eval(), ByteBPE.load(POCKET / VOCABULARY)


def own_file(exercise: str | Exercise, source: str | None = None, passed: bool = True) -> LearnerFile:
    """A learner's file; its source is by default the reference's solution."""
    found = load_course().exercise(exercise) if isinstance(exercise, str) else exercise
    text = reference_source.as_solution(found) if source is None else source
    return LearnerFile(found.id, f"/home/ana/fromscratch/{found.file_name}", text.encode(), passed)


def mistake_file(exercise: str, mistake: str) -> LearnerFile:
    """A learner's file with a known mistake."""
    found = load_course().exercise(exercise)
    known = next(one for one in found.mistakes if one.id == mistake)
    source = reference_source.as_solution(found, reference_source.edited(found, known.variants[0]))
    return own_file(found, source, passed=False)


def assembled(choices: dict[str, str], *files: LearnerFile) -> Assembly:
    model, tokenizer = pocket()
    return assemble(model, tokenizer, choices, files)
