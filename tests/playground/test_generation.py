"""Answers, by the reference's loop and by a learner's own `generate`, with a tiny random model."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.cached_model import CachedModel
from playground.generation import Prompt, answer, prepare
from playground.messages import Message, Sampling, Token
from playground.mine import LearnerError, Mine, Part, load_mine
from reference import generation
from reference.llama_gguf import LoadedLlama, load_llama

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


@pytest.fixture(scope="module")
def loaded(tiny: Path) -> LoadedLlama:
    return load_llama(tiny)


@pytest.fixture
def mine(tmp_path: Path) -> Callable[..., Mine]:
    """Makes a learner's parts of the source of their files."""

    def make(**sources: str) -> Mine:
        files = []
        for exercise, source in sources.items():
            path = tmp_path / f"{exercise}.py"
            path.write_text(source, "utf-8")
            files.append((exercise.replace("_", "-"), path))
        return load_mine(files, None)

    return make


def run(
    loaded: LoadedLlama,
    sampling: Sampling,
    mine: Mine | None = None,
    text: str = "the abc",
    cached: CachedModel | None = None,
    check: Callable[[], None] = lambda: None,
) -> list[Token]:
    tokens: list[Token] = []
    cached = cached or CachedModel(loaded.model)
    prompt = prepare(loaded.tokenizer, loaded.model.cfg.context_length, [Message("user", text)], sampling, False)
    answer(cached, loaded.tokenizer, prompt, sampling, mine or Mine(), check, tokens.append)
    return tokens


def ids_of(tokens: list[Token]) -> list[int]:
    return [token.id for token in tokens]


def test_greedy_tokens_are_those_of_the_whole_computation(loaded: LoadedLlama) -> None:
    ids = loaded.tokenizer.encode("the abc")
    with torch.inference_mode():
        for token in run(loaded, GREEDY):
            logits = loaded.model(torch.tensor([ids]))[0, -1]
            assert token.id == int(logits.argmax())
            best = torch.softmax(logits, dim=-1).topk(10)
            assert [p for _, p in token.top] == pytest.approx(best.values.tolist(), rel=1e-4)
            assert token.top[0] == (token.piece, pytest.approx(token.probability))
            ids.append(token.id)


def test_the_probabilities_shown_are_of_the_chosen_temperature(loaded: LoadedLlama) -> None:
    warm = run(loaded, Sampling(temperature=2.0, top_k=1, max_tokens=1))[0]
    cold = run(loaded, Sampling(temperature=0.5, top_k=1, max_tokens=1))[0]
    plain = run(loaded, Sampling(greedy=True, max_tokens=1))[0]
    assert warm.id == cold.id == plain.id
    assert warm.probability < plain.probability < cold.probability


@given(st.lists(st.sampled_from(["the ab", "the ab", "the abc on", "in", "the ", "é"]), max_size=6))
@settings(max_examples=15, deadline=None)
def test_what_was_asked_before_changes_nothing(loaded: LoadedLlama, before: list[str]) -> None:
    cached = CachedModel(loaded.model)
    for text in before:
        run(loaded, Sampling(greedy=True, max_tokens=3), text=text, cached=cached)
    again = run(loaded, GREEDY, text="the abc", cached=cached)
    assert ids_of(again) == ids_of(run(loaded, GREEDY, text="the abc"))


def test_the_texts_together_are_the_decoded_tokens(loaded: LoadedLlama) -> None:
    tokens = run(loaded, Sampling(seed=3, temperature=1.5, top_k=None, max_tokens=60))
    data = loaded.tokenizer.decode_bytes([t.id for t in tokens if t.finish != "end"])
    assert "".join(token.text for token in tokens) == data.decode("utf-8", errors="replace")
    assert [token.index for token in tokens] == list(range(len(tokens)))
    assert [token.finish for token in tokens[:-1]] == [None] * (len(tokens) - 1)
    assert tokens[-1].finish in ("end", "length")


def test_a_seed_repeats_an_answer(loaded: LoadedLlama) -> None:
    first, second = (ids_of(run(loaded, Sampling(seed=7, temperature=2.0))) for _ in range(2))
    assert first == second
    assert first != ids_of(run(loaded, Sampling(seed=8, temperature=2.0)))


def test_a_stop_string_over_several_tokens_ends_the_answer(loaded: LoadedLlama) -> None:
    whole = "".join(token.text for token in run(loaded, Sampling(seed=1, max_tokens=40)))
    stop = whole[10:14]
    tokens = run(loaded, Sampling(seed=1, max_tokens=40, stop=(stop,)))
    assert tokens[-1].finish == "stop"
    assert "".join(token.text for token in tokens) == whole[: whole.index(stop)]


