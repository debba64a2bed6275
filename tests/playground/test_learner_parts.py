"""Tests of the learner's parts: `generate` runs the model, `softmax` computes the probabilities."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from playground.host.cached_model import CachedModel
from playground.host.learner_parts import LearnerError, LearnerParts, Part, load_learner_parts
from playground.messages import Sampling
from reference import generation
from reference.llama_gguf import LoadedLlama
from tests.support.generation import GENERATE, GREEDY, ends_after, ids_of, run


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., LearnerParts]:
    """A function that loads the learner's parts from the sources of their files."""

    def load_sources(**sources: str) -> LearnerParts:
        files = []
        for exercise, source in sources.items():
            path = tmp_path / f"{exercise}.py"
            path.write_text(source, "utf-8")
            files.append((exercise.replace("_", "-"), path))
        return load_learner_parts(files, None)

    return load_sources


def test_the_learners_loop_gives_the_references_answer(loaded: LoadedLlama, load: Callable[..., LearnerParts]) -> None:
    learners = run(loaded, GREEDY, load(sample_generate=GENERATE))
    reference = run(loaded, GREEDY)
    for a, b in zip(learners, reference, strict=True):
        assert (a.id, a.text, a.index, a.finish) == (b.id, b.text, b.index, b.finish)
        assert a.top == [(piece, pytest.approx(p)) for piece, p in b.top]


def test_the_learners_loop_computes_only_new_tokens(
    loaded: LoadedLlama, load: Callable[..., LearnerParts], monkeypatch: pytest.MonkeyPatch
) -> None:
    cached, sizes = CachedModel(loaded.model), []
    forward = loaded.model.forward
    monkeypatch.setattr(
        loaded.model, "forward", lambda ids, *a, **k: sizes.append(ids.shape[1]) or forward(ids, *a, **k)
    )
    run(loaded, GREEDY, load(sample_generate=GENERATE), cached=cached)
    assert sizes[1:] == [1] * 19


def test_the_learners_loop_can_be_cancelled(loaded: LoadedLlama, load: Callable[..., LearnerParts]) -> None:
    swallowing = GENERATE.replace(
        "            logits = model(idx[:, -context_size:])[:, -1, :]",
        "            try:\n                logits = model(idx[:, -context_size:])[:, -1, :]\n"
        "            except Exception:\n                pass",
    )
    raise_at_four = Mock(side_effect=[None, None, None, KeyboardInterrupt])
    with pytest.raises(KeyboardInterrupt):
        run(loaded, GREEDY, load(sample_generate=swallowing), check=raise_at_four)


def test_the_end_token_ends_the_learners_loop(
    loaded: LoadedLlama, load: Callable[..., LearnerParts], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ends_after(loaded, 2, monkeypatch)
    tokens = run(loaded, GREEDY, load(sample_generate=GENERATE))
    assert ids_of(tokens) == expected
    assert tokens[-1].finish == "end"
    appending = GENERATE.replace("            break\n", "            return torch.cat((idx, idx_next), dim=1)\n")
    assert ids_of(run(loaded, GREEDY, load(sample_generate=appending))) == expected


def test_the_learners_loop_receives_the_sampling_settings(
    loaded: LoadedLlama, load: Callable[..., LearnerParts]
) -> None:
    parts = load(sample_generate=GENERATE)
    sampling = Sampling(temperature=3.0, top_k=5, seed=4, max_tokens=15)
    first, second = run(loaded, sampling, parts), run(loaded, sampling, parts)
    assert ids_of(first) == ids_of(second)
    for token in first:
        assert token.piece in [piece for piece, _ in token.top[:5]]


def test_the_learners_softmax_computes_the_probabilities(
    loaded: LoadedLlama, load: Callable[..., LearnerParts]
) -> None:
    uniform = "import torch\n\ndef softmax(x, dim=-1):\n    return torch.full_like(x, 1 / x.shape[dim])\n"
    token = run(loaded, GREEDY, load(stable_softmax=uniform))[0]
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
def test_an_error_in_the_learners_code_is_reported_with_its_line(
    loaded: LoadedLlama, load: Callable[..., LearnerParts], body: str, message: str
) -> None:
    source = f"def generate(model, idx, max_new_tokens, context_size, temperature, top_k, eos_id):\n    {body}\n"
    with pytest.raises(LearnerError, match=message):
        run(loaded, GREEDY, load(sample_generate=source))


def test_a_softmax_with_a_wrong_result_is_reported(loaded: LoadedLlama, load: Callable[..., LearnerParts]) -> None:
    with pytest.raises(LearnerError, match=r"Your softmax returned shape \(\); it should"):
        run(loaded, GREEDY, load(stable_softmax="def softmax(x, dim): return x.sum()"))
    with pytest.raises(LearnerError, match="Your softmax stopped with ZeroDivisionError"):
        run(loaded, GREEDY, load(stable_softmax="def softmax(x, dim): return 1 / 0"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def generate(:", r"SyntaxError: .* \(line 1 of sample_generate\.py\)"),
        ("\nimport nothing_of_this_name", r"ModuleNotFoundError: .* \(line 2 of sample_generate\.py\)"),
        ("x = 1", "AttributeError"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_a_part_that_no_longer_loads_is_replaced_with_a_note(
    load: Callable[..., LearnerParts], source: str, message: str
) -> None:
    parts = load(sample_generate=source, stable_softmax="def softmax(x, dim): return x")
    assert parts.owners()[2:] == [("generate", "reference"), ("softmax", "yours")]
    assert len(parts.notes) == 1
    assert re.search(message, parts.notes[0])


def test_the_references_generate_works_as_a_learners(loaded: LoadedLlama) -> None:
    parts = load_learner_parts([("sample-generate", Path(generation.__file__))], None)
    assert parts.owners()[2] == ("generate", "yours")
    assert ids_of(run(loaded, GREEDY, parts)) == ids_of(run(loaded, GREEDY))
    sampling = Sampling(temperature=2.0, top_k=3, seed=5, max_tokens=10)
    for token in run(loaded, sampling, parts):
        assert token.piece in [piece for piece, _ in token.top[:3]]


def test_a_learners_file_can_import_other_parts(
    loaded: LoadedLlama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "parts", raising=False)
    path = tmp_path / "month_5_pretraining" / "sample_generate.py"
    path.parent.mkdir()
    path.write_text("from parts import CausalAttention\n" + GENERATE, "utf-8")
    parts = load_learner_parts([("sample-generate", path)], tmp_path)
    assert parts.notes == []
    assert ids_of(run(loaded, GREEDY, parts)) == ids_of(run(loaded, GREEDY))


def test_a_file_can_have_any_name_and_encoding(tmp_path: Path) -> None:
    path = tmp_path / "my answer (1).txt"
    path.write_bytes(b"# -*- coding: latin-1 -*-\r\nname = '\xe9'\r\ndef softmax(x, dim):\r\n    return name\r\n")
    part = load_learner_parts([("stable-softmax", path)], None).softmax
    assert isinstance(part, Part)
    assert part(None, -1) == "é"
