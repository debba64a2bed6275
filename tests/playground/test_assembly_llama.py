"""Tests of a Llama made of the learner's parts: right ones give the reference's text, wrong ones are named."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import torch

from exercises.load import load_course
from playground.host import fast_llama
from playground.host.assembly import Assembly, assemble
from playground.host.comparison import compare
from playground.host.host_error import HostError
from playground.host.own_code import PartError
from playground.host.trace import anatomy_of, attention_weights, trace
from playground.messages import LearnerFile
from playground.parts_catalogue import LLAMA, Part, parts_of
from tests.support.pocket_model import mistake_file, own_file

FUNCTIONS = ("sampler", "filter", "softmax", "loss")
IDS = [5, 12, 19, 26, 33]
INSIDE = [part for part in parts_of(LLAMA) if part.id not in FUNCTIONS and not part.alters]


def styles() -> list[tuple[Part, Path | None]]:
    """Every part, with the reference's solution (None) and each other correct style of its exercise."""
    folders = {part.id: load_course().exercise(part.primary.exercise).folder / "other_styles" for part in INSIDE}
    return [(part, style) for part in INSIDE for style in (None, *sorted(folders[part.id].glob("*.py")))]


@cache
def load(path: Path, exact: bool) -> tuple[object, object]:
    model, tokenizer, _ = fast_llama.load(path, exact)
    return model, tokenizer


def assembled(tiny: Path, choices: dict[str, str], *files: LearnerFile, exact: bool = True) -> Assembly:
    model, tokenizer = load(tiny, exact)
    return assemble(model, tokenizer, choices, files, tiny)


def logits(assembly: Assembly, length: int = 9) -> torch.Tensor:
    """The logits after each of some growing texts."""
    ids = [5 + 7 * i % 200 for i in range(length)]
    with torch.inference_mode():
        return torch.stack([assembly.runner.logits(ids[:end], lambda: None) for end in (3, 4, length)])


@pytest.mark.parametrize("exact", [True, False], ids=["float32", "fast"])
@pytest.mark.parametrize(
    ("part", "style"),
    styles(),
    ids=lambda value: value.stem if isinstance(value, Path) else getattr(value, "id", "reference"),
)
def test_every_correct_part_gives_the_references_logits(
    tiny: Path, part: Part, style: Path | None, exact: bool
) -> None:
    exercise = part.primary.exercise
    file = own_file(exercise, style.read_text("utf-8") if style is not None else None)
    assembly = assembled(tiny, {part.id: exercise}, file, exact=exact)
    assert assembly.faults == []
    assert assembly.yours() == [part.id]
    expected = logits(assembled(tiny, {}, exact=exact))
    difference = (logits(assembly) - expected).abs().max() / expected.abs().max()
    assert difference < (1e-5 if exact else fast_llama.TOLERANCE)


def test_all_parts_together(tiny: Path) -> None:
    files = [own_file(exercise) for exercise in ("rmsnorm-swiglu", "rope", "gqa")]
    choices = {part.id: part.primary.exercise for part in INSIDE}
    model = choices.pop("llama-model")
    no_cache = "Your {} has no cache, so each token needs the whole text again."
    for assembly, notes in (
        (assembled(tiny, choices, *files), [no_cache.format("grouped-query attention")]),
        # the learner's own model imports the other parts, and so uses them
        (assembled(tiny, choices | {"llama-model": model}, own_file(model), *files), [no_cache.format("model")]),
    ):
        assert (assembly.faults, assembly.notes) == ([], notes)
        assert set(assembly.yours()) == set(assembly.code.choices)
        torch.testing.assert_close(logits(assembly), logits(assembled(tiny, {})), rtol=1e-4, atol=1e-4)


def test_a_mixture_of_equal_experts_gives_the_references_logits(tiny: Path) -> None:
    assembly = assembled(tiny, {"swiglu": "moe"}, own_file("moe"), exact=False)
    assert (assembly.faults, assembly.notes, assembly.yours()) == ([], [], ["swiglu"])
    expected = logits(assembled(tiny, {}, exact=False))
    assert (logits(assembly) - expected).abs().max() / expected.abs().max() < fast_llama.TOLERANCE
    experts = assembly.built.full().blocks[0].ff.inner
    assert experts.fc1[0].weight is not experts.fc1[3].weight
    assert experts.fc1[0].weight.data_ptr() == experts.fc1[3].weight.data_ptr()  # no expert takes memory of its own


