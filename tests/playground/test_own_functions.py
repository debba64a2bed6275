"""Tests of the learner's functions in a model: the loop, the filter and the softmax."""

import re
from unittest.mock import Mock

import pytest

from exercises.load import load_course
from playground.host.assembly import assemble
from playground.host.generation import sampler_notes
from playground.host.own_code import PartError
from playground.messages import LearnerFile, Sampling
from reference.llama_gguf import LoadedLlama
from tests.support.generation import GENERATE, GREEDY, ends_after, ids_of, own_parts, run
from tests.support.solutions import correct


def test_the_learners_loop_gives_the_references_answer(loaded: LoadedLlama) -> None:
    learners = run(loaded, GREEDY, own_parts(loaded, sample_generate=GENERATE))
    reference = run(loaded, GREEDY)
    for a, b in zip(learners, reference, strict=True):
        assert (a.id, a.text, a.index, a.finish) == (b.id, b.text, b.index, b.finish)
        assert a.top == [(piece, pytest.approx(p)) for piece, p in b.top]


def test_the_learners_loop_computes_only_new_tokens(loaded: LoadedLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    forward = loaded.model.forward
    monkeypatch.setattr(
        loaded.model, "forward", lambda ids, *a, **k: sizes.append(ids.shape[1]) or forward(ids, *a, **k)
    )
    run(loaded, GREEDY, own_parts(loaded, sample_generate=GENERATE))
    assert sizes[1:] == [1] * 19


def test_the_learners_loop_can_be_cancelled(loaded: LoadedLlama) -> None:
    swallowing = GENERATE.replace(
        "            logits = model(idx[:, -context_size:])[:, -1, :]",
        "            try:\n                logits = model(idx[:, -context_size:])[:, -1, :]\n"
        "            except Exception:\n                pass",
    )
    raise_at_four = Mock(side_effect=[None, None, None, KeyboardInterrupt])
    with pytest.raises(KeyboardInterrupt):
        run(loaded, GREEDY, own_parts(loaded, sample_generate=swallowing), check=raise_at_four)


def test_the_end_token_ends_the_learners_loop(loaded: LoadedLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ends_after(loaded, 2, monkeypatch)
    tokens = run(loaded, GREEDY, own_parts(loaded, sample_generate=GENERATE))
    assert ids_of(tokens) == expected
    assert tokens[-1].finish == "end"
    appending = GENERATE.replace("            break\n", "            return torch.cat((idx, idx_next), dim=1)\n")
    assert ids_of(run(loaded, GREEDY, own_parts(loaded, sample_generate=appending))) == expected


def test_the_learners_loop_receives_the_sampling_settings(loaded: LoadedLlama) -> None:
    parts = own_parts(loaded, sample_generate=GENERATE)
    sampling = Sampling(temperature=3.0, top_k=5, seed=4, max_tokens=15)
    first, second = run(loaded, sampling, parts), run(loaded, sampling, parts)
    assert ids_of(first) == ids_of(second)
    for token in first:
        assert token.piece in [piece for piece, _ in token.top[:5]]


def test_the_learners_softmax_computes_the_probabilities(loaded: LoadedLlama) -> None:
    uniform = "import torch\n\ndef softmax(x, dim=-1):\n    return torch.full_like(x, 1 / x.shape[dim])\n"
    token = run(loaded, GREEDY, own_parts(loaded, stable_softmax=uniform))[0]
    assert token.probability == pytest.approx(1 / loaded.tokenizer.vocab_size)
    assert token.id == run(loaded, GREEDY)[0].id


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return idx[5]", r"Your generate stopped with IndexError: .*\(line 2 of sample_generate\.py\)"),
        ("raise SystemExit('bye')", "Your generate stopped with SystemExit: bye"),
        ("return model(idx.repeat(2, 1))", r"shape \(2, \d+\); it expects \(1, T\)"),
        ("return None", "returned NoneType"),
        ("return idx[0]", r"returned shape \(\d+,\)"),
        ("return idx + 1", "should begin with those of the prompt"),
    ],
)
def test_an_error_in_the_learners_code_is_reported_with_its_line(loaded: LoadedLlama, body: str, message: str) -> None:
    source = f"def generate(model, idx, max_new_tokens, context_size, temperature, top_k, eos_id):\n    {body}\n"
    with pytest.raises(PartError, match=message):
        run(loaded, GREEDY, own_parts(loaded, sample_generate=source))


