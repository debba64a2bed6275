"""Tests of the X-ray's host side: what it shows is what the model computes."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.byte_bpe import ByteBPE
from playground.candidate_filter import filter_candidates
from playground.host import inspection
from playground.host.host_error import HostError
from playground.host.trace import anatomy_of, attention_weights, trace
from playground.session import Session, SessionError
from playground.xray_messages import (
    Ablate,
    Attention,
    AttentionMap,
    CandidateLogits,
    Candidates,
    Describe,
    HeadLosses,
    Lens,
    LensLayers,
    LossOfText,
    Shape,
    Tokenize,
    Tokens,
)
from reference.llama_gguf import LoadedLlama
from tests.support.trained_folder import write_trained_folder
from tests.support.xray_host import IDS, host_of, small_gpt


@pytest.fixture(scope="module")
def gpt_host(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return host_of(*small_gpt(tmp_path_factory.mktemp("trained") / "small"))


@pytest.fixture(params=["gpt", "llama"])
def host(request: pytest.FixtureRequest, gpt_host: Any, loaded: LoadedLlama) -> Any:
    return gpt_host if request.param == "gpt" else host_of(loaded.model, loaded.tokenizer)


def full_logits(host: Any, ids: list[int]) -> Tensor:
    with torch.inference_mode():
        logits: Tensor = host.loaded.assembly.built.full()(torch.tensor([ids]))[0]
    return logits


# Attention


@pytest.mark.parametrize("layer", [0, 1])
def test_attention_weights_are_a_causal_distribution(host: Any, layer: int) -> None:
    heads = anatomy_of(host.loaded.assembly).heads
    maps = [inspection.attention(host, Attention(ids=IDS, layer=layer, head=head))[0] for head in range(heads)]
    (mean,) = inspection.attention(host, Attention(ids=IDS, layer=layer))
    weights = torch.tensor([map.weights for map in maps])
    assert weights.shape == (heads, len(IDS), len(IDS))
    assert torch.allclose(weights.sum(-1), torch.ones(heads, len(IDS)), atol=1e-3)
    assert (weights.triu(1) == 0).all()
    assert torch.allclose(torch.tensor(mean.weights), weights.mean(0), atol=1e-3)


def test_attention_weights_are_the_references(gpt_host: Any) -> None:
    anatomy = anatomy_of(gpt_host.loaded.assembly)
    with torch.inference_mode():
        traced = trace(anatomy, IDS, lambda: None)
        for layer, block in enumerate(anatomy.blocks):
            att: Any = block.att
            x = block.norm1(traced.residuals[layer])
            queries, keys = (w(x).view(1, len(IDS), 3, 8).transpose(1, 2) for w in (att.W_query, att.W_key))
            scores = (queries @ keys.transpose(2, 3) / 8**0.5).masked_fill(att.mask[:7, :7], float("-inf"))
            assert torch.allclose(attention_weights(anatomy, traced, layer), scores.softmax(-1)[0], atol=1e-5)


def test_a_long_text_shows_its_last_tokens(gpt_host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MAX_ATTENTION", 4)
    (map,) = inspection.attention(gpt_host, Attention(ids=IDS, layer=1, head=2))
    assert (map.start, len(map.weights), len(map.weights[0])) == (3, 4, 4)
    sums = torch.tensor(map.weights).sum(-1) + torch.tensor(map.earlier)
    assert torch.allclose(sums, torch.ones(4), atol=1e-3)


# Logit lens


def test_the_lens_ends_with_the_models_output(host: Any) -> None:
    probabilities = full_logits(host, IDS).softmax(-1)
    for position in (-1, 3):
        (result,) = inspection.lens(host, Lens(ids=IDS, position=position, top=3))
        assert [layer.layer for layer in result.layers] == [0, 1, 2]
        last = result.layers[-1]
        best = int(probabilities[position].argmax())
        assert (result.target.id, last.rank, last.top[0][0].id) == (best, 1, best)
        assert last.probability == pytest.approx(float(probabilities[position, best]), abs=1e-3)
        assert all(layer.probability <= layer.top[0][1] + 1e-4 for layer in result.layers)
    (other,) = inspection.lens(host, Lens(ids=IDS, target=17))
    ranks = (probabilities[-1] > probabilities[-1, 17]).sum() + 1
    assert (other.target.id, other.layers[-1].rank) == (17, int(ranks))


# Heads switched off


def test_a_head_switched_off_is_its_slice_zeroed_before_out_proj(host: Any) -> None:
    anatomy = anatomy_of(host.loaded.assembly)
    host.sent.clear()
    assert inspection.ablate(host, Ablate(ids=IDS)) == []
    baseline, *rows = host.sent
    expected = nn.functional.cross_entropy(full_logits(host, IDS)[:-1], torch.tensor(IDS[1:]))
    assert baseline.loss == pytest.approx(float(expected), abs=1e-3)
    assert len(baseline.token_losses) == 6 and baseline.total == 2 * anatomy.heads == rows[-1].done
    losses = {(row.layer, row.first_head + i): loss for row in rows for i, loss in enumerate(row.losses)}
    for (layer, head), loss in losses.items():
        out_proj: Any = anatomy.blocks[layer].att.out_proj
        size = out_proj.weight.shape[1] // anatomy.heads
        kept = out_proj.weight
        with torch.inference_mode():
            zeroed = kept.clone()
            zeroed[:, head * size : (head + 1) * size] = 0  # the same as zeros in the slice of its input
            out_proj.weight = nn.Parameter(zeroed, requires_grad=False)
            logits = full_logits(host, IDS)
            out_proj.weight = kept
        assert loss == pytest.approx(float(nn.functional.cross_entropy(logits[:-1], torch.tensor(IDS[1:]))), abs=2e-3)
        (event,) = inspection.candidates(host, Candidates(ids=IDS, heads_off=[(layer, head)]))
        assert event.logits[0] == pytest.approx(float(logits[-1].max()), abs=1e-3)


def test_one_layer_or_one_head_can_be_asked_for(host: Any) -> None:
    host.sent.clear()
    inspection.ablate(host, Ablate(ids=IDS, layer=1))
    all_heads = host.sent[1].losses
    host.sent.clear()
    inspection.ablate(host, Ablate(ids=IDS, layer=1, head=2))
    assert host.sent[0].total == 1
    assert host.sent[1].losses == [pytest.approx(all_heads[2], abs=1e-3)]


# Candidates


def test_candidates_are_the_models_distribution(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    logits = full_logits(host, IDS)[-1]
    expected = logits.softmax(-1).sort(descending=True).values
    for count in (1000, 20):  # everything singly, or with a tail
        monkeypatch.setattr(inspection, "CANDIDATES", count)
        (event,) = inspection.candidates(host, Candidates(ids=IDS))
        assert len(event.tokens) == min(count, len(logits))
        assert event.tokens[0].data == host.loaded.tokenizer.token_bytes[int(logits.argmax())]
        assert sum(number for _, number in event.tail) + len(event.tokens) == len(logits)
        raw = [candidate.raw for candidate in filter_candidates(event.logits, event.tail).candidates]
        assert torch.allclose(torch.tensor(raw), expected[: len(raw)], atol=1e-3)
        hot = (logits / 3).softmax(-1).sort(descending=True).values
        raw = [candidate.tempered for candidate in filter_candidates(event.logits, event.tail, 3.0).candidates]
        assert torch.allclose(torch.tensor(raw), hot[: len(raw)], rtol=1e-2, atol=1e-5)


# Tokens and wrong requests


def test_tokens_of_pocket_and_gpt2(gpt_host: Any) -> None:
    (event,) = inspection.tokenize(gpt_host, Tokenize(text="The cat é", tokenizer="pocket"))
    assert b"".join(token.data for token in event.tokens) == "The cat é".encode()
    assert event.vocab_size == 2048
    assert [token.text for token in event.tokens][-2:] == [" \ufffd", "\ufffd"] or event.tokens[-1].text == "\ufffd"
    (own,) = inspection.tokenize(gpt_host, Tokenize(text="The cat"))
    tokenizer: ByteBPE = gpt_host.loaded.tokenizer
    assert [token.id for token in own.tokens] == [tokenizer.end_id, *tokenizer.encode("The cat")]
    gpt_host.loaded.tokenizer_files = {}
    with pytest.raises(HostError, match=r"^The tokenizer of gpt2 is not installed\. Run `fromscratch models add gpt2-"):
        list(inspection.tokenize(gpt_host, Tokenize(text="", tokenizer="gpt2")))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Attention(ids=IDS, layer=2), "The model has 2 layers of 3 heads, numbered from 0."),
        (Attention(ids=[], layer=0), "The text is empty."),
        (Attention(ids=[1] * 49, layer=0), "The text has 49 tokens; the model reads at most 48."),
        (Lens(ids=[999]), "The vocabulary has 270 tokens, so there is no token 999."),
        (Lens(ids=IDS, position=9), "The text has 7 tokens, so it has no position 9."),
        (Ablate(ids=[3]), "A text needs at least two tokens to have a loss: the first token is not predicted."),
    ],
)
def test_a_wrong_request_is_one_sentence(gpt_host: Any, request_: Any, message: str) -> None:
    handler = getattr(inspection, type(request_).__name__.lower())
    with pytest.raises(HostError) as caught:
        handler(gpt_host, request_)
    assert str(caught.value) == message


async def test_a_session_answers_every_request(tmp_path: Path) -> None:
    async with Session(str(write_trained_folder(tmp_path / "mine"))) as session:
        requests = [
            Tokenize(text="The cat"), Describe(), Candidates(ids=IDS), Attention(ids=IDS, layer=1), Lens(ids=IDS),
            Ablate(ids=IDS),
        ]  # fmt: skip
        events = [event for request in requests async for event in session.ask(request)]
        kinds = [Tokens, Shape, CandidateLogits, AttentionMap, LensLayers, LossOfText, HeadLosses, HeadLosses]
        assert [type(event) for event in events] == kinds
        with pytest.raises(SessionError, match=r"^The text is empty\.$"):
            async for _ in session.ask(Lens(ids=[])):
                pass
