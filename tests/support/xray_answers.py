"""A model's answers to the X-ray's requests, made of fixed numbers, for tests and pictures of its pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from playground import xray_messages as xray
from playground.messages import AppRequest
from playground.protocol import Event
from playground.session import SessionError

WORDS = [
    "Once",
    " upon",
    " a",
    " time",
    " there",
    " was",
    " little",
    " dragon",
    " who",
    " lived",
    " in",
    " the",
    " forest",
    ".",
    " She",
    " liked",
    " to",
    " sing",
    ",",
    " and",
    "\n",
    " day",
    " she",
    " met",
    " an",
    " old",
    " owl",
    "ing",
    "s",
    "é",
    " castle",
    " king",
    " red",
]
LAYERS, HEADS = 6, 6


def tokens_of(text: str) -> list[xray.TokenView]:
    """Splits a text as the fixed tokenizer does; unknown words become letters."""
    tokens = []
    for piece in re.findall(r" ?\w+| ?[^\w\s]+|\s+", text):
        known = [piece] if piece in WORDS else list(piece)
        tokens += [token(WORDS.index(part) if part in WORDS else 100 + ord(part[0]) % 900, part) for part in known]
    return tokens


def token(number: int, text: str | None = None) -> xray.TokenView:
    text = WORDS[number] if text is None else text
    return xray.TokenView(number, text, text.encode())


def attention(count: int, layer: int, head: int | None) -> list[list[float]]:
    """Causal weights of which each row sums to 1."""
    rows = []
    for i in range(count):
        raw = [1 / (1 + abs(i - j - (head or 0))) + (layer + 1) * (j == 0) for j in range(i + 1)]
        rows.append([round(value / sum(raw), 4) for value in raw] + [0.0] * (count - i - 1))
    return rows


def answers(request: AppRequest) -> Iterator[Event]:
    """Yields the events of a request. Raises SessionError."""
    match request:
        case xray.Tokenize(text=text, tokenizer=tokenizer):
            if tokenizer == "gpt2":
                raise SessionError("GPT-2's vocabulary is not installed. Run `fromscratch models add gpt2-vocabulary`.")
            tokens = tokens_of(text)
            if tokenizer == "smollm2":
                tokens = [token(number % 32, part) for number, part in enumerate(re.findall(r"\s?\S{1,4}", text))]
            yield xray.Tokens(0, tokens, 1000)
        case xray.Describe():
            yield xray.Shape(0, LAYERS, HEADS, HEADS, 32, 256, 1000)
        case xray.Candidates(ids=ids, heads_off=off):
            order = sorted(range(len(WORDS)), key=lambda number: (number * 7 + sum(ids) + 3 * len(off)) % len(WORDS))
            logits = [4.0 - 0.35 * place for place in range(len(WORDS))]
            yield xray.CandidateLogits(0, [token(number) for number in order], logits, [(-8.0, 500), (-9.0, 467)])
        case xray.Attention(ids=ids, layer=layer, head=head):
            weights = attention(min(len(ids), xray.MAX_ATTENTION), layer, head)
            yield xray.AttentionMap(0, layer, head, len(ids) - len(weights), weights, [0.0] * len(weights))
        case xray.Lens(ids=ids):
            target = token(10)
            layers = []
            for layer in range(LAYERS + 1):
                share = (layer + 1) / (LAYERS + 2)
                top = [(token((place + LAYERS - layer) % 32 + 10), share / 2**place) for place in range(5)]
                layers.append(xray.LensLayer(layer, top, LAYERS - layer + 1, share if layer == LAYERS else share / 9))
            yield xray.LensLayers(0, target, layers)
        case xray.Ablate(ids=ids, layer=int(layer), head=int(head)):
            yield xray.LossOfText(0, 2.5, [2.5] * (len(ids) - 1), 1)
            yield xray.HeadLosses(0, layer, head, [2.5 + (layer * head % 7 - 2) / 12], 1)
        case xray.Ablate(ids=ids, layer=only):
            layers = range(LAYERS) if only is None else [only]
            yield xray.LossOfText(0, 2.5, [2.5] * (len(ids) - 1), len(layers) * HEADS)
            for done, layer in enumerate(layers, 1):
                losses = [2.5 + (layer * head % 7 - 2) / 12 for head in range(HEADS)]
                yield xray.HeadLosses(0, layer, 0, losses, done * HEADS)
        case _:
            raise AssertionError(f"no answer to {request}")


async def ask(session: Any, request: AppRequest) -> AsyncGenerator[Event, None]:
    """Stands in for Session.ask; gives way between two events, as the real one does."""
    for event in answers(request):
        await asyncio.sleep(0)
        yield event
