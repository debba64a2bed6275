"""Tests of generation with the reference's loop and a tiny random model."""

from unittest.mock import Mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.host.generation import Prompt, generate_answer, prepare_prompt
from playground.messages import Message, Sampling, Token
from reference.llama_gguf import LoadedLlama
from tests.support.generation import GREEDY, ends_after, ids_of, own_parts, run


def test_greedy_tokens_equal_those_of_the_computation_without_a_cache(loaded: LoadedLlama) -> None:
    ids = loaded.tokenizer.encode("the abc")
    with torch.inference_mode():
        for token in run(loaded, GREEDY):
            logits = loaded.model(torch.tensor([ids]))[0, -1]
            assert token.id == int(logits.argmax())
            best = torch.softmax(logits, dim=-1).topk(10)
            assert [p for _, p in token.top] == pytest.approx(best.values.tolist(), rel=1e-4)
            assert token.top[0] == (token.piece, pytest.approx(token.probability))
            ids.append(token.id)


def test_the_probabilities_depend_on_the_temperature(loaded: LoadedLlama) -> None:
    hot = run(loaded, Sampling(temperature=2.0, top_k=1, max_tokens=1))[0]
    cold = run(loaded, Sampling(temperature=0.5, top_k=1, max_tokens=1))[0]
    plain = run(loaded, Sampling(greedy=True, max_tokens=1))[0]
    assert hot.id == cold.id == plain.id
    assert hot.probability < plain.probability < cold.probability


@given(st.lists(st.sampled_from(["the ab", "the ab", "the abc on", "in", "the ", "é"]), max_size=6))
@settings(max_examples=15, deadline=None)
def test_earlier_prompts_do_not_change_an_answer(loaded: LoadedLlama, earlier: list[str]) -> None:
    assembly = own_parts(loaded)
    for text in earlier:
        run(loaded, Sampling(greedy=True, max_tokens=3), assembly, text)
    again = run(loaded, GREEDY, assembly, "the abc")
    assert ids_of(again) == ids_of(run(loaded, GREEDY, text="the abc"))


def test_the_texts_add_up_to_the_decoded_tokens(loaded: LoadedLlama) -> None:
    tokens = run(loaded, Sampling(seed=3, temperature=1.5, top_k=None, max_tokens=60))
    data = loaded.tokenizer.decode_bytes([t.id for t in tokens if t.finish != "end"])
    assert "".join(token.text for token in tokens) == data.decode("utf-8", errors="replace")
    assert [token.index for token in tokens] == list(range(len(tokens)))
    assert [token.finish for token in tokens[:-1]] == [None] * (len(tokens) - 1)
    assert tokens[-1].finish in ("end", "length")


def test_equal_seeds_give_equal_answers(loaded: LoadedLlama) -> None:
    first, second = (ids_of(run(loaded, Sampling(seed=7, temperature=2.0))) for _ in range(2))
    assert first == second
    assert first != ids_of(run(loaded, Sampling(seed=8, temperature=2.0)))


def test_a_stop_string_of_several_tokens_ends_the_answer(loaded: LoadedLlama) -> None:
    whole = "".join(token.text for token in run(loaded, Sampling(seed=1, max_tokens=40)))
    stop = whole[10:14]
    tokens = run(loaded, Sampling(seed=1, max_tokens=40, stop=(stop,)))
    assert tokens[-1].finish == "stop"
    assert "".join(token.text for token in tokens) == whole[: whole.index(stop)]


def test_the_end_token_ends_the_answer_without_text(loaded: LoadedLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ends_after(loaded, 2, monkeypatch)
    tokens = run(loaded, GREEDY)
    assert ids_of(tokens) == expected
    assert tokens[-1].finish == "end"
    data = loaded.tokenizer.decode_bytes(expected[:-1])
    assert "".join(token.text for token in tokens) == data.decode("utf-8", errors="replace")


def test_a_long_prompt_keeps_its_end_and_leaves_space_for_the_answer(loaded: LoadedLlama) -> None:
    def fit(n: int, max_tokens: int) -> Prompt:
        sampling = Sampling(max_tokens=max_tokens)
        return prepare_prompt(loaded.tokenizer, 96, [Message("user", "x" * (n - 1) + "y")], sampling, chat=False)

    short = fit(50, 20)
    assert (len(short.ids), short.max_tokens, short.notes) == (50, 20, [])
    long = fit(500, 20)
    assert (len(long.ids), long.max_tokens) == (76, 20)
    assert loaded.tokenizer.decode(long.ids[-2:]) == "xy"
    assert long.notes == ["The prompt has 500 tokens; the model reads only the last 76."]
    half = fit(500, 5000)
    assert (len(half.ids), half.max_tokens) == (48, 48)
    assert "The answer can have at most 48 tokens" in half.notes[1]


def test_an_empty_prompt_is_the_start_token(loaded: LoadedLlama) -> None:
    assert prepare_prompt(loaded.tokenizer, 96, [Message("user", "")], GREEDY, chat=False).ids == [0]


def test_a_chat_is_rendered_with_the_models_template(loaded: LoadedLlama) -> None:
    prompt = prepare_prompt(loaded.tokenizer, 96, [Message("user", "the")], GREEDY, chat=True)
    text = loaded.tokenizer.decode(prompt.ids)
    assert text.endswith("<|im_start|>user\nthe<|im_end|>\n<|im_start|>assistant\n")
    assert prompt.ids.count(1) == 3


def test_check_is_called_before_every_step(loaded: LoadedLlama) -> None:
    raise_at_four = Mock(side_effect=[None, None, None, KeyboardInterrupt])
    tokens: list[Token] = []
    assembly = own_parts(loaded)
    prompt = Prompt(loaded.tokenizer.encode("the"), 20, [])
    with pytest.raises(KeyboardInterrupt):
        generate_answer(assembly, prompt, GREEDY, raise_at_four, tokens.append)
    assert len(tokens) == 3
    # the cache is still valid
    assert ids_of(run(loaded, GREEDY, assembly)) == ids_of(run(loaded, GREEDY))
