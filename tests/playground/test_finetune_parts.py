"""Tests of the packed forward pass, and of fine-tuning with the learner's own LoRA layers."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from exercises.load import load_course
from playground.finetune_messages import MergeCheck
from playground.finetune_messages import Tuning as Begun
from playground.messages import LearnerFile
from playground.training.finetune_base import open_base
from playground.training.finetune_data import read_instructions
from playground.training.finetune_examples import common_prefix, instruction_examples
from playground.training.finetune_forward import ExampleModel, targets_of
from playground.training.finetune_lora import LoRALayers
from playground.training_messages import Ended
from reference.instruction_mask import custom_collate_fn
from tests.support.finetuning import Tuning, instructions_file, recipe
from tests.support.solutions import correct, mistaken

COURSE = load_course()


def learner_files(mistakes: dict[str, str] | None = None, **sources: str) -> list[LearnerFile]:
    """The learner's files of the LoRA exercises: right ones, or with a listed mistake, or with these sources."""
    files = []
    for exercise in map(COURSE.exercise, ("lora-layer", "lora-inject", "lora-merge")):
        source = mistaken(exercise, mistakes[exercise.id]) if exercise.id in (mistakes or {}) else correct(exercise)
        source = sources.get(exercise.id.replace("-", "_"), source)
        files.append(LearnerFile(exercise.id, f"/ws/{exercise.stem}.py", source.encode()))
    return files


@pytest.mark.parametrize("first", [0, 1])
def test_packed_examples_give_the_loss_and_the_gradients_of_padded_ones(first: int, tiny: Path, tmp_path: Path) -> None:
    base = open_base(tiny)
    entries = read_instructions(instructions_file(tmp_path))[:6]
    examples = instruction_examples(entries, base.tokenizer, 96)
    layers = LoRALayers(base.backbone.blocks, "blocks", first, ["all"], 2, 2.0)
    parameters = layers.parameters()
    for parameter in parameters.values():
        torch.nn.init.normal_(parameter, std=0.1)
    model = ExampleModel(base.backbone, first, examples[0].ids[: common_prefix(examples)])
    model.keep([examples[3:], examples[:3]])
    assert len(model.prefix) > 10
    loss = F.cross_entropy(base.head(model.hidden(examples)), targets_of(examples))
    loss.backward()
    gradients = [parameter.grad for parameter in parameters.values()]
    for parameter in parameters.values():
        parameter.grad = None
    # the reference's mask adds the end token itself
    pairs = [(example.positions[0] + 1, list(example.ids)) for example in examples]
    inputs, targets = custom_collate_fn(pairs, pad_token_id=base.tokenizer.eos_id)
    expected = F.cross_entropy(base.model(inputs).flatten(0, 1), targets.flatten())
    expected.backward()
    torch.testing.assert_close(loss, expected)
    for gradient, parameter in zip(gradients, parameters.values(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad, atol=1e-6, rtol=1e-3)


def tune(tiny: Path, folder: Path, files: list[LearnerFile]) -> tuple[Tuning, Ended]:
    run, settings = Tuning(), recipe(instructions_file(folder), parts="mine", steps=2, answers=0)
    return run, run.finetune(folder / "out", tiny, settings, files=files)


def test_the_learners_layers_train_as_the_references_do(tiny: Path, tmp_path: Path) -> None:
    own, own_ended = tune(tiny, tmp_path, learner_files())
    reference = recipe(instructions_file(tmp_path), steps=2, answers=0)
    ended = Tuning().finetune(tmp_path / "expected", tiny, reference)
    assert own.of(Begun)[0].parts == [(name, "yours") for name in ("lora-layer", "lora-inject", "lora-merge")]
    assert own.of(MergeCheck)[0].same
    assert own_ended.validation_loss == pytest.approx(ended.validation_loss, abs=1e-5)


@pytest.mark.parametrize("exercise", ["lora-layer", "lora-inject", "lora-merge"])
def test_one_part_alone_is_joined_with_the_references(exercise: str, tiny: Path, tmp_path: Path) -> None:
    run, _ = tune(tiny, tmp_path, [file for file in learner_files() if file.exercise == exercise])
    assert [owner for name, owner in run.of(Begun)[0].parts if name == exercise] == ["yours"]
    assert run.of(MergeCheck)[0].same, run.of(MergeCheck)


@pytest.mark.parametrize(
    ("mistakes", "message"),
    [
        ({"lora-inject": "base-lost"}, "changes the output before any training"),
        ({"lora-inject": "change-subtracted"}, "adds something different from alpha · x A B"),
        ({"lora-inject": "adapters-frozen"}, "trains nothing; it should train A and B"),
        ({"lora-inject": "rank-and-alpha-swapped"}, "Your replace_linear_with_lora stopped with TypeError"),
    ],
)
def test_wrong_layers_are_told_before_the_training(
    mistakes: dict[str, str], message: str, tiny: Path, tmp_path: Path
) -> None:
    _, ended = tune(tiny, tmp_path, learner_files(mistakes))
    assert ended.wrong_usage and message in ended.message, ended.message
    assert not (tmp_path / "out").exists()


def test_code_that_does_not_run(tiny: Path, tmp_path: Path) -> None:
    source = (
        "import torch\n\nclass LinearWithLoRA: ...\n\ndef replace_linear_with_lora(model, rank, alpha):\n    model.x\n"
    )
    _, ended = tune(tiny, tmp_path, learner_files(lora_inject=source))
    assert ended.message == (
        "Your replace_linear_with_lora stopped with AttributeError: 'Module' object has no attribute 'x' "
        "(line 6 of lora_inject.py)."
    )
    _, ended = tune(tiny, tmp_path, learner_files(lora_inject="def f(:"))
    assert ended.message.startswith("Your lora_inject.py could not be loaded: SyntaxError")


def test_a_wrong_merge_is_told_and_the_adapter_kept(tiny: Path, tmp_path: Path) -> None:
    merge = correct(COURSE.exercise("lora-merge")).replace("linear.weight += change.T", "linear.weight += change.T * 2")
    run, ended = tune(tiny, tmp_path, learner_files(lora_merge=merge))
    [check] = run.of(MergeCheck)
    assert not check.same and check.difference > 1e-3 and ended.saved == 2
    assert (tmp_path / "out" / "adapter.safetensors").exists()
