"""Handles the X-ray's requests (`playground/xray_messages.py`)."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from playground.host.generation import prepare_prompt
from playground.host.host import Host
from playground.host.host_error import HostError
from playground.host.tokenizers import tokenizer_named, view, view_all
from playground.host.trace import Anatomy, Trace, anatomy_of, attention_weights, losses_without, token_losses, trace
from playground.messages import Message, Sampling
from playground.xray_messages import (
    CANDIDATES,
    MAX_ATTENTION,
    TAIL_BINS,
    Ablate,
    Attention,
    AttentionMap,
    CandidateLogits,
    Candidates,
    Describe,
    HeadLosses,
    Lens,
    LensLayer,
    LensLayers,
    LossOfText,
    Shape,
    Tokenize,
    Tokens,
)

DIGITS = 4  # of the numbers that are sent
BATCH_TOKENS = 512  # in one pass of an ablation, so that it can be cancelled soon


def tokenize(host: Host, request: Tokenize) -> Iterator[Tokens]:
    """Sends the tokens of a text."""
    if request.tokenizer == "model":
        tokenizer, length = host.loaded.tokenizer, host.loaded.cached.model.cfg.context_length
        sampling = Sampling(max_tokens=1)
        ids = prepare_prompt(tokenizer, length, [Message("user", request.text)], sampling, request.chat).ids
    else:
        tokenizer = tokenizer_named(request.tokenizer, host.loaded.tokenizer_files)
        ids = tokenizer.encode(request.text)
    yield Tokens(request.request, view_all(tokenizer, ids), len(tokenizer.token_bytes))


def describe(host: Host, request: Describe) -> Iterator[Shape]:
    """Sends the sizes of the model."""
    anatomy, sizes = _anatomy(host), host.loaded.assembly.base.cfg
    vocab_size = len(host.loaded.tokenizer.token_bytes)
    yield Shape(request.request, len(anatomy.blocks), anatomy.heads, anatomy.groups, sizes.head_dim,
                sizes.context_length, vocab_size, ablation_note=anatomy.ablation_note)  # fmt: skip


@torch.inference_mode()
def candidates(host: Host, request: Candidates) -> list[CandidateLogits]:
    """Sends the next token's logits."""
    if request.heads_off:
        anatomy = _anatomy(host)
        for layer, head in request.heads_off:
            _check_head(anatomy, layer, head)
        with _own_code(host):
            logits = trace(anatomy, _checked(host, request.ids), host.check, request.heads_off).logits[-1]
    else:
        logits = host.loaded.cached.logits(_checked(host, request.ids), host.check)
    top, order = logits.sort(descending=True)
    tokens = view_all(host.loaded.tokenizer, order[:CANDIDATES].tolist())
    rounded = [round(value, DIGITS) for value in top[:CANDIDATES].tolist()]
    return [CandidateLogits(request.request, tokens, rounded, tail_bins(top[CANDIDATES:]))]


def tail_bins(logits: Tensor) -> list[tuple[float, int]]:
    """Sums up descending logits in bins of equal width, as (log of the mean of exp(logit), number of tokens)."""
    if not len(logits):
        return []
    width = float(logits[0] - logits[-1]) / TAIL_BINS or 1.0
    bins = ((logits[0] - logits) / width).long().clamp(max=TAIL_BINS - 1)
    parts = [logits[bins == place].double() for place in range(TAIL_BINS)]
    return [
        (round(float(part.logsumexp(0) - torch.tensor(float(len(part))).log()), DIGITS), len(part))
        for part in parts
        if len(part)
    ]


@torch.inference_mode()
def attention(host: Host, request: Attention) -> list[AttentionMap]:
    """Sends the attention weights of a head or the mean of a layer's heads."""
    anatomy = _anatomy(host)
    _check_head(anatomy, request.layer, request.head or 0)
    traced = _traced(host, anatomy, request.ids)
    with _own_code(host):
        heads = attention_weights(anatomy, traced, request.layer)
    weights = heads.mean(0) if request.head is None else heads[request.head]
    start = max(0, len(request.ids) - MAX_ATTENTION)
    shown, earlier = weights[start:, start:], weights[start:, :start].sum(-1)
    rows = [[round(value, DIGITS) for value in row] for row in shown.tolist()]
    sums = [round(value, DIGITS) for value in earlier.tolist()]
    return [AttentionMap(request.request, request.layer, request.head, start, rows, sums)]


