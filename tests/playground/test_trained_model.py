"""Tests of pocket and of models that a learner trained: loaded, refused with a sentence, and run with a cache."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from playground import store
from playground.catalogue import POCKET
from playground.host.cached_gpt import CachedGPT
from playground.host.cached_model import CachedModel
from playground.host.text_loss import loss_of_ids, sample_ids
from playground.host.trained_model import TrainedModel, load_trained
from playground.messages import Sampling
from playground.model_folder import ModelFolderError, read_config, write_config
from playground.session import Session, SessionError
from reference.llama import KVCache
from reference.safetensors_file import read_safetensors, write_safetensors
from tests.support.command_line import invoke
from tests.support.trained_folder import write_trained_folder

WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def pocket() -> TrainedModel:
    return load_trained(POCKET.folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_trained_folder(tmp_path / "mine")


# pocket


def test_pockets_loss_is_what_its_card_says(pocket: TrainedModel) -> None:
    ids = sample_ids(pocket.tokenizer)
    assert len(ids) == 20_000
    cached = CachedGPT(pocket.gpt, pocket.config.book_cfg)  # faster than the course's classes

    def model(ids: Tensor) -> Tensor:
        return cached(ids, KVCache(cached.cfg, batch=len(ids)))

    with torch.inference_mode():
        loss = loss_of_ids(model, ids, pocket.config.cfg.context_length)
    assert pocket.config.sample_loss == pytest.approx(loss, abs=2e-3)
    card = (POCKET.folder / "CARD.md").read_text("utf-8")
    assert f"{pocket.config.sample_loss:.3f}" in card
    assert pocket.config.validation_loss is not None and f"{pocket.config.validation_loss:.3f}" in card


def test_pocket_is_small_and_shipped_with_the_program(pocket: TrainedModel, data_folder: Path) -> None:
    assert (POCKET.folder / WEIGHTS).stat().st_size <= 12_000_000
    assert [info.name for info in store.models()] == ["pocket", "abacus", "smollm2", "gpt2"]
    info = store.models()[0]
    assert (info.installed, info.is_shipped, info.download_bytes) == (True, True, 0)
    assert store.default_model() == "pocket"  # nothing is installed in the empty data folder
    for change in (store.add, store.remove):
        with pytest.raises(store.FetchError, match=r"^pocket is a part of the program: it is always installed\.$"):
            change("pocket")
    sizes = {"vocab_size": 2048, "context_length": 256, "emb_dim": 192, "n_heads": 6, "n_layers": 6}
    assert pocket.config.book_cfg == sizes | {"drop_rate": 0.0, "qkv_bias": False}


def test_the_cached_pocket_computes_the_references_logits(pocket: TrainedModel) -> None:
    cached = CachedModel(CachedGPT(pocket.gpt, pocket.config.book_cfg))
    ids = sample_ids(pocket.tokenizer)[:40]
    with torch.inference_mode():
        expected = pocket.gpt(torch.tensor([ids]))[0]
        for length in (30, 31, 40, 12, 13):
            assert torch.allclose(cached.logits(ids[:length], lambda: None), expected[length - 1], atol=1e-4)


def test_pocket_answers_without_anything_installed(data_folder: Path) -> None:
    result = invoke("generate", "Once upon a time", "--greedy", "--max-tokens", "5")
    assert result.exit_code == 0
    tokenizer, gpt = load_trained(POCKET.folder).tokenizer, load_trained(POCKET.folder).gpt
    ids = [tokenizer.end_id, *tokenizer.encode("Once upon a time")]
    for _ in range(5):
        ids.append(int(gpt(torch.tensor([ids]))[0, -1].argmax()))
    assert result.stdout == tokenizer.decode(ids[-5:]) + "\n"


# Folders of trained models


async def test_a_trained_folder_answers(folder: Path) -> None:
    async with Session(str(folder)) as session:
        assert (session.name, session.context_length) == ("small", 48)
        tokens = [token async for token in session.generate("The cat", Sampling(greedy=True, max_tokens=4))]
        assert 0 < len(tokens) <= 4 and tokens[-1].finish in ("length", "end")


def test_trained_models_are_listed_newest_first(folder: Path) -> None:
    other = write_trained_folder(folder.parent / "other")
    (folder.parent / "empty").mkdir()
    (folder.parent / "damaged").mkdir()
    (folder.parent / "damaged" / "config.json").write_text("{")
    first, second = store.trained_models(folder.parent)
    assert {first.path, second.path} == {folder, other} and first.is_trained
    assert first.description == "A GPT that you trained: 10 steps, validation loss 2.500."
    assert store.trained_models(folder.parent / "absent") == []


def change(edit: Callable[[dict[str, Tensor]], object]) -> Callable[[Path], None]:
    """Returns a function that edits the weights of a folder."""

    def apply(folder: Path) -> None:
        tensors = {name: tensor.clone() for name, tensor in read_safetensors(folder / WEIGHTS).items()}
        edit(tensors)
        write_safetensors(folder / WEIGHTS, tensors)

    return apply


def change_vocabulary_size(folder: Path) -> None:
    config = read_config(folder)
    config.cfg.vocab_size = 300
    write_config(folder, config)


def cut(name: str) -> Callable[[Path], None]:
    """Returns a function that cuts a file of a folder short."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:100]) and None


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut(WEIGHTS), "model.safetensors is cut short, or it is no safetensors file: its header is incomplete."),
        (lambda folder: (folder / WEIGHTS).unlink(), "model.safetensors cannot be read: No such file or directory."),
        (change(lambda weights: weights.pop("pos_emb.weight")), "model.safetensors lacks pos_emb.weight."),
        (
            change(lambda weights: [weights.pop(name) for name in [*weights][:3]]),
            "model.safetensors lacks tok_emb.weight and 1 more.",
        ),
        (
            change(lambda weights: weights.update(extra=torch.ones(2))),
            "model.safetensors has the unknown weights extra.",
        ),
        (
            change(lambda weights: weights.update({"pos_emb.weight": torch.ones(9, 24)})),
            "model.safetensors has pos_emb.weight with the shape (9, 24); config.json asks for (48, 24).",
        ),
        (
            change(lambda weights: weights["tok_emb.weight"].fill_(torch.nan)),
            "model.safetensors is damaged: tok_emb.weight has numbers that are not finite.",
        ),
        (change_vocabulary_size, "vocabulary.json has 270 tokens, but the model of mine has 300: they do not belong"),
        (cut("vocabulary.json"), "vocabulary.json is damaged or is not a vocabulary file: Input data was truncated."),
        (lambda folder: (folder / "config.json").unlink(), "is not the folder of a model: it has no config.json."),
    ],
)
def test_a_damaged_folder_is_one_sentence(damage: Callable[[Path], None], message: str, folder: Path) -> None:
    damage(folder)
    with pytest.raises(ModelFolderError, match=re.escape(message)) as caught:
        load_trained(folder)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


async def test_a_wrong_folder_or_name_is_reported(folder: Path, tmp_path: Path) -> None:
    (folder / WEIGHTS).unlink()
    with pytest.raises(SessionError, match=r"^The model could not be loaded: .*model\.safetensors cannot be read"):
        await Session(str(folder)).open()
    with pytest.raises(SessionError, match=r"No model is named .*absent\. Available: pocket, abacus, .*A path must"):
        await Session(str(tmp_path / "absent")).open()
