"""Polling is chosen for file systems that do not report events reliably."""

from __future__ import annotations

from pathlib import Path

import pytest

from learner import watch
from learner.watch import file_system, needs_polling

MOUNTS = r"""rootfs / rootfs rw 0 0
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/me/disk ext4 rw 0 0
C:\134 /mnt/c 9p rw 0 0
user@host: /media/with\040space fuse.sshfs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/work", "ext4"),
        ("/home/me/work", "nfs4"),
        ("/homeless", "ext4"),
        ("/home/me/disk/work", "ext4"),
        ("/mnt/c/work", "9p"),
        ("/media/with space/work", "fuse.sshfs"),
    ],
)
def test_the_file_system_is_read_from_the_mount_table(
    tmp_path: Path, folder: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)
    assert file_system(Path(folder), table) == kind
    assert file_system(Path(folder), tmp_path / "none") == ""
    monkeypatch.delenv("FROMSCRATCH_POLL", raising=False)
    monkeypatch.setattr(watch, "file_system", lambda root: kind)
    assert needs_polling(Path(folder)) == (kind != "ext4")


@pytest.mark.parametrize(("value", "polls"), [("1", True), ("0", False), ("", True)])
def test_the_environment_variable_overrides_the_choice(
    monkeypatch: pytest.MonkeyPatch, value: str, polls: bool, tmp_path: Path
) -> None:
    monkeypatch.setattr(watch, "file_system", lambda root: "nfs")
    monkeypatch.setenv("FROMSCRATCH_POLL", value)
    assert needs_polling(tmp_path) == polls
