"""Tests of a GPT made of the learner's parts: right ones give the reference's text, wrong ones are named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from exercises.course import Course
from exercises.load import load_course
from playground.host.assembly import Assembly
from playground.host.cached_model import CachedModel
from playground.host.model_runners import OwnCacheModel, OwnRunner, UncachedModel
from playground.host.own_code import PartError
from playground.messages import LearnerFile
from playground.parts_catalogue import GPT, Part, Supplier, parts_of
from tests.support.pocket_model import CFG, assembled, mistake_file, own_file

FUNCTIONS = ("sampler", "filter", "softmax", "loss")
INSIDE = [part for part in parts_of(GPT) if part.id not in FUNCTIONS and not part.alters]


def styles() -> list[tuple[Part, Supplier, Path | None]]:
    """Every part, with the reference's solution (None) and each other correct style of each of its exercises."""
    course = load_course()
    return [
        (part, supplier, style)
        for part in INSIDE
        for supplier in part.suppliers
        if not supplier.alters
        for style in (None, *sorted((course.exercise(supplier.exercise).folder / "other_styles").glob("*.py")))
    ]


def greedy(assembly: Assembly, tokens: int = 12) -> list[int]:
    ids = assembly.tokenizer.encode("Once upon a time, there's")
    with torch.inference_mode():
        for _ in range(tokens):
            ids.append(int(assembly.runner.logits(ids, lambda: None).argmax()))
    assert assembly.tokenizer.encode(assembly.tokenizer.decode(ids[:7])) == ids[:7]
    return ids


@pytest.mark.parametrize(
    ("part", "supplier", "style"),
    styles(),
    ids=lambda value: value.stem if isinstance(value, Path) else getattr(value, "exercise", getattr(value, "id", "")),
)
def test_every_correct_part_gives_the_references_text(part: Part, supplier: Supplier, style: Path | None) -> None:
    source = style.read_text("utf-8") if style is not None else None
    assembly = assembled({part.id: supplier.exercise}, own_file(supplier.exercise, source))
    assert assembly.faults == [] and assembly.notes == []
    assert assembly.yours() == [part.id]
    assert greedy(assembly) == greedy(assembled({}))


def test_parts_beyond_the_book_take_the_models_weights() -> None:
    ids = assembled({}).tokenizer.encode("Once upon a time, there was a boat that was late")[:14]
    expected = logits_at(assembled({}), ids)
    window = assembled({"attention": "sliding-window"}, own_file("sliding-window"))
    assert window.notes == ["Your sliding-window attention sees 6 tokens of the 48 in the context."]
    differences = (logits_at(window, ids) - expected).abs().amax(dim=-1)
    assert (differences[:6] < 1e-3).all() and (differences[6:] > 1e-3).any()
    experts = assembled({"feed-forward": "moe"}, own_file("moe"))
    assert experts.yours() == ["feed-forward"] and experts.notes[0].endswith(
        "GELU(z) computed as z · sigmoid(1.702 z)."
    )
    assert 0 < (logits_at(experts, ids) - expected).abs().max() < 0.05 * expected.abs().max()


