"""Compares a model that has parts of the learner with the reference's: texts, losses, distributions and layers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

import exercises.texts
from exercises.texts import many_stories
from playground.assembly_messages import Comparison, TokenDifference
from playground.host.activations import differences, kl_divergence, layer_order, recorded
from playground.host.assembly import Assembly
from playground.host.generation import Prompt, generate_answer
from playground.host.own_code import PartError
from playground.host.tokenizer import Tokenizer
from playground.messages import Sampling, Token
from playground.parts_catalogue import GPT
from reference.loss import calc_loss_batch

TOLERANCE = 1e-4  # rounding differs by about 1e-6, in a deep model by 1e-5
TEXT_TOKENS = 192  # of the fixed text
HELD_OUT_SEED = 987_654  # of stories that no model of the project is trained on
WORST = 5  # positions with the largest KL divergence
PROMPTS = {GPT: "Once upon a time", "llama": "The capital of France is"}
FERRY = Path(exercises.texts.__file__).parent / "the_ferry.txt"


def compare(
    reference: Assembly, yours: Assembly, request: int, prompt: str, max_tokens: int, check: Callable[[], None]
) -> Comparison:
    """Returns what the learner's parts change. `check` is called between the steps. Raises PartError."""
    prompt = prompt or PROMPTS[reference.architecture]
    sampling = Sampling(greedy=True, max_tokens=max_tokens)
    if yours.filter is not None and yours.sampler is None:  # a greedy choice needs no filter
        sampling = Sampling(temperature=1.0, top_k=None, top_p=0.9, seed=0, max_tokens=max_tokens)
    with torch.inference_mode():
        (reference_tokens, reference_seconds), (yours_tokens, yours_seconds) = (
            _continue(assembly, prompt, sampling, check) for assembly in (reference, yours)
        )
        name, ids = fixed_text(reference)
        inputs, targets = torch.tensor([ids[:-1]]), torch.tensor([ids[1:]])
        runs = []
        for assembly in (reference, yours):
            check()
            runs.append(_run(assembly, inputs))
        (reference_logits, reference_layers), (yours_logits, yours_layers) = runs
        check()
        kl = kl_divergence(reference_logits, yours_logits, _probabilities(yours, yours_logits))
        reference_loss = calc_loss_batch(inputs, targets, _Precomputed(reference_logits), "cpu")
        yours_loss = _loss(yours, inputs, targets, yours_logits)
    layers = differences(reference_layers, yours_layers, layer_order(yours.built.n_layers, yours.built.blocks))
    return Comparison(
        request,
        parts=yours.uses,
        prompt=prompt,
        reference_text=[token.piece for token in reference_tokens],
        yours_text=[token.piece for token in yours_tokens],
        same_tokens=_shared([token.id for token in reference_tokens], [token.id for token in yours_tokens]),
        text_name=name,
        text_tokens=len(ids) - 1,
        reference_loss=round(float(reference_loss), 4),
        yours_loss=round(yours_loss, 4),
        kl_mean=float(kl.mean()),
        kl_worst=_worst(kl, ids, reference_logits, yours_logits, reference.tokenizer),
        layers=layers,
        first=next((layer for layer in layers if layer.difference > TOLERANCE), None),
        tolerance=TOLERANCE,
        reference_seconds=round(reference_seconds, 3),
        yours_seconds=round(yours_seconds, 3),
        notes=yours.notes,
    )


def fixed_text(assembly: Assembly) -> tuple[str, list[int]]:
    """Returns the name and the ids of the text on which losses are measured, always from the reference's tokenizer."""
    if assembly.architecture == GPT:
        name, text = "held-out stories", many_stories(4 * TEXT_TOKENS * 8, HELD_OUT_SEED)
    else:
        name, text = "The Ferry", FERRY.read_text("utf-8")
    length = min(assembly.runner.model.cfg.context_length - 4, TEXT_TOKENS)
    return name, assembly.tokenizer.encode(text, special=False)[: length + 1]


def _continue(
    assembly: Assembly, prompt: str, sampling: Sampling, check: Callable[[], None]
) -> tuple[list[Token], float]:
    """Returns the continuation of a prompt, and the seconds that it took."""
    tokens: list[Token] = []
    ids = assembly.tokenizer.encode(prompt)
    if assembly.tokenizer.adds_bos or not ids:
        ids.insert(0, assembly.tokenizer.start_id)
    limit = assembly.runner.model.cfg.context_length
    max_tokens = max(1, min(sampling.max_tokens, limit - len(ids)))
    start = time.perf_counter()
    generate_answer(assembly, Prompt(ids[-limit + max_tokens :], max_tokens, []), sampling, check, tokens.append)
    return tokens, time.perf_counter() - start


def _run(assembly: Assembly, inputs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Returns logits (T, V) and the outputs of the layers."""
    built = assembly.built
    full = built.full()
    with recorded(full, built.n_layers, built.blocks) as layers:
        try:
            logits = full(inputs)
        except PartError:
            raise
        except (Exception, SystemExit) as error:
            raise assembly.code.blame(error, next(iter(assembly.yours()), "")) from error
    return logits[0], layers


def _probabilities(assembly: Assembly, logits: Tensor) -> Tensor | None:
    """Returns the learner's softmax of the logits (T, V), if it is chosen."""
    return None if assembly.softmax is None else assembly.softmax(logits, -1)


class _Precomputed(nn.Module):
    """A model whose logits are known."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, ids: Tensor) -> Tensor:
        return self.logits[None]


def _loss(assembly: Assembly, inputs: Tensor, targets: Tensor, logits: Tensor) -> float:
    model = _Precomputed(logits).eval()
    if assembly.loss is None:
        return float(calc_loss_batch(inputs, targets, model, "cpu"))
    loss = assembly.loss(inputs, targets, model, torch.device("cpu"))
    if not isinstance(loss, Tensor | float) or (isinstance(loss, Tensor) and loss.numel() != 1):
        returned = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise PartError("loss", f"Your loss returned {returned}; it should return one number.")
    return float(loss)


def _worst(kl: Tensor, ids: list[int], reference: Tensor, yours: Tensor, tokenizer: Tokenizer) -> list[TokenDifference]:
    positions = kl.topk(min(WORST, len(kl))).indices.tolist()
    return [
        TokenDifference(
            position,
            tokenizer.decode([ids[position]]),
            tokenizer.decode([ids[position + 1]]),
            round(float(kl[position]), 4),
            tokenizer.decode([int(reference[position].argmax())]),
            tokenizer.decode([int(yours[position].argmax())]),
        )
        for position in positions
        if kl[position] > 1e-6
    ]


def _shared(first: list[int], second: list[int]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))
