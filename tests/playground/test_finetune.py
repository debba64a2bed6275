"""Tests of fine-tuning a tiny model: what it reaches, what it keeps, and that it continues exactly."""

import json
from pathlib import Path

import pytest
import torch

from playground.adapter_folder import read_adapter
from playground.finetune_messages import Answers, Classified, HeldOut, MergeCheck, Merged
from playground.finetune_messages import Tuning as Begun
from playground.host.adapted_gguf import AdaptedGGUF
from playground.host.adapter import apply_adapter
from playground.host.tensor_file import read_checked, write_checked
from playground.host.trained_model import load_trained
from playground.model_folder import ModelConfig, Sizes, write_config
from playground.session import Session, SessionError
from playground.store import trained_models
from playground.training.controls import Controls
from playground.training_messages import Ended, Step, TrainingEvent
from reference.gpt import GPTModel
from reference.llama_gguf import load_llama, load_llama_file
from tests.support.finetuning import Tuning, instructions_file, messages_file, recipe
from tests.support.generation import GREEDY
from tests.support.pocket_model import CFG, pocket

# One worker runs these tests, so that they share its trainings.
pytestmark = pytest.mark.xdist_group("finetune")

METHODS = {"lora": {}, "instruct": {"blocks": 1}, "classify": {"blocks": 1, "steps": 20}}


@pytest.fixture(scope="module")
def tuned(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Tuning]]:
    """A fine-tuning by each method, with its folder."""
    folder = tmp_path_factory.mktemp("tuned")
    runs = {}
    for method, settings in METHODS.items():
        data = messages_file(folder) if method == "classify" else instructions_file(folder)
        run = Tuning()
        ended = run.finetune(folder / method, tiny, recipe(data, method, **settings))
        assert (ended.reason, ended.saved) == ("finished", ended.step)
        runs[method] = folder / method, run
    return runs


@pytest.mark.parametrize("method", METHODS)
def test_the_held_out_loss_is_lower_afterwards(method: str, tuned: dict[str, tuple[Path, Tuning]]) -> None:
    out, run = tuned[method]
    before, *_, after = run.of(HeldOut)
    assert (before.when, after.when) == ("before", "after") and after.loss < before.loss
    config = read_adapter(out)
    assert (config.loss_before, config.loss_after, config.method) == (before.loss, after.loss, method)
    if method == "classify":
        assert after.accuracy == 1.0 and after.confusion == [[4, 0], [0, 4]] and before.accuracy < 1
    else:
        [answers] = run.of(Answers)
        assert len(answers.pairs) == 2 and any(pair.before != pair.after for pair in answers.pairs)


def test_only_a_and_b_are_trained(tuned: dict[str, tuple[Path, Tuning]]) -> None:
    out, run = tuned["lora"]
    [begun] = run.of(Begun)
    assert begun.trainable == 2 * 2 * ((64 + 64) + (64 + 32)) and begun.parameters == 79_040
    tensors, _ = read_checked(out / "adapter.safetensors")
    assert {name.rpartition(".")[2] for name in tensors} == {"A", "B"} and len(tensors) == 8
    config = read_adapter(out)
    assert (config.rank, config.alpha, config.scale, config.targets) == (2, 2.0, 2.0, ["att.W_query", "att.W_value"])


def test_merged_and_unmerged_give_the_same_logits(tuned: dict[str, tuple[Path, Tuning]]) -> None:
    [check] = tuned["lora"][1].of(MergeCheck)
    assert check.same and check.difference <= 1e-4 * check.largest


@pytest.mark.parametrize("method", ["lora", "instruct"])
def test_the_merged_file_is_the_model_with_its_adapter(
    method: str, tuned: dict[str, tuple[Path, Tuning]], tiny: Path, tmp_path: Path
) -> None:
    run, merged = Tuning(), tmp_path / "merged.gguf"
    assert run.use(tuned[method][0], tiny, out=str(merged)).reason == "finished"
    assert run.of(Merged) == [Merged(str(merged), merged.stat().st_size)]
    ids = torch.arange(3, 40)[None]
    adapted = load_llama_file(AdaptedGGUF(tiny, tuned[method][0])).model(ids)
    assert torch.equal(load_llama(merged).model(ids), adapted)
    assert not torch.allclose(load_llama(tiny).model(ids), adapted, atol=1e-3)
    assert "exists already" in run.use(tuned[method][0], tiny, out=str(merged)).message


def test_the_classifier_is_kept_and_labels_a_text(tuned: dict[str, tuple[Path, Tuning]], tiny: Path) -> None:
    run = Tuning()
    run.use(tuned["classify"][0], tiny, texts=["abc abc 3", "the in 20"])
    spam, ham = run.of(Classified)
    assert (spam.label, ham.label) == ("spam", "ham")
    assert sum(spam.probabilities.values()) == pytest.approx(1) and spam.probabilities["spam"] > 0.5
    assert "has no labels" in run.use(tuned["lora"][0], tiny, texts=["abc"]).message
    assert "classifier for ham, spam" in run.use(tuned["classify"][0], tiny, out="merged.gguf").message