def test_a_softmax_with_a_wrong_result_is_reported(loaded: LoadedLlama) -> None:
    with pytest.raises(PartError, match=r"Your softmax returned shape \(\); it should"):
        run(loaded, GREEDY, own_parts(loaded, stable_softmax="def softmax(x, dim): return x.sum()"))
    with pytest.raises(PartError, match="Your softmax stopped with ZeroDivisionError"):
        run(loaded, GREEDY, own_parts(loaded, stable_softmax="def softmax(x, dim): return 1 / 0"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def generate(:", r"SyntaxError: .* \(line 1 of sample_generate\.py\)"),
        ("\nimport nothing_of_this_name", r"ModuleNotFoundError: .* \(line 2 of sample_generate\.py\)"),
        ("x = 1", r"Your sample_generate\.py does not define generate\."),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_a_part_that_does_not_load_is_replaced(loaded: LoadedLlama, source: str, message: str) -> None:
    assembly = own_parts(loaded, sample_generate=source, stable_softmax="def softmax(x, dim): return x")
    assert assembly.sampler is None
    assert assembly.yours() == ["softmax"]
    (fault,) = assembly.faults
    assert fault.part == "sampler"
    assert re.search(message, fault.message)
    assert fault.message.endswith("The reference's takes its place.")


@pytest.mark.parametrize("exercise", ["sample-generate", "greedy-generate", "kv-cache"])
def test_every_loop_gives_the_references_answer(loaded: LoadedLlama, exercise: str) -> None:
    assembly = own_parts(loaded, **{exercise.replace("-", "_"): correct(load_course().exercise(exercise))})
    assert assembly.sampler is not None
    assert ids_of(run(loaded, GREEDY, assembly)) == ids_of(run(loaded, GREEDY))
    ignored = sampler_notes(assembly.sampler, Sampling(top_p=0.5))
    assert len(ignored) == 1


def test_the_learners_filter_applies_top_p(loaded: LoadedLlama) -> None:
    sampling = Sampling(temperature=2.0, top_k=30, top_p=0.6, seed=5, max_tokens=12)
    right = correct(load_course().exercise("top-p-min-p"))
    expected = ids_of(run(loaded, sampling))
    assert ids_of(run(loaded, sampling, own_parts(loaded, top_p_min_p=right))) == expected
    keeps_all = "def filter_logits(logits, top_p=None, min_p=None):\n    return logits\n"
    assert ids_of(run(loaded, sampling, own_parts(loaded, top_p_min_p=keeps_all))) != expected
    empty = "def filter_logits(logits, top_p=None, min_p=None):\n    return logits - float('inf')\n"
    with pytest.raises(PartError, match="Your filter_logits left no token to choose from"):
        run(loaded, sampling, own_parts(loaded, top_p_min_p=empty))


def test_a_learners_file_can_import_other_parts(loaded: LoadedLlama) -> None:
    assembly = own_parts(loaded, sample_generate="from parts import CausalAttention\n" + GENERATE)
    assert assembly.faults == []
    assert ids_of(run(loaded, GREEDY, assembly)) == ids_of(run(loaded, GREEDY))
    assembly = own_parts(loaded, sample_generate="from parts import CausalAtention\n" + GENERATE)
    assert "parts has no 'CausalAtention'" in assembly.faults[0].message


def test_a_file_can_have_any_name_and_encoding(loaded: LoadedLlama) -> None:
    source = b"# -*- coding: latin-1 -*-\r\nname = '\xe9'\r\ndef softmax(x, dim):\r\n    return name\r\n"
    file = LearnerFile("stable-softmax", "/home/my answer (1).txt", source)
    part = assemble(loaded.model, loaded.tokenizer, {"softmax": "stable-softmax"}, [file]).softmax
    assert part is not None
    assert part(None, -1) == "é"
