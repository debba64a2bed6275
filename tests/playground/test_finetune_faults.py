"""Tests of what can go wrong in a fine-tuning: each is one sentence, and nothing is lost."""

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.adapter_folder import AdapterError, read_adapter
from playground.finetune_model import ModelMissing, find_model
from playground.finetune_recipe import FinetuneRecipeError
from playground.host.adapted_gguf import AdaptedGGUF
from playground.training import checkpoints, finetune_trainer
from playground.training.checkpoints import existing_folder
from playground.training.finetune_data import DataError, read_instructions, read_messages
from playground.training_messages import Note, Saved, Step
from tests.support.finetuning import Tuning, instructions_file, recipe
from tests.support.tiny_llama import write_gguf

# One worker runs these tests, so that they share a training.
pytestmark = pytest.mark.xdist_group("finetune_faults")


@pytest.fixture(scope="module")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an adapter that was trained for two steps."""
    folder = tmp_path_factory.mktemp("adapter")
    data = instructions_file(folder)
    assert Tuning().finetune(folder / "out", tiny, recipe(data, steps=2, answers=0)).saved == 2
    return folder / "out"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "The file {path} does not exist."),
        ("[{", "is not JSON: Expecting property name enclosed in double quotes in line 1. It should be a list of"),
        ("{}", "holds an object; it should be a list of objects"),
        ('["x"]', "Entry 1 of data.json is a text; it should be an object"),
        ('[{"instruction": "a"}]', 'Entry 1 of data.json has no "output".'),
        ('[{"instruction": "a", "output": 3}]', '"output" should be a text. Entry 1 of data.json has a number there.'),
        ('[{"instruction": " ", "output": "b"}]', 'Entry 1 of data.json has an empty "instruction".'),
        (json.dumps([{"instruction": "a", "output": "b"}] * 9), "has 9 entries; at least 10 are needed"),
        (b"\xff", "data.json is not UTF-8 text: byte 0 is wrong."),
    ],
)
def test_instructions_that_cannot_be_used(content: str | bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as raised:
        read_instructions(path)
    assert message.format(path=path) in str(raised.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n", "The first line of data.csv should be Label,Text"),
        ("Label,Text\nham\n", "Row 1 of data.csv should have a label and a text"),
        ("Label,Text\nham,a,b\n", "a text with commas stands in quotation marks"),
        ("Label,Text\n" + "ham,a\n" * 20, "has 1 different labels; a classifier needs 2 to 10."),
        ("Label,Text\n" + "ham,a\n" * 20 + "spam,b\n" * 3, "has 3 messages with the label spam; each label needs"),
        ('Label,Text\nham,"a\n', "data.csv is not CSV: unexpected end of data."),
    ],
)
def test_messages_that_cannot_be_used(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        read_messages(path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"targets": ("Wq",)}, "named Wq. Choose among: W_query, W_key, W_value, out_proj, fc1, fc2, fc3, or all."),
        ({"rank": 33}, "The rank 33 must be from 1 to 32, the smaller side of the layers."),
        ({"data": "missing.json"}, "missing.json does not exist."),
        ({"max_length": 12}, "Every entry is longer than 12 tokens"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_work(settings: dict[str, Any], message: str, tiny: Path, tmp_path: Path) -> None:
    run = Tuning()
    ended = run.finetune(tmp_path / "out", tiny, recipe(instructions_file(tmp_path), **settings))
    assert ended.wrong_usage and message in ended.message, ended.message
    assert not (tmp_path / "out").exists() and not run.of(Step)


@pytest.mark.parametrize("settings", [{"rank": 0}, {"steps": None}, {"minutes": 1.0}, {"lr": 0}, {"alpha": 0},
                                      {"blocks": 0}, {"targets": ()}])  # fmt: skip
def test_settings_that_cannot_work(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(FinetuneRecipeError, match=r"must be|Give"):
        recipe(tmp_path, **settings)


def test_no_model(data_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"smollm2 is not installed. `fromscratch models add smollm2` fetches it."):
        find_model("smollm2")
    with pytest.raises(ModelMissing, match=r"The file \S+none.gguf does not exist."):
        find_model(str(tmp_path / "none.gguf"))
    (tmp_path / "damaged.gguf").write_bytes(b"GGUF" * 20)
    ended = Tuning().finetune(tmp_path / "out", tmp_path / "damaged.gguf", recipe(instructions_file(tmp_path)))
    assert ended.message.startswith("The model file could not be loaded: damaged.gguf is not a GGUF file")


def test_an_adapter_of_a_different_model(adapter: Path, tmp_path: Path) -> None:
    other = write_gguf(tmp_path / "other.gguf", hidden=96, chat_template="{{ messages[0]['content'] }}")
    message = r"was trained on a different model than other.gguf: on Tiny \(tiny\), whose file has the SHA-256"
    with pytest.raises(AdapterError, match=message):
        AdaptedGGUF(other, adapter)
    ended = Tuning().proceed(adapter, other)
    assert ended.wrong_usage and "is not the model that the fine-tuning" in ended.message


@pytest.mark.parametrize("damage", ["cut short", "changed", "missing", "no configuration", "wrong configuration"])
def test_a_damaged_adapter(damage: str, adapter: Path, tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapter, tmp_path / "copy")
    weights = folder / "adapter.safetensors"
    data = bytearray(weights.read_bytes())
    if damage == "missing":
        weights.unlink()
    elif "configuration" in damage:
        config = folder / "config.json"
        config.write_text('{"kind": "adapter"}') if damage.startswith("wrong") else config.unlink()
    else:
        data[-9] ^= 1
        weights.write_bytes(data[:-9] if damage == "cut short" else data)
    expected = {"cut short": "cut short: it has", "changed": "its checksum is wrong", "missing": "before the first c",
                "no configuration": "it has no config.json", "wrong configuration": "is damaged or is not"}  # fmt: skip
    with pytest.raises(AdapterError, match=expected[damage]):
        AdaptedGGUF(tiny, folder)


def test_a_folder_in_use_or_taken(adapter: Path, tiny: Path, tmp_path: Path) -> None:
    with existing_folder(adapter):
        assert Tuning().proceed(adapter, tiny).message.startswith(f"A training runs in {adapter} already.")
    ended = Tuning().finetune(adapter, tiny, recipe(instructions_file(tmp_path)))
    assert f"has a training already. Continue it with `fromscratch finetune lora --resume {adapter}`" in ended.message
    assert "has other files in it" in Tuning().finetune(tmp_path, tiny, recipe(tmp_path / "instructions.json")).message


def test_data_that_changed_in_the_meantime(adapter: Path, tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapter, tmp_path / "copy")
    data = instructions_file(tmp_path)
    data.write_text(data.read_text().replace("abcabc", "abc"))
    config = json.loads((folder / "config.json").read_text())
    config["recipe"]["data"] = str(data)
    (folder / "config.json").write_text(json.dumps(config))
    assert "The examples have changed since the training began" in Tuning().proceed(folder, tiny, steps=3).message
    assert read_adapter(folder).steps == 2


def test_nan_stops_and_keeps_the_last_good_checkpoint(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def cross_entropy(*arguments: Any, **options: Any) -> torch.Tensor:
        nonlocal calls
        calls += "reduction" not in options
        loss: torch.Tensor = torch.nn.functional.cross_entropy(*arguments, **options)
        return loss * float("nan") if calls == 4 else loss

    monkeypatch.setattr(finetune_trainer, "F", type("F", (), {"cross_entropy": staticmethod(cross_entropy)}))
    out = tmp_path / "out"
    ended = Tuning().finetune(out, tiny, recipe(instructions_file(tmp_path), save_minutes=1e-9))
    assert (ended.reason, ended.step, ended.saved) == ("failed", 3, 3)
    assert ended.message.startswith("Stopped at step 4: the loss is nan, so the weights would be lost. The checkpoint")
    AdaptedGGUF(tiny, out)
    monkeypatch.undo()
    run = Tuning()
    assert run.proceed(out, tiny).reason == "finished" and run.of(Step)[0].step == 4


def test_a_full_disk_keeps_the_last_good_checkpoint(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = checkpoints.write_checked

    def write_checked(path: Path, *arguments: Any) -> None:
        if path.name == "checkpoint-00000002.safetensors":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, *arguments)

    monkeypatch.setattr(checkpoints, "write_checked", write_checked)
    run = Tuning()
    ended = run.finetune(tmp_path / "out", tiny, recipe(instructions_file(tmp_path), save_minutes=1e-9, steps=3))
    assert ended.saved == 3 and [event.step for event in run.of(Saved)] == [1, 3]
    assert "of step 2 could not be written: No space left on device. The last good one is of step 1." in (
        run.of(Note)[0].text
    )