def test_the_xray_reads_ones_own_model(tiny: Path) -> None:
    style = load_course().exercise("llama-model").folder / "other_styles" / "functional_attention.py"
    own = {"llama-model": "llama-model"}
    assemblies = [assembled(tiny, {}), assembled(tiny, own, own_file("llama-model"))]
    fused = assembled(tiny, own, own_file("llama-model", style.read_text("utf-8")))
    with torch.inference_mode():
        maps = [
            attention_weights(anatomy_of(each), trace(anatomy_of(each), IDS, lambda: None), 1) for each in assemblies
        ]
        torch.testing.assert_close(maps[1], maps[0], rtol=1e-4, atol=1e-5)
        with pytest.raises(HostError, match=r"^The attention weights of block 2 cannot be shown"):  # rotated unseen
            attention_weights(anatomy_of(fused), trace(anatomy_of(fused), IDS, lambda: None), 1)


@pytest.mark.parametrize(
    ("part", "exercise", "mistake", "first"),
    [
        ("rms-norm", "rmsnorm-swiglu", "mean-subtracted", "block 1, first norm"),
        ("swiglu", "rmsnorm-swiglu", "relu", "block 1, feed-forward"),
        ("rope", "rope", "rotated-backwards", "block 1, attention"),
        ("rope-angles", "rope", "positions-from-1", None),  # RoPE sees only the distance of two tokens
        ("rope-angles", "rope", "exponent-not-divided", "block 1, attention"),
        ("grouped-attention", "gqa", "no-scale", "block 1, attention"),
        ("llama-model", "llama-model", "rope-on-values", "block 1, attention"),
        ("swiglu", "moe", "unweighted", "block 1, feed-forward"),
    ],
)
def test_a_wrong_part_shows_where_the_models_part(
    tiny: Path, part: str, exercise: str, mistake: str, first: str | None
) -> None:
    yours = assembled(tiny, {part: exercise}, mistake_file(exercise, mistake))
    assert yours.faults == []
    result = compare(assembled(tiny, {}), yours, 1, "the", 6, lambda: None)
    assert result.text_name == "The Ferry"
    assert (result.first.name if result.first else None) == first
    assert (result.kl_mean > 1e-6) == (first is not None)


ROPE = "def compute_rope_params(head_dim, theta_base, context_length):\n    return 1\n\n\n"
ROPE += "def apply_rope(x, cos, sin):\n    return {}\n"
GQA, LLAMA = (own_file(exercise).source.decode() for exercise in ("gqa", "llama-model"))


@pytest.mark.parametrize(
    ("part", "file", "message"),
    [
        ("rope-angles", own_file("rope", ROPE.format("x")), "Your compute_rope_params returned int;"),
        ("swiglu", mistake_file("rmsnorm-swiglu", "biases"), "it has fc1.bias of shape (96), for which the model has"),
        ("rms-norm", mistake_file("rmsnorm-swiglu", "one-scale"), "scale has the shape (1); the model's weights have"),
        (
            "llama-model",
            own_file("llama-model", LLAMA.replace("bias=False", "bias=True")),
            "The weights do not fit your model (llama-model): it has out_head.bias of shape (",
        ),
        (
            "llama-model",
            own_file("llama-model", load_course().exercise("llama-model").stub),
            "Your model is not written yet",
        ),
    ],
)
def test_a_part_that_does_not_fit_is_replaced_with_a_sentence(
    tiny: Path, part: str, file: LearnerFile, message: str
) -> None:
    assembly = assembled(tiny, {part: file.exercise}, file)
    assert message in assembly.faults[0].message
    assert assembly.yours() == []


@pytest.mark.parametrize(
    ("part", "file", "message"),
    [
        ("rope", own_file("rope", ROPE.format("x[..., 1:]")), r"Your apply_rope returned shape \(.*15\)"),
        ("rope", own_file("rope", ROPE.format("1 / 0")), r"Your apply_rope stopped with Zero.*line 6 of"),
        ("grouped-attention", own_file("gqa", GQA.replace("self.W_key(x)", "(x @ self.W_key.weight.T)")),
         r"must call W_query\(x\) and W_key\(x\) once each"),
        ("llama-model", own_file("llama-model", LLAMA.replace("return logits", "return logits[:, -1]")),
         r"Your model returned shape \(1, \d+\); it should return logits \(1, 3, "),
        ("rms-norm", mistake_file("rmsnorm-swiglu", "no-keepdim"), r"Your RMSNorm stopped with RuntimeError: .*\(line"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("exact", [True, False], ids=["float32", "fast"])
def test_a_part_that_fails_while_it_runs_is_named(
    tiny: Path, part: str, file: LearnerFile, message: str, exact: bool
) -> None:
    assembly = assembled(tiny, {part: file.exercise}, file, exact=exact)
    with pytest.raises(PartError, match=message) as caught:
        logits(assembly)
    assert caught.value.part == part
