"""Tests of a model's configuration file and of the weights file."""

import json
import re
from pathlib import Path

import pytest
import torch

from playground.model_folder import ModelConfig, ModelFolderError, Sizes, read_config, write_config
from reference.safetensors_file import read_safetensors, write_safetensors

SIZES = Sizes(vocab_size=300, context_length=32, emb_dim=24, n_heads=3, n_layers=2)


def test_a_configuration_is_written_and_read(tmp_path: Path) -> None:
    config = ModelConfig(name="mine", cfg=SIZES, recipe={"text": "stories"}, steps=9, validation_loss=1.25)
    write_config(tmp_path, config)
    assert read_config(tmp_path) == config
    assert config.book_cfg == {"vocab_size": 300, "context_length": 32, "emb_dim": 24, "n_heads": 3, "n_layers": 2,
                               "drop_rate": 0.0, "qkv_bias": False}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 9}, "config.json has format 9; this program reads format 1."),
        ({"n_heads": 5}, "config.json: emb_dim is 24, which n_heads does not divide."),
        ({"n_layers": 0}, "config.json is damaged or is not the configuration of a model: Expected `int` >= 1"),
        ({"heads": 2}, "Object contains unknown field `heads`"),
        ({"vocabulary": "../v.json"}, "config.json: the vocabulary must be a file in the same folder."),
    ],
)
def test_a_wrong_configuration_is_one_sentence(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    write_config(tmp_path, ModelConfig(name="mine", cfg=SIZES))
    data = json.loads((tmp_path / "config.json").read_bytes())
    for key, value in changes.items():
        (data if key in data else data["cfg"])[key] = value
    (tmp_path / "config.json").write_text(json.dumps(data))
    with pytest.raises(ModelFolderError, match=re.escape(message)):
        read_config(tmp_path)


def test_a_folder_without_configuration_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"is not the folder of a model: it has no config\.json\.$"):
        read_config(tmp_path)


def test_weights_are_written_as_they_are_read(tmp_path: Path) -> None:
    tensors = {
        "a": torch.arange(6.0).view(2, 3).T,
        "b": torch.ones(3, dtype=torch.bfloat16),
        "c": torch.tensor(7),
        "d": torch.ones(5, dtype=torch.float16)[::2],
    }
    path = tmp_path / "w.safetensors"
    write_safetensors(path, tensors, {"format": "pt"})
    for name, tensor in read_safetensors(path).items():
        assert tensor.dtype == tensors[name].dtype and torch.equal(tensor, tensors[name])
    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0