@torch.inference_mode()
def lens(host: Host, request: Lens) -> list[LensLayers]:
    """Sends what the model would predict after each layer."""
    anatomy, tokenizer = _anatomy(host), host.loaded.tokenizer
    traced = _traced(host, anatomy, request.ids)
    if not -len(request.ids) <= request.position < len(request.ids):
        raise HostError(f"The text has {len(request.ids):,} tokens, so it has no position {request.position}.")
    at_position = torch.stack([residual[0, request.position] for residual in traced.residuals])  # (layers + 1, C)
    logits = anatomy.out_head(anatomy.final_norm(at_position[None]))[0]
    target = int(logits[-1].argmax()) if request.target is None else request.target
    if not 0 <= target < logits.shape[-1]:
        raise HostError(f"The vocabulary has {logits.shape[-1]:,} tokens, so there is no token {target}.")
    probabilities = torch.softmax(logits, dim=-1)
    ranks = (logits > logits[:, target, None]).sum(-1) + 1
    layers = []
    for layer, row in enumerate(probabilities):
        values, ids = row.topk(min(request.top, len(row)))
        top = [
            (view(tokenizer, id), round(value, DIGITS)) for id, value in zip(ids.tolist(), values.tolist(), strict=True)
        ]
        layers.append(LensLayer(layer, top, int(ranks[layer]), round(float(row[target]), DIGITS)))
    return [LensLayers(request.request, view(tokenizer, target), layers)]


@torch.inference_mode()
def ablate(host: Host, request: Ablate) -> list[HeadLosses]:
    """Sends the loss of the text with one head at a time switched off, a batch of heads after the other."""
    anatomy = _anatomy(host)
    if anatomy.ablation_note:
        raise HostError(anatomy.ablation_note)
    if len(request.ids) < 2:
        raise HostError("A text needs at least two tokens to have a loss: the first token is not predicted.")
    _check_head(anatomy, request.layer or 0, request.head or 0)
    traced = _traced(host, anatomy, request.ids)
    layers = range(len(anatomy.blocks)) if request.layer is None else [request.layer]
    heads = list(range(anatomy.heads)) if request.head is None else [request.head]
    losses = token_losses(traced.logits, traced.ids)
    rounded = [round(value, DIGITS) for value in losses.tolist()]
    total = len(layers) * len(heads)
    host.send(LossOfText(request.request, round(float(losses.mean()), DIGITS), rounded, total))
    size, done = max(1, BATCH_TOKENS // len(traced.ids)), 0
    for layer in layers:
        for start in range(0, len(heads), size):
            batch = heads[start : start + size]
            with _own_code(host):
                without = losses_without(anatomy, traced, layer, batch, host.check)
            done += len(batch)
            host.send(HeadLosses(request.request, layer, batch[0], [round(value, DIGITS) for value in without], done))
    return []


def _anatomy(host: Host) -> Anatomy:
    return anatomy_of(host.loaded.assembly)


@contextmanager
def _own_code(host: Host) -> Iterator[None]:
    """Names the learner's part, where its code raises an exception. Raises HostError."""
    try:
        yield
    except HostError:
        raise
    except (Exception, SystemExit) as error:
        assembly = host.loaded.assembly
        if yours := assembly.yours():
            raise assembly.code.blame(error, yours[-1]) from error
        raise


def _checked(host: Host, ids: list[int]) -> list[int]:
    """Returns the ids. Raises HostError if the model cannot read them."""
    length, size = host.loaded.cached.model.cfg.context_length, len(host.loaded.tokenizer.token_bytes)
    if not ids:
        raise HostError("The text is empty.")
    if len(ids) > length:
        raise HostError(f"The text has {len(ids):,} tokens; the model reads at most {length:,}.")
    if wrong := [id for id in ids if not 0 <= id < size]:
        raise HostError(f"The vocabulary has {size:,} tokens, so there is no token {wrong[0]}.")
    return ids


def _check_head(anatomy: Anatomy, layer: int, head: int) -> None:
    if not (0 <= layer < len(anatomy.blocks) and 0 <= head < anatomy.heads):
        raise HostError(f"The model has {len(anatomy.blocks)} layers of {anatomy.heads} heads, numbered from 0.")


def _traced(host: Host, anatomy: Anatomy, ids: list[int]) -> Trace:
    """Returns what the model computes for the ids; the views ask about the same ids again and again."""
    last = host.loaded.inspected
    if last is None or last[0].model is not anatomy.model or last[1].ids != ids:
        with _own_code(host):
            last = anatomy, trace(anatomy, _checked(host, ids), host.check)
        host.loaded.inspected = last
    return last[1]
