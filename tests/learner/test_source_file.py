"""Tests that a source file is read whole, or refused with a sentence."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from learner.source_file import UnreadableFile, read_file


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("x = 1")
    (tmp_path / "link.py").symlink_to(secret)
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "large.py").write_bytes(b"#" * (2**20 + 1))
    assert read_file(tmp_path / "link.py") == b"x = 1"
    for path in ("loop.py", "folder.py", "pipe.py", "large.py", "none.py", "nul\0.py"):
        with pytest.raises(UnreadableFile):
            read_file(tmp_path / path)
    for path in ("/dev/zero", "/dev/null", "/proc/self/mem", "/proc/kmsg", "/dev/tty"):
        with pytest.raises(UnreadableFile):
            read_file(Path(path))
    with pytest.raises(UnreadableFile, match="symbolic link"):
        read_file(tmp_path / "link.py", follow_links=False)


def test_the_content_is_of_one_moment(tmp_path: Path) -> None:
    """While another thread rewrites the file in place, the content is one version or the other, or an error says so."""
    path = tmp_path / "solution.py"
    versions = [bytes([letter]) * 4000 for letter in b"ab"]
    path.write_bytes(versions[0])
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            for version in versions:
                path.write_bytes(version)

    def read() -> bytes | str:
        try:
            return read_file(path)
        except UnreadableFile as error:
            return str(error)

    writer = threading.Thread(target=rewrite)
    writer.start()
    contents = [read() for _ in range(50)]
    stop.set()
    writer.join()
    assert all(content in versions or "changes while it is read" in str(content) for content in contents if content)
    assert read_file(path) == versions[1]