def ends_after(loaded: LoadedLlama, n: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Makes the n-th greedy token an end token; returns the tokens before it."""
    ids = ids_of(run(loaded, GREEDY))
    assert ids[n] not in ids[:n]
    monkeypatch.setattr(loaded.tokenizer, "end_ids", frozenset({ids[n]}))
    monkeypatch.setattr(loaded.tokenizer, "eos_id", ids[n])
    return ids[: n + 1]


def test_the_end_token_ends_the_answer_and_is_no_text(loaded: LoadedLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ends_after(loaded, 2, monkeypatch)
    tokens = run(loaded, GREEDY)
    assert ids_of(tokens) == expected
    assert tokens[-1].finish == "end"
    data = loaded.tokenizer.decode_bytes(expected[:-1])
    assert "".join(token.text for token in tokens) == data.decode("utf-8", errors="replace")


def test_a_long_prompt_keeps_its_end_and_room_for_the_answer(loaded: LoadedLlama) -> None:
    def fit(n: int, max_tokens: int) -> Prompt:
        sampling = Sampling(max_tokens=max_tokens)
        return prepare(loaded.tokenizer, 96, [Message("user", "x" * (n - 1) + "y")], sampling, chat=False)

    short = fit(50, 20)
    assert (len(short.ids), short.max_tokens, short.notes) == (50, 20, [])
    long = fit(500, 20)
    assert (len(long.ids), long.max_tokens) == (76, 20)
    assert loaded.tokenizer.decode(long.ids[-2:]) == "xy"
    assert long.notes == ["The prompt has 500 tokens; the model sees the last 76."]
    greedy_for_room = fit(500, 5000)
    assert (len(greedy_for_room.ids), greedy_for_room.max_tokens) == (48, 48)
    assert "room for an answer of 48" in greedy_for_room.notes[1]


def test_an_empty_text_begins_with_the_start_token(loaded: LoadedLlama) -> None:
    assert prepare(loaded.tokenizer, 96, [Message("user", "")], GREEDY, chat=False).ids == [0]


def test_a_chat_is_rendered_by_the_models_template(loaded: LoadedLlama) -> None:
    prompt = prepare(loaded.tokenizer, 96, [Message("user", "the")], GREEDY, chat=True)
    text = loaded.tokenizer.decode(prompt.ids)
    assert text.endswith("<|im_start|>user\nthe<|im_end|>\n<|im_start|>assistant\n")
    assert prompt.ids.count(1) == 3


def test_check_is_asked_before_every_step(loaded: LoadedLlama) -> None:
    calls = 0

    def stop_at_four() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt

    tokens: list[Token] = []
    cached = CachedModel(loaded.model)
    with pytest.raises(KeyboardInterrupt):
        answer(
            cached,
            loaded.tokenizer,
            Prompt(loaded.tokenizer.encode("the"), 20, []),
            GREEDY,
            Mine(),
            stop_at_four,
            tokens.append,
        )
    assert len(tokens) == 3
    # and the cache is none the worse for it
    assert ids_of(run(loaded, GREEDY, cached=cached)) == ids_of(run(loaded, GREEDY))


def test_the_learners_loop_says_what_the_references_says(loaded: LoadedLlama, mine: Callable[..., Mine]) -> None:
    theirs = run(loaded, GREEDY, mine(sample_generate=GENERATE))
    reference = run(loaded, GREEDY)
    for a, b in zip(theirs, reference, strict=True):
        assert (a.id, a.text, a.index, a.finish) == (b.id, b.text, b.index, b.finish)
        assert a.top == [(piece, pytest.approx(p)) for piece, p in b.top]


def test_the_learners_loop_computes_only_new_tokens(
    loaded: LoadedLlama, mine: Callable[..., Mine], monkeypatch: pytest.MonkeyPatch
) -> None:
    cached, sizes = CachedModel(loaded.model), []
    forward = loaded.model.forward
    monkeypatch.setattr(
        loaded.model, "forward", lambda ids, *a, **k: sizes.append(ids.shape[1]) or forward(ids, *a, **k)
    )
    run(loaded, GREEDY, mine(sample_generate=GENERATE), cached=cached)
    assert sizes[1:] == [1] * 19


def test_the_learners_loop_streams_and_can_be_left(loaded: LoadedLlama, mine: Callable[..., Mine]) -> None:
    swallowing = GENERATE.replace(
        "            logits = model(idx[:, -context_size:])[:, -1, :]",
        "            try:\n                logits = model(idx[:, -context_size:])[:, -1, :]\n"
        "            except Exception:\n                pass",
    )
    calls = 0

    def stop_at_four() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(loaded, GREEDY, mine(sample_generate=swallowing), check=stop_at_four)


def test_the_learners_loop_meets_the_end_and_stop_strings(
    loaded: LoadedLlama, mine: Callable[..., Mine], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ends_after(loaded, 2, monkeypatch)
    tokens = run(loaded, GREEDY, mine(sample_generate=GENERATE))
    assert ids_of(tokens) == expected
    assert tokens[-1].finish == "end"
    appending = GENERATE.replace("            break\n", "            return torch.cat((idx, idx_next), dim=1)\n")
    assert ids_of(run(loaded, GREEDY, mine(sample_generate=appending))) == expected


def test_sampling_settings_reach_the_learners_loop(loaded: LoadedLlama, mine: Callable[..., Mine]) -> None:
    parts = mine(sample_generate=GENERATE)
    sampling = Sampling(temperature=3.0, top_k=5, seed=4, max_tokens=15)
    first, second = run(loaded, sampling, parts), run(loaded, sampling, parts)
    assert ids_of(first) == ids_of(second)
    for token in first:
        assert token.piece in [piece for piece, _ in token.top[:5]]


def test_the_learners_softmax_gives_the_probabilities_shown(loaded: LoadedLlama, mine: Callable[..., Mine]) -> None:
    uniform = "import torch\n\ndef softmax(x, dim=-1):\n    return torch.full_like(x, 1 / x.shape[dim])\n"
    token = run(loaded, GREEDY, mine(stable_softmax=uniform))[0]
    assert token.probability == pytest.approx(1 / loaded.tokenizer.vocab_size)
    assert token.id == run(loaded, GREEDY)[0].id


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return idx[5]", r"Your generate stopped with IndexError: .*\(line 2 of sample_generate\.py\)"),
        ("raise SystemExit('bye')", "Your generate stopped with SystemExit: bye"),
        ("return model(idx.repeat(2, 1))", r"shape \(2, \d+\); \(1, T\) was expected"),
        ("return None", "returned NoneType"),
        ("return idx[0]", r"returned \(\d+,\)"),
        ("return idx + 1", "do not begin with the prompt"),
    ],
)
def test_an_error_of_the_learners_is_told_with_its_line(
    loaded: LoadedLlama, mine: Callable[..., Mine], body: str, says: str
) -> None:
    source = f"def generate(model, idx, max_new_tokens, context_size, temperature, top_k, eos_id):\n    {body}\n"
    with pytest.raises(LearnerError, match=says):
        run(loaded, GREEDY, mine(sample_generate=source))


def test_a_softmax_that_gives_something_else_is_told(loaded: LoadedLlama, mine: Callable[..., Mine]) -> None:
    with pytest.raises(LearnerError, match=r"Your softmax gave \(\)"):
        run(loaded, GREEDY, mine(stable_softmax="def softmax(x, dim): return x.sum()"))
    with pytest.raises(LearnerError, match="Your softmax stopped with ZeroDivisionError"):
        run(loaded, GREEDY, mine(stable_softmax="def softmax(x, dim): return 1 / 0"))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def generate(:", r"SyntaxError: .* \(line 1 of sample_generate\.py\)"),
        ("\nimport nothing_of_this_name", r"ModuleNotFoundError: .* \(line 2 of sample_generate\.py\)"),
        ("x = 1", "AttributeError"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_a_part_that_no_longer_loads_is_replaced_and_said(mine: Callable[..., Mine], source: str, says: str) -> None:
    parts = mine(sample_generate=source, stable_softmax="def softmax(x, dim): return x")
    assert parts.whose()[2:] == [("generate", "reference"), ("softmax", "yours")]
    assert len(parts.notes) == 1
    assert re.search(says, parts.notes[0])


def test_the_courses_own_generate_would_do_as_well(loaded: LoadedLlama) -> None:
    theirs = load_mine([("sample-generate", Path(generation.__file__))], None)
    assert theirs.whose()[2] == ("generate", "yours")
    assert ids_of(run(loaded, GREEDY, theirs)) == ids_of(run(loaded, GREEDY))
    sampling = Sampling(temperature=2.0, top_k=3, seed=5, max_tokens=10)
    for token in run(loaded, sampling, theirs):
        assert token.piece in [piece for piece, _ in token.top[:3]]


def test_a_learners_file_may_build_on_other_parts(
    loaded: LoadedLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "parts", raising=False)
    path = tmp_path / "month_5_pretraining" / "sample_generate.py"
    path.parent.mkdir()
    path.write_text("from parts import CausalAttention\n" + GENERATE, "utf-8")
    parts = load_mine([("sample-generate", path)], tmp_path)
    assert parts.notes == []
    assert ids_of(run(loaded, GREEDY, parts)) == ids_of(run(loaded, GREEDY))


def test_a_file_may_have_any_name_and_encoding(tmp_path: Path) -> None:
    path = tmp_path / "my answer (1).txt"
    path.write_bytes(b"# -*- coding: latin-1 -*-\r\nname = '\xe9'\r\ndef softmax(x, dim):\r\n    return name\r\n")
    part = load_mine([("stable-softmax", path)], None).softmax
    assert isinstance(part, Part)
    assert part(None, -1) == "é"