@pytest.mark.parametrize("method", METHODS)
def test_stopped_and_continued_is_the_same_bit_for_bit(
    method: str, tuned: dict[str, tuple[Path, Tuning]], tiny: Path, tmp_path: Path
) -> None:
    whole, whole_run = tuned[method]

    def stop(event: TrainingEvent, controls: Controls) -> None:
        if isinstance(event, Step) and event.step == 3:
            controls.set("stop")

    data = messages_file(tmp_path) if method == "classify" else instructions_file(tmp_path)
    first, second, out = Tuning(stop), Tuning(), tmp_path / "out"
    torch.manual_seed(1)
    ended = first.finetune(out, tiny, recipe(data, method, **METHODS[method]))
    assert (ended.reason, ended.step, ended.saved) == ("stopped", 3, 3)
    torch.manual_seed(2)
    assert second.proceed(out, tiny).reason == "finished"
    expected, resumed = (read_checked(path / "adapter.safetensors")[0] for path in (whole, out))
    assert expected.keys() == resumed.keys()
    assert all(torch.equal(expected[name], resumed[name]) for name in expected)
    losses = [(event.step, event.loss, event.lr) for event in whole_run.of(Step)]
    assert [(event.step, event.loss, event.lr) for event in first.of(Step) + second.of(Step)] == losses
    assert second.of(HeldOut)[-1] == whole_run.of(HeldOut)[-1]
    assert second.of(Answers) == whole_run.of(Answers)


def test_stopping_before_the_first_step_leaves_nothing(tiny: Path, tmp_path: Path) -> None:
    run = Tuning(lambda event, controls: controls.set("stop"))
    ended = run.finetune(tmp_path / "out", tiny, recipe(instructions_file(tmp_path)))
    assert ended == Ended("stopped", 0, None, message="Stopped before the first step.")
    assert not (tmp_path / "out").exists()


def test_an_adapter_is_one_of_the_trained_models(tuned: dict[str, tuple[Path, Tuning]], tiny: Path) -> None:
    folder = tuned["lora"][0].parent
    models = {model.path.name: model for model in trained_models(folder)}
    assert models.keys() == {"lora", "instruct"}  # a classifier writes no text
    assert models["lora"].title == "tiny + lora" and "8 steps, held-out loss" in models["lora"].description


async def test_generate_uses_an_adapter(tuned: dict[str, tuple[Path, Tuning]], tiny: Path, tmp_path: Path) -> None:
    async def answer(model: str, adapter: Path | None = None) -> str:
        async with Session(model, adapter=adapter, exact=True) as session:
            name = session.name
            return name + "|" + "".join([token.text async for token in session.generate("Say abc", GREEDY)])

    merged = tmp_path / "merged.gguf"
    AdaptedGGUF(tiny, tuned["instruct"][0]).write(merged)
    plain, adapted = await answer(str(tiny)), await answer(str(tiny), tuned["instruct"][0])
    assert adapted.startswith("Tiny + instruct|") and adapted.partition("|")[2] != plain.partition("|")[2]
    assert (await answer(str(merged))).partition("|")[2] == adapted.partition("|")[2]
    with pytest.raises(SessionError, match="was trained on a different model"):
        await answer(str(merged), tuned["instruct"][0])


def test_a_trained_gpt_is_tuned_and_merged(tmp_path: Path) -> None:
    torch.manual_seed(0)
    cfg, tokenizer = {**CFG, "context_length": 192}, pocket()[1]
    gpt = GPTModel(cfg)
    base, out, merged = tmp_path / "gpt", tmp_path / "out", tmp_path / "merged"
    base.mkdir()
    weights = {name: weight for name, weight in gpt.state_dict().items() if not name.endswith(".mask")}
    write_checked(base / "model.safetensors", weights, {})
    tokenizer.save(base / "vocabulary.json")
    write_config(base, ModelConfig(name="gpt", cfg=Sizes(**cfg)))
    data = tmp_path / "messages.json"
    data.write_text(json.dumps([{"instruction": "a", "output": f"b{n % 3}"} for n in range(12)]))
    run = Tuning()
    settings = recipe(data, blocks=1, targets=("W_query", "layers.0"), max_length=192, lr=0.05)
    assert run.finetune(out, base, settings).reason == "finished"
    before, *_, after = run.of(HeldOut)
    assert after.loss < before.loss and run.of(MergeCheck)[0].same
    assert any(pair.before != pair.after for pair in run.of(Answers)[0].pairs)
    ended = run.use(out, base, out=str(merged))
    assert ended.reason == "finished", ended.message
    adapted = load_trained(base).gpt
    apply_adapter(adapted, out, base)
    ids = torch.arange(40)[None]
    assert torch.equal(load_trained(merged).gpt(ids), adapted(ids))


def test_minutes_end_the_training_and_include_what_is_measured(tiny: Path, tmp_path: Path) -> None:
    run = Tuning()
    settings = recipe(instructions_file(tmp_path), steps=None, minutes=1e-3, answers=0)
    ended = run.finetune(tmp_path / "out", tiny, settings)
    assert ended.reason == "finished" and run.of(Step)[-1].done == 1.0
    assert run.of(Step)[-1].lr < 1e-2