def logits_at(assembly: Assembly, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        logits: torch.Tensor = assembly.built.full()(torch.tensor([ids]))[0]
    return logits


def test_all_parts_together_use_each_other(course: Course) -> None:
    ids = {part.id: part.primary.exercise for part in INSIDE if part.id not in ("cache", "model", "embeddings")}
    feed_forward = course.exercise("feed-forward").folder / "other_styles" / "by_matrices.py"
    sources = {"feed-forward": feed_forward.read_text("utf-8")}
    assembly = assembled(ids, *(own_file(exercise, sources.get(exercise)) for exercise in ids.values()))
    assert greedy(assembly) == greedy(assembled({}))
    assert set(assembly.yours()) == set(ids)
    # the reference's model contains the learner's block, and that the learner's attention, by `from parts import …`
    model = assembly.built.full()
    for path, exercise in (("trf_blocks.0", "transformer-block"), ("trf_blocks.1.att", "multi-head-attention")):
        assert assembly.code.owner(model.get_submodule(path)) == exercise
    assert assembly.code.owner(model.get_submodule("trf_blocks.0.ff.layers.1")) == "gelu"


def test_a_part_inside_a_larger_own_part_can_be_unused() -> None:
    style = load_course().exercise("transformer-block").folder / "other_styles" / "own_parts.py"
    choices = {"block": "transformer-block", "attention": "multi-head-attention"}
    files = [own_file("transformer-block", style.read_text("utf-8")), mistake_file("multi-head-attention", "no-scale")]
    assembly = assembled(choices, *files)
    assert assembly.yours() == ["block"]
    assert assembly.notes == ["Not used: your attention, because a larger part of yours brings its own."]
    assert greedy(assembly) == greedy(assembled({}))


@pytest.mark.parametrize(
    ("choices", "passed", "runner"),
    [
        ({}, True, CachedModel),
        ({"gelu": "gelu", "layer-norm": "layer-norm"}, True, OwnRunner),
        ({"gelu": "gelu"}, False, UncachedModel),
        ({"attention": "multi-head-attention"}, True, UncachedModel),
        ({"cache": "kv-cache"}, True, OwnCacheModel),
    ],
)
def test_only_what_must_be_is_slower(choices: dict[str, str], passed: bool, runner: type) -> None:
    files = [own_file(exercise, passed=passed) for exercise in choices.values()]
    assert type(assembled(choices, *files).runner) is runner


WIDTH, PROMPT = CFG["emb_dim"], 7
GELU = "import torch\nfrom torch import nn\n\nclass GELU(nn.Module):\n    def forward(self, x):\n        return {}\n"


@pytest.mark.parametrize(
    ("part", "file", "message"),
    [
        ("gelu", own_file("gelu", GELU.format("x[..., :3]")),
         r"Your GELU returned shape \(1, \d+, 3\) \(line 5 of gelu\.py, in block 1, activation\); it should return"),
        ("gelu", own_file("gelu", GELU.format("x.log()")),
         r"Your GELU returned NaN \(line 5 of gelu\.py, in block 1, activation\)\."),
        ("gelu", own_file("gelu", GELU.format("None")), r"Your GELU returned NoneType \(line 5 of gelu\.py"),
        ("gelu", own_file("gelu", GELU.format("1 / 0")),
         r"Your GELU stopped with ZeroDivisionError: division by zero \(line 6 of gelu\.py\)\."),
        ("gelu", own_file("gelu", load_course().exercise("gelu").stub),
         r"Your GELU is not written yet: gelu\.py is still the stub"),
        ("attention", mistake_file("multi-head-attention", "mask-not-cropped"),
         r"Your attention stopped with RuntimeError: .* \(line \d+ of multi_head_attention\.py\)\."),
        ("cache", mistake_file("kv-cache", "returns-the-cache"), r"Your cache returned tuple; it should return logits"),
        ("model", mistake_file("gpt-model", "last-position-only"), r"Your model returned shape \(1, 2048\)"),
    ],
)  # fmt: skip
def test_a_part_that_fails_while_it_runs_is_named(part: str, file: LearnerFile, message: str) -> None:
    assembly = assembled({part: file.exercise}, file)
    with pytest.raises(PartError, match=message) as caught:
        greedy(assembly)
    assert caught.value.part == part


@pytest.mark.parametrize(
    ("part", "file", "message"),
    [
        ("gelu", own_file("gelu", "class Gelu:\n    pass\n"), "Your gelu.py does not define GELU."),
        ("gelu", own_file("gelu", "import nothing_like_it\n"), "Your gelu.py could not be loaded: ModuleNotFoundError"),
        ("feed-forward", mistake_file("feed-forward", "hidden-size"),
         "The weights do not fit your feed-forward (feed-forward): trf_blocks.0.ff.layers.0.weight has the shape "
         "(32, 32); the model's weights have (128, 32)."),
        ("attention", mistake_file("multi-head-attention", "bias-always"),
         "it has trf_blocks.0.att.W_query.bias of shape (32), for which the model has no weights."),
    ],
)  # fmt: skip
def test_a_part_that_does_not_fit_is_replaced_with_a_sentence(part: str, file: LearnerFile, message: str) -> None:
    assembly = assembled({part: file.exercise}, file)
    (fault,) = assembly.faults
    assert fault.part == part
    assert message in fault.message
    assert fault.message.endswith("The reference's takes its place.")
    assert assembly.yours() == []
    assert greedy(assembly) == greedy(assembled({}))


def test_weights_that_a_part_lacks_are_noted() -> None:
    assembly = assembled({"attention": "multi-head-attention"},
                         mistake_file("multi-head-attention", "out-proj-without-bias"))  # fmt: skip
    assert assembly.notes == [
        "Your parts have no trf_blocks.0.att.out_proj.bias, trf_blocks.1.att.out_proj.bias, so these weights are not "
        "used."
    ]
